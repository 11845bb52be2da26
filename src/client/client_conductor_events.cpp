// What the driver's events do to this client (spec control-protocol.md 5, 18.7, 18.8).

#include "tern/client/client_conductor.hpp"

#include "tern/client/conductor_call.hpp"
#include "tern/protocol/error_codes.hpp"

namespace tern::client {
namespace {

// Maps every page now, so that the first message does not wait for it. Reads only: others may be
// writing. Even a read takes a block of a sparse file, and ends in SIGBUS where none is left.
Result<void> pre_touch(Mapping& log) {
    const ConstBytes bytes = log.bytes();
    if (Result<void> reserved = log.reserve(0, bytes.size()); !reserved) return reserved;
    constexpr std::size_t kPage = 4096;
    for (std::size_t at = 0; at < bytes.size(); at += kPage) {
        static_cast<void>(racy_load<std::uint8_t>(bytes.data() + at));
    }
    return {};
}

}  // namespace

void ClientConductor::on_event(std::int32_t type, ConstBytes body) {
    Result<protocol::Event> event = protocol::decode_event(type, body);
    if (event) {
        std::visit([this](const auto& known) { on(known); }, *event);
    } else if (event.error().code !=
               ErrorCode::unknown_command_type_id) {  // that one may be a newer driver's
        report(event.error());
    }
}

std::optional<PendingRequest> ClientConductor::take_pending(std::int64_t correlation_id) {
    const auto found = pending_.find(correlation_id);
    if (found == pending_.end()) return std::nullopt;
    PendingRequest request = std::move(found->second);
    pending_.erase(found);
    return request;
}

// What the driver made for a request that timed out has no owner here: without this it would stay
// until we close.
void ClientConductor::give_back_late(std::int64_t correlation_id) {
    const auto found = given_up_.find(correlation_id);
    if (found == given_up_.end()) return;
    const RequestKind kind = found->second;
    given_up_.erase(found);
    send_removal(kind, correlation_id, false);
}

void ClientConductor::on(const protocol::CommandError& event) {
    given_up_.erase(event.offending_correlation_id);
    if (const auto request = take_pending(event.offending_correlation_id)) {
        request->registration->fail(
            {protocol::error_code_from_wire(event.error_code), std::string(event.message)});
    }
}

void ClientConductor::on(const protocol::OperationSuccess& event) {
    given_up_.erase(event.correlation_id);
    const auto found = pending_.find(event.correlation_id);
    if (found == pending_.end()) return;
    const RequestKind kind = found->second.registration->kind();
    if (kind == RequestKind::destination || kind == RequestKind::reject_image) {
        take_pending(event.correlation_id)->registration->succeed();
    }
}

void ClientConductor::on(const protocol::ClientTimeout& event) {
    if (event.client_id == driver_.client_id()) {
        fail({ErrorCode::client_timeout, "client timeout from driver"});
    }
}

void ClientConductor::on(const protocol::NextAvailableSessionId& event) {
    const auto found = pending_.find(event.correlation_id);
    if (found != pending_.end() &&
        found->second.registration->kind() == RequestKind::next_session_id) {
        take_pending(event.correlation_id)->registration->succeed(event.next_session_id);
    }
}

void ClientConductor::on(const protocol::PublicationReady& event) {
    const auto found = pending_.find(event.correlation_id);
    if (found == pending_.end()) return give_back_late(event.correlation_id);
    const RequestKind expected =
        event.is_exclusive ? RequestKind::exclusive_publication : RequestKind::publication;
    if (found->second.registration->kind() == expected) {
        add_publication(*take_pending(event.correlation_id), event);
    }
}

void ClientConductor::add_publication(const PendingRequest& request,
                                      const protocol::PublicationReady& event) {
    const Counter limit = memory_->counters.counter(event.position_limit_counter_id);
    if (!limit.valid()) {
        return fail_creation(request, {ErrorCode::generic_error,
                                       "no such counter: position_limit_counter_id=" +
                                           std::to_string(event.position_limit_counter_id)});
    }
    Result<LogBuffers> log = log_of(event.registration_id, event.log_file_name);
    if (!log) return fail_creation(request, log.error());

    const std::int64_t id = request.registration->id();
    PublicationSetup setup{request.channel,
                           request.stream_id,
                           event.session_id,
                           event.registration_id,
                           event.position_limit_counter_id,
                           event.channel_status_indicator_id,
                           limit,
                           *std::move(log)};
    ObjectSetup object = setup_of(*request.registration);
    if (event.is_exclusive) {
        auto publication =
            std::make_shared<ExclusivePublication>(std::move(object), std::move(setup));
        exclusive_publications_[id] = publication;
        request.registration->succeed(std::move(publication));
    } else {
        auto publication = std::make_shared<Publication>(std::move(object), std::move(setup));
        publications_[id] = publication;
        request.registration->succeed(std::move(publication));
    }
    const NewPublicationHandler& handler =
        event.is_exclusive ? settings_.on_new_exclusive_publication : settings_.on_new_publication;
    if (handler) call(handler, request.channel, request.stream_id, event.session_id, id);
}

void ClientConductor::on(const protocol::PublicationError& event) {
    if (!settings_.on_publication_error) return;
    int sharers = 0;  // counted first: the handler may close publications
    for (const auto& [id, publication] : publications_) {
        sharers += publication->original_registration_id() == event.registration_id ? 1 : 0;
    }
    for (const auto& [id, publication] : exclusive_publications_) {
        sharers += publication->original_registration_id() == event.registration_id ? 1 : 0;
    }
    for (; sharers > 0; --sharers) call(settings_.on_publication_error, event);
}

void ClientConductor::on(const protocol::SubscriptionReady& event) {
    const auto found = pending_.find(event.correlation_id);
    if (found == pending_.end()) return give_back_late(event.correlation_id);
    if (found->second.registration->kind() != RequestKind::subscription) return;
    const PendingRequest request = *take_pending(event.correlation_id);
    auto subscription = std::make_shared<Subscription>(
        setup_of(*request.registration),
        SubscriptionSetup{request.channel, request.stream_id, event.channel_status_indicator_id,
                          request.on_available_image, request.on_unavailable_image});
    subscriptions_[event.correlation_id] = subscription;
    request.registration->succeed(std::move(subscription));
    if (settings_.on_new_subscription) {
        call(settings_.on_new_subscription, request.channel, request.stream_id,
             event.correlation_id);
    }
}

void ClientConductor::on(const protocol::AvailableImage& event) {
    const auto found = subscriptions_.find(event.subscription_registration_id);
    if (found == subscriptions_.end()) return;
    const std::shared_ptr<Subscription> subscription = found->second;
    const std::string doing = "adding an image: session_id=" + std::to_string(event.session_id) +
                              " stream_id=" + std::to_string(event.stream_id) + " " +
                              subscription->channel();
    const Counter position = memory_->counters.counter(event.subscriber_position_counter_id);
    if (!position.valid()) {
        return report(Error{ErrorCode::generic_error,
                            "no such counter: subscriber_position_counter_id=" +
                                std::to_string(event.subscriber_position_counter_id)}
                          .within(doing));
    }
    Result<LogBuffers> log = log_of(event.correlation_id, event.log_file_name);
    if (!log) return report(std::move(log).error().within(doing));

    auto image = std::make_shared<Image>(
        ImageSetup{memory_, event.correlation_id, event.subscription_registration_id,
                   event.session_id, event.stream_id, event.subscriber_position_counter_id,
                   &position.word(), std::string(event.source_identity), *std::move(log)});
    subscription->add_image(image);
    if (subscription->on_available_image()) call(subscription->on_available_image(), image);
}

void ClientConductor::on(const protocol::UnavailableImage& event) {
    const auto found = subscriptions_.find(event.subscription_registration_id);
    if (found == subscriptions_.end()) return;
    const std::shared_ptr<Subscription> subscription = found->second;
    const std::shared_ptr<Image> image = subscription->remove_image(event.correlation_id);
    if (image && subscription->on_unavailable_image())
        call(subscription->on_unavailable_image(), image);
}

void ClientConductor::on(const protocol::CounterReady& event) {
    const auto found = pending_.find(event.registration_id);
    if (found == pending_.end()) {
        give_back_late(event.registration_id);
    } else if (found->second.registration->kind() == RequestKind::counter) {
        add_counter(*take_pending(event.registration_id), event.registration_id, event.counter_id);
    }
    available_counter_handlers_.for_each([&](const CounterHandler& handler) {
        call(handler, memory_->counters, event.registration_id, event.counter_id);
    });
}

void ClientConductor::on(const protocol::UnavailableCounter& event) {
    unavailable_counter_handlers_.for_each([&](const CounterHandler& handler) {
        call(handler, memory_->counters, event.registration_id, event.counter_id);
    });
}

void ClientConductor::on(const protocol::StaticCounter& event) {
    given_up_.erase(event.correlation_id);
    const auto found = pending_.find(event.correlation_id);
    if (found != pending_.end() &&
        found->second.registration->kind() == RequestKind::static_counter) {
        const PendingRequest request = *take_pending(event.correlation_id);
        add_counter(request, request.static_registration_id, event.counter_id);
    }
}

void ClientConductor::add_counter(const PendingRequest& request,
                                  std::int64_t counter_registration_id, std::int32_t counter_id) {
    const Counter word = memory_->counters.counter(counter_id);
    if (!word.valid()) {
        return fail_creation(request, {ErrorCode::generic_error, "no such counter: counter_id=" +
                                                                     std::to_string(counter_id)});
    }
    auto counter = std::make_shared<ClientCounter>(setup_of(*request.registration),
                                                   counter_registration_id, counter_id, word);
    counters_[request.registration->id()] = counter;
    request.registration->succeed(std::move(counter));
}

Result<LogBuffers> ClientConductor::log_of(std::int64_t id, std::string_view file_name) {
    std::weak_ptr<Mapping>& known = logs_[id];
    std::shared_ptr<Mapping> mapping = known.lock();
    if (!mapping) {
        Result<std::shared_ptr<Mapping>> opened =
            environment_.files.open(std::string(file_name), MapMode::read_write);
        if (!opened) return std::move(opened).error();
        mapping = *std::move(opened);
        if (settings_.pre_touch) {
            if (Result<void> touched = pre_touch(*mapping); !touched) report(touched.error());
        }
        known = mapping;
    }
    return LogBuffers::over(std::move(mapping));
}

void ClientConductor::fail_creation(const PendingRequest& request, const Error& reason) {
    const RequestKind kind = request.registration->kind();
    send_removal(kind, request.registration->id(), false);
    const bool is_publication =
        kind == RequestKind::publication || kind == RequestKind::exclusive_publication;
    const Error error{ErrorCode::generic_error, std::string("failed to add ") +
                                                    (is_publication ? "publication" : "counter") +
                                                    ": " + reason.text};
    request.registration->fail(error);
    report(error);
}

ObjectSetup ClientConductor::setup_of(const Registration& registration) const {
    return {memory_, queue_, registration.kind(), registration.id()};
}

}  // namespace tern::client

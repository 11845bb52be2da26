#include "tern/client/client.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "tern/shm/cnc_connector.hpp"

namespace tern::client {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kFirstPause = 20us;  // between two looks for an answer; doubles
constexpr Nanos kLongestPause = 1ms;

std::vector<std::byte> copy_of(ConstBytes bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

Result<std::unique_ptr<Client>> Client::connect(const ClientSettings& settings,
                                                ClientEnvironment environment, Nanos wait) {
    if (auto checked = check(settings); !checked) return std::move(checked).error();
    CncConnector connector(environment.files, settings.dir, settings.driver_timeout,
                           environment.clock.now() + wait);
    while (true) {
        CncConnector::Step step =
            connector.try_step(environment.clock.now(), environment.clock.epoch_now());
        if (auto* error = std::get_if<Error>(&step)) return std::move(*error);
        if (auto* connected = std::get_if<CncConnector::Connected>(&step)) {
            const Nanos inter_service = connected->cnc.layout().client_liveness_timeout;
            if (settings.keepalive_interval >= inter_service) {
                return Error{ErrorCode::invalid_argument,
                             "keepalive interval must be shorter than the driver's client liveness "
                             "timeout: " +
                                 std::to_string(settings.keepalive_interval.count()) +
                                 " ns >= " + std::to_string(inter_service.count()) + " ns"};
            }
            auto memory = std::make_shared<ClientMemory>(std::move(connected->cnc));
            return std::unique_ptr<Client>(
                new Client(settings, std::move(environment), std::move(memory)));
        }
        environment.pause(std::get<CncConnector::Wait>(step).duration);
    }
}

Client::Client(const ClientSettings& settings, ClientEnvironment environment,
               std::shared_ptr<ClientMemory> memory)
    : settings_(settings),
      environment_(std::move(environment)),
      memory_(std::move(memory)),
      conductor_(std::make_unique<ClientConductor>(settings_, environment_, memory_)) {
    if (settings_.use_invoker) {
        set_wake([conductor = conductor_.get()] { conductor->run_tasks(); });
    }
}

Client::~Client() { close(); }

void Client::set_wake(std::function<void()> wake) {
    conductor_->queue()->set_on_push(std::move(wake));
}

void Client::close() { conductor_->close(); }

Error Client::closed_error() const {
    std::string text = "client is closed";
    if (const std::optional<Error> fatal = fatal_error()) {
        text +=
            " after error " + std::to_string(static_cast<int>(fatal->code)) + ": " + fatal->text;
    }
    return {ErrorCode::client_illegal_state, std::move(text)};
}

template <typename Start>
Result<std::shared_ptr<Registration>> Client::request(RequestKind kind, PendingRequest pending,
                                                      Start start) {
    if (is_closed()) return closed_error();
    auto registration = std::make_shared<Registration>(kind, next_correlation_id());
    pending.registration = registration;
    ConductorTask task{
        [pending = std::move(pending), start = std::move(start)](ClientConductor& conductor) {
            start(conductor, pending, conductor.driver().header(pending.registration->id()));
        },
        registration};
    if (!conductor_->queue()->push(std::move(task))) return closed_error();
    return registration;
}

template <typename T, typename Start>
Result<AsyncRequest<T>> Client::request_for(RequestKind kind, PendingRequest pending, Start start) {
    auto made = request(kind, std::move(pending), std::move(start));
    if (!made) return std::move(made).error();
    return AsyncRequest<T>(*std::move(made));
}

Result<AsyncRequest<Publication>> Client::async_add_publication(std::string_view channel,
                                                                std::int32_t stream_id) {
    return request_for<Publication>(
        RequestKind::publication, {.channel = std::string(channel), .stream_id = stream_id},
        [](ClientConductor& conductor, const PendingRequest& about,
           protocol::CorrelatedHeader header) {
            conductor.start(
                about, protocol::AddPublication{header, about.stream_id, about.channel, false});
        });
}

Result<AsyncRequest<ExclusivePublication>> Client::async_add_exclusive_publication(
    std::string_view channel, std::int32_t stream_id) {
    return request_for<ExclusivePublication>(
        RequestKind::exclusive_publication,
        {.channel = std::string(channel), .stream_id = stream_id},
        [](ClientConductor& conductor, const PendingRequest& about,
           protocol::CorrelatedHeader header) {
            conductor.start(about,
                            protocol::AddPublication{header, about.stream_id, about.channel, true});
        });
}

Result<AsyncRequest<Subscription>> Client::async_add_subscription(
    std::string_view channel, std::int32_t stream_id, ImageHandler on_available_image,
    ImageHandler on_unavailable_image) {
    PendingRequest about{.channel = std::string(channel), .stream_id = stream_id};
    about.on_available_image =
        on_available_image ? std::move(on_available_image) : settings_.on_available_image;
    about.on_unavailable_image =
        on_unavailable_image ? std::move(on_unavailable_image) : settings_.on_unavailable_image;
    return request_for<Subscription>(
        RequestKind::subscription, std::move(about),
        [](ClientConductor& conductor, const PendingRequest& pending,
           protocol::CorrelatedHeader header) {
            conductor.start(pending,
                            protocol::AddSubscription{header, pending.stream_id, pending.channel});
        });
}

Result<AsyncRequest<ClientCounter>> Client::async_add_counter(std::int32_t type_id, ConstBytes key,
                                                              std::string_view label) {
    return counter(RequestKind::counter, type_id, key, label, 0);
}

Result<AsyncRequest<ClientCounter>> Client::async_add_static_counter(std::int32_t type_id,
                                                                     ConstBytes key,
                                                                     std::string_view label,
                                                                     std::int64_t registration_id) {
    return counter(RequestKind::static_counter, type_id, key, label, registration_id);
}

Result<AsyncRequest<ClientCounter>> Client::counter(RequestKind kind, std::int32_t type_id,
                                                    ConstBytes key, std::string_view label,
                                                    std::int64_t registration_id) {
    auto made =
        request(kind, {.static_registration_id = registration_id},
                [type_id, key = copy_of(key), label = std::string(label)](
                    ClientConductor& conductor, const PendingRequest& about,
                    protocol::CorrelatedHeader header) {
                    if (about.registration->kind() == RequestKind::counter) {
                        conductor.start(about, protocol::AddCounter{header, type_id, key, label});
                    } else {
                        conductor.start(
                            about, protocol::AddStaticCounter{header, about.static_registration_id,
                                                              type_id, key, label});
                    }
                });
    if (!made) return std::move(made).error();
    return AsyncRequest<ClientCounter>(*std::move(made));
}

Result<AsyncRequest<void>> Client::destination(protocol::DestinationAction action,
                                               std::int64_t registration_id,
                                               std::string_view channel) {
    auto made =
        request(RequestKind::destination, {.channel = std::string(channel)},
                [action, registration_id](ClientConductor& conductor, const PendingRequest& about,
                                          protocol::CorrelatedHeader header) {
                    conductor.start(about, protocol::DestinationCommand{
                                               header, action, registration_id, about.channel});
                });
    if (!made) return std::move(made).error();
    return AsyncRequest<void>(*std::move(made));
}

// The driver looks publications up by their own id: the one of an add that only shares it would not
// be found.
Result<AsyncRequest<void>> Client::async_add_destination(const PublicationBase& publication,
                                                         std::string_view channel) {
    return destination(protocol::DestinationAction::add_send,
                       publication.original_registration_id(), channel);
}
Result<AsyncRequest<void>> Client::async_remove_destination(const PublicationBase& publication,
                                                            std::string_view channel) {
    return destination(protocol::DestinationAction::remove_send,
                       publication.original_registration_id(), channel);
}
Result<AsyncRequest<void>> Client::async_add_destination(const Subscription& subscription,
                                                         std::string_view channel) {
    return destination(protocol::DestinationAction::add_receive, subscription.registration_id(),
                       channel);
}
Result<AsyncRequest<void>> Client::async_remove_destination(const Subscription& subscription,
                                                            std::string_view channel) {
    return destination(protocol::DestinationAction::remove_receive, subscription.registration_id(),
                       channel);
}

Result<AsyncRequest<void>> Client::async_remove_destination(const PublicationBase& publication,
                                                            std::int64_t destination_id) {
    return request_for<void>(
        RequestKind::destination, {},
        [id = publication.original_registration_id(), destination_id](
            ClientConductor& conductor, const PendingRequest& about,
            protocol::CorrelatedHeader header) {
            conductor.start(about, protocol::RemoveDestinationById{header, id, destination_id});
        });
}

Result<AsyncRequest<void>> Client::async_reject_image(const Image& image, std::string_view reason) {
    if (reason.size() > protocol::kMaxReasonLength) {
        return Error{ErrorCode::invalid_argument,
                     "reason of a rejection is too long: length=" + std::to_string(reason.size()) +
                         " max=" + std::to_string(protocol::kMaxReasonLength)};
    }
    return request_for<void>(
        RequestKind::reject_image, {},
        [id = image.correlation_id(), position = image.position(), reason = std::string(reason)](
            ClientConductor& conductor, const PendingRequest& about,
            protocol::CorrelatedHeader header) {
            conductor.start(about, protocol::RejectImage{header, id, position, reason});
        });
}

Result<std::shared_ptr<Registration>> Client::async_next_session_id(std::int32_t stream_id) {
    return request(RequestKind::next_session_id, {},
                   [stream_id](ClientConductor& conductor, const PendingRequest& about,
                               protocol::CorrelatedHeader) {
                       conductor.start_next_session_id(about, stream_id);
                   });
}

bool Client::remove(RequestKind kind, std::int64_t registration_id, Notification on_removed) {
    return !is_closed() &&
           conductor_->queue()->push(
               {[kind, registration_id, done = std::move(on_removed)](ClientConductor& conductor) {
                    conductor.remove(kind, registration_id, false, done);
                },
                nullptr});
}

void Client::pause(Nanos at_most) {
    if (settings_.use_invoker && do_work() > 0) return;
    environment_.pause(at_most);
}

Result<void> Client::await(const std::shared_ptr<Registration>& registration) {
    if (conductor_->is_running_here()) {
        return Error{ErrorCode::client_illegal_state,
                     "a handler cannot wait for an answer of the driver"};
    }
    // The conductor ends every request within the driver time-out of taking it up. This bound is
    // for a conductor that is not run at all.
    const Nanos deadline = environment_.clock.now() + 2 * Nanos(settings_.driver_timeout);
    for (Nanos wait = kFirstPause; registration->status() == Registration::Status::awaiting;
         wait = std::min(2 * wait, kLongestPause)) {
        if (environment_.clock.now() > deadline) {
            cancel(*registration);
            return Error{ErrorCode::conductor_service_timeout,
                         "the client's conductor did not take up a request"};
        }
        pause(wait);
    }
    if (registration->status() == Registration::Status::failed) return registration->error();
    return {};
}

Result<std::int32_t> Client::next_session_id(std::int32_t stream_id) {
    Result<std::shared_ptr<Registration>> made = async_next_session_id(stream_id);
    if (!made) return std::move(made).error();
    if (auto waited = await(*made); !waited) return std::move(waited).error();
    return std::get<std::int32_t>((*made)->outcome());
}

Result<void> Client::run_on_conductor(std::function<void(ClientConductor&)> task) {
    if (conductor_->is_running_here()) {
        task(*conductor_);
        return {};
    }
    // The registration only carries the word that it was done; it does not go to the driver.
    auto done = std::make_shared<Registration>(RequestKind::destination, protocol::kNullId);
    const bool taken =
        !is_closed() &&
        conductor_->queue()->push({[task = std::move(task), done](ClientConductor& conductor) {
                                       task(conductor);
                                       done->succeed();
                                   },
                                   done});
    if (!taken) return closed_error();
    return await(done);
}

Result<HandlerId> Client::add_available_counter_handler(CounterHandler handler) {
    const HandlerId id = next_handler_id_.fetch_add(1);
    auto done = run_on_conductor([id, handler = std::move(handler)](ClientConductor& conductor) {
        conductor.add_available_counter_handler(id, handler);
    });
    if (!done) return std::move(done).error();
    return id;
}

Result<HandlerId> Client::add_unavailable_counter_handler(CounterHandler handler) {
    const HandlerId id = next_handler_id_.fetch_add(1);
    auto done = run_on_conductor([id, handler = std::move(handler)](ClientConductor& conductor) {
        conductor.add_unavailable_counter_handler(id, handler);
    });
    if (!done) return std::move(done).error();
    return id;
}

Result<HandlerId> Client::add_close_handler(CloseHandler handler) {
    const HandlerId id = next_handler_id_.fetch_add(1);
    auto done = run_on_conductor([id, handler = std::move(handler)](ClientConductor& conductor) {
        conductor.add_close_handler(id, handler);
    });
    if (!done) return std::move(done).error();
    return id;
}

Result<void> Client::remove_handler(HandlerId id) {
    return run_on_conductor([id](ClientConductor& conductor) { conductor.remove_handler(id); });
}

}  // namespace tern::client

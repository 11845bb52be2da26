#include "tern/driver/conductor/subscription_linker.hpp"

namespace tern::driver {
namespace {

constexpr std::string_view kIpcChannel = "aeron:ipc";

}  // namespace

Result<void> SubscriptionLinker::link(SubscriptionLink& link, LocalStream& stream) {
    const LocalStream::Identity& identity = stream.identity();
    const Position join_position = stream.join_position();
    const Result<std::int32_t> counter =
        counters_.allocate(subscriber_position_counter({.registration_id = link.registration_id,
                                                        .owner_id = link.client_id,
                                                        .session_id = identity.session_id,
                                                        .stream_id = identity.stream_id,
                                                        .channel = link.channel},
                                                       identity.registration_id, join_position));
    if (!counter) return counter.error();
    const SubscriberPosition subscriber{.link = &link,
                                        .counter_id = *counter,
                                        .value = counters_.counter(*counter),
                                        .since = time_.now};
    stream.subscribers().add(subscriber);
    link.streams.push_back(&stream);
    stream.on_subscribers_changed();
    announce_available(stream, subscriber);
    return {};
}

void SubscriptionLinker::unlink(SubscriptionLink& link, LocalStream& stream) {
    const std::optional<SubscriberPosition> removed = stream.subscribers().remove(&link);
    if (!removed) return;
    if (removed->owns_counter()) counters_.free(removed->counter_id);
    std::erase(link.streams, &stream);
    stream.on_subscribers_changed();
}

void SubscriptionLinker::unlink_from_all(SubscriptionLink& link) {
    while (!link.streams.empty()) {
        unlink(link, *link.streams.back());
    }
}

void SubscriptionLinker::unlink_all(LocalStream& stream) {
    for (const SubscriberPosition& subscriber : stream.subscribers().take_all()) {
        if (subscriber.owns_counter()) counters_.free(subscriber.counter_id);
        std::erase(subscriber.link->streams, &stream);
    }
    stream.on_subscribers_changed();
}

void SubscriptionLinker::announce_available(const LocalStream& stream,
                                            const SubscriberPosition& subscriber) {
    const LocalStream::Identity& identity = stream.identity();
    events_.send(
        protocol::AvailableImage{.correlation_id = identity.registration_id,
                                 .session_id = identity.session_id,
                                 .stream_id = identity.stream_id,
                                 .subscription_registration_id = subscriber.link->registration_id,
                                 .subscriber_position_counter_id = subscriber.counter_id,
                                 .log_file_name = identity.log_file_name,
                                 .source_identity = identity.source_identity});
}

void SubscriptionLinker::announce_unavailable(const LocalStream& stream,
                                              const SubscriptionLink& link,
                                              std::string_view channel) {
    const LocalStream::Identity& identity = stream.identity();
    events_.send(protocol::UnavailableImage{.correlation_id = identity.registration_id,
                                            .subscription_registration_id = link.registration_id,
                                            .stream_id = identity.stream_id,
                                            .channel = channel});
}

void SubscriptionLinker::announce_unavailable_to_all(const LocalStream& stream,
                                                     std::string_view channel) {
    for (const SubscriberPosition& subscriber : stream.subscribers().list()) {
        announce_unavailable(stream, *subscriber.link, channel);
    }
}

void SubscriptionLinker::announce_unavailable_to_all(const LocalStream& stream) {
    for (const SubscriberPosition& subscriber : stream.subscribers().list()) {
        announce_unavailable(stream, *subscriber.link, subscriber.link->channel);
    }
}

void SubscriptionLinker::check_untethered(LocalStream& stream, const TetherRules& rules) {
    const Position limit = untethered_limit(rules.reference, rules.window);
    for (SubscriberPosition& subscriber : stream.subscribers().list()) {
        if (subscriber.link->is_tether) continue;
        const bool is_above = subscriber.is_working() && subscriber.value.get() > limit;
        apply(advance_tether(subscriber, is_above, rules.is_draining, rules.timeouts, time_.now),
              stream, subscriber);
    }
}

void SubscriptionLinker::apply(TetherAction action, LocalStream& stream,
                               SubscriberPosition& subscriber) {
    switch (action) {
        case TetherAction::none: break;
        case TetherAction::announce_unavailable:
            announce_unavailable(stream, *subscriber.link, kIpcChannel);
            break;
        case TetherAction::rest: stream.on_subscribers_changed(); break;
        case TetherAction::close:
            counters_.free(subscriber.counter_id);
            stream.on_subscribers_changed();
            break;
        case TetherAction::rejoin:
            // Where the others are: the place this one was put aside at has been written over.
            subscriber.tether = TetherState::resting;
            subscriber.value.set(stream.join_position());
            subscriber.tether = TetherState::active;
            stream.on_subscribers_changed();
            announce_available(stream, subscriber);
            break;
    }
}

}  // namespace tern::driver

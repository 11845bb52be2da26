#pragma once

/// Brings subscriptions and streams together and apart: position counters, the stream's list of
/// subscribers, the link's list of streams, and the image events (spec control-protocol.md, 10.5
/// and 16.8). Conductor thread only.

#include <string_view>

#include "tern/base/error.hpp"
#include "tern/driver/cached_time.hpp"
#include "tern/driver/conductor/client_events.hpp"
#include "tern/driver/conductor/counter_table.hpp"
#include "tern/driver/conductor/local_stream.hpp"
#include "tern/driver/conductor/untethered.hpp"

namespace tern::driver {

class SubscriptionLinker {
  public:
    SubscriptionLinker(CounterTable& counters, ClientEvents& events, const CachedTime& time)
        : counters_(counters), events_(events), time_(time) {}

    /// Links at the stream's join position and announces the image. An error where no counter is
    /// free: nothing has changed then.
    Result<void> link(SubscriptionLink& link, LocalStream& stream);
    /// Ends one link without an event: the client closes its image itself.
    void unlink(SubscriptionLink& link, LocalStream& stream);
    /// Ends all links of a subscription, without events.
    void unlink_from_all(SubscriptionLink& link);
    /// Ends all links of a stream, without events.
    void unlink_all(LocalStream& stream);

    void announce_unavailable(const LocalStream& stream, const SubscriptionLink& link,
                              std::string_view channel);
    /// To every subscriber, with this as the channel's text, or with the subscription's own.
    void announce_unavailable_to_all(const LocalStream& stream, std::string_view channel);
    void announce_unavailable_to_all(const LocalStream& stream);

    struct TetherRules {
        Position reference;   // of the fastest reader or the sender
        std::int64_t window;  // bytes
        bool is_draining;
        UntetheredTimeouts timeouts;
    };
    /// Moves the untethered subscribers of a stream on: once in each timer pass.
    void check_untethered(LocalStream& stream, const TetherRules& rules);

  private:
    void announce_available(const LocalStream& stream, const SubscriberPosition& subscriber);
    void apply(TetherAction action, LocalStream& stream, SubscriberPosition& subscriber);

    CounterTable& counters_;
    ClientEvents& events_;
    const CachedTime& time_;
};

}  // namespace tern::driver

#pragma once

/// What becomes of an untethered subscriber that holds back its stream (spec
/// control-protocol.md, 16.8): told that its image is unavailable, then taken out of flow control,
/// then invited back, or closed where nobody rejoins. The states only; whoever calls transmits the
/// events and writes the counters.

#include "tern/base/clock.hpp"
#include "tern/driver/conductor/subscriber_positions.hpp"
#include "tern/uri/publication_params.hpp"

namespace tern::driver {

using UntetheredTimeouts = uri::UntetheredTimeouts;

/// A subscriber at or below this position is holding back a stream whose window is `window` and
/// whose fastest reader (or sender) is at `reference`.
constexpr std::int64_t untethered_limit(std::int64_t reference, std::int64_t window) {
    return (reference - window) + window / 4;
}

enum class TetherAction {
    none,
    announce_unavailable,  // is LINGER now
    rest,                  // is RESTING now
    close,                 // is CLOSED now: free its counter
    rejoin,                // is ACTIVE now: set its position, then announce the image again
};

/// Moves an untethered subscriber on. `is_draining`: nobody rejoins a stream that is coming to its
/// end.
inline TetherAction advance_tether(SubscriberPosition& subscriber, bool is_above_limit,
                                   bool is_draining, const UntetheredTimeouts& timeouts,
                                   Nanos now) {
    const auto enter = [&](TetherState state, TetherAction action) {
        subscriber.tether = state;
        subscriber.since = now;
        return action;
    };
    const auto has_lasted = [&](Nanos timeout) { return now - subscriber.since > timeout; };
    switch (subscriber.tether) {
        case TetherState::active:
            if (is_above_limit) {
                subscriber.since = now;
            } else if (has_lasted(timeouts.window_limit)) {
                return enter(TetherState::linger, TetherAction::announce_unavailable);
            }
            return TetherAction::none;
        case TetherState::linger:
            if (!has_lasted(timeouts.linger)) return TetherAction::none;
            if (subscriber.link->is_rejoin && !is_draining)
                return enter(TetherState::resting, TetherAction::rest);
            return enter(TetherState::closed, TetherAction::close);
        case TetherState::resting:
            if (is_draining) return enter(TetherState::closed, TetherAction::close);
            if (!has_lasted(timeouts.resting)) return TetherAction::none;
            return enter(TetherState::active, TetherAction::rejoin);
        case TetherState::closed: return TetherAction::none;
    }
    return TetherAction::none;
}

}  // namespace tern::driver

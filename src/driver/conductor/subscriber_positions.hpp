#pragma once

/// The subscribers of one local stream: where each has read to, whether it takes part in flow
/// control, and the states of those that may be put aside because they hold back everybody else
/// (spec control-protocol.md, 16.8). Conductor thread only; the position words are written by
/// clients.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "tern/base/clock.hpp"
#include "tern/driver/conductor/subscription_link.hpp"
#include "tern/shm/counters.hpp"

namespace tern::driver {

enum class TetherState : std::uint8_t { active, linger, resting, closed };

struct SubscriberPosition {
    SubscriptionLink* link = nullptr;
    std::int32_t counter_id = kNullCounterId;
    Counter value;  // writer: the client; the driver on join and rejoin
    TetherState tether = TetherState::active;
    Nanos since{0};  // of the tether state

    /// Takes part in flow control, draining and the join position.
    bool is_working() const {
        return tether == TetherState::active || tether == TetherState::linger;
    }
    /// The counter is gone once an untethered subscription is closed; its id may be somebody else's
    /// by now.
    bool owns_counter() const { return tether != TetherState::closed; }
};

/// What a client wrote is foreign: before it is used as a position it is bounded by what has been
/// cleaned already and what has been produced, and rounded down to a frame boundary (spec
/// shared-memory.md, 9.16).
struct PositionBounds {
    std::int64_t low = 0;  // multiple of the frame alignment
    std::int64_t high = 0;
    std::int64_t apply(std::int64_t position) const {
        return std::clamp(position, low, std::max(low, high)) & ~std::int64_t{31};
    }
};

class SubscriberPositions {
  public:
    using List = std::vector<SubscriberPosition>;

    void add(const SubscriberPosition& subscriber) { list_.push_back(subscriber); }
    /// Takes the link's entry out and hands it over; its counter is the caller's to free if it owns
    /// it.
    std::optional<SubscriberPosition> remove(const SubscriptionLink* link) {
        const auto found = std::ranges::find(list_, link, &SubscriberPosition::link);
        if (found == list_.end()) return std::nullopt;
        const SubscriberPosition removed = *found;
        list_.erase(found);
        return removed;
    }
    List take_all() { return std::exchange(list_, {}); }

    bool contains(const SubscriptionLink* link) const {
        return std::ranges::find(list_, link, &SubscriberPosition::link) != list_.end();
    }
    bool has_working() const { return std::ranges::any_of(list_, &SubscriberPosition::is_working); }
    bool is_empty() const { return list_.empty(); }
    List& list() { return list_; }
    const List& list() const { return list_; }

    /// hot: the slowest and the fastest working subscriber, each read once.
    struct Range {
        bool is_empty = true;
        std::int64_t min = 0;
        std::int64_t max = 0;
    };
    Range working_range(const PositionBounds& bounds) const {
        Range range;
        for (const SubscriberPosition& subscriber : list_) {
            if (!subscriber.is_working()) continue;
            // sync[subscriber-position] acquire
            const std::int64_t position = bounds.apply(subscriber.value.get());
            range.min = range.is_empty ? position : std::min(range.min, position);
            range.max = range.is_empty ? position : std::max(range.max, position);
            range.is_empty = false;
        }
        return range;
    }

  private:
    List list_;
};

}  // namespace tern::driver

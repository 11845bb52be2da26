#pragma once

/// The session ids that the driver gives out by itself: a counter that starts anywhere, wraps
/// around and jumps over the range reserved for explicit use (spec control-protocol.md, section 9).
/// Conductor thread only.

#include <concepts>
#include <cstdint>

namespace tern::driver {

class SessionIds {
  public:
    /// Both ends of the reserved range belong to it; it is empty where low > high.
    SessionIds(std::int32_t first, std::int32_t reserved_low, std::int32_t reserved_high)
        : next_(first), reserved_low_(reserved_low), reserved_high_(reserved_high) {}

    /// The next id that is neither reserved nor in use. Every id that was tried is skipped for
    /// good. Comes to an end because there are fewer publications than session ids.
    template <std::predicate<std::int32_t> InUse>
    std::int32_t allocate(InUse&& is_in_use) {
        for (;;) {
            const std::int32_t candidate = is_reserved(next_) ? successor(reserved_high_) : next_;
            next_ = successor(candidate);
            if (!is_in_use(candidate)) return candidate;
        }
    }

  private:
    static std::int32_t successor(std::int32_t id) {
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(id) + 1);
    }
    bool is_reserved(std::int32_t id) const { return reserved_low_ <= id && id <= reserved_high_; }

    std::int32_t next_;
    std::int32_t reserved_low_;
    std::int32_t reserved_high_;
};

}  // namespace tern::driver

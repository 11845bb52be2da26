#pragma once

/// When a status message is worth sending (spec wire-protocol.md 5.8, 5.11). Conductor thread.

#include <algorithm>
#include <cstdint>

#include "tern/logbuffer/position.hpp"

namespace tern::driver {

struct StatusNeed {
    Position min_position = 0;        // of the slowest subscriber
    Position scheduled_position = 0;  // what the last status message was to say
    std::int32_t window = 0;          // bytes
    std::int32_t scheduled_window = 0;
    std::int32_t mtu_length = 0;  // of the SETUP
    bool is_forced = false;
};

/// After a quarter of the window was consumed. Where the window is not much more than one datagram,
/// earlier: a sender must never be left with less room than its longest frame, or the stream stands
/// still for good, as it does with Aeron's drivers.
constexpr bool is_status_due(const StatusNeed& need) {
    const std::int32_t room = std::max(0, need.window - need.mtu_length);
    const std::int32_t threshold = std::min(need.window / 4, room);
    return need.is_forced || need.window != need.scheduled_window ||
           need.min_position > need.scheduled_position + threshold;
}

}  // namespace tern::driver

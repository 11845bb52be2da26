#pragma once

/// What the conductor and the sender tell each other of one network publication, beside what stands
/// in its counters and its log's metadata. The conductor makes one for each publication; it
/// outlives both halves. Flags are 0 or 1.

#include <cstdint>

#include "tern/base/shared_word.hpp"
#include "tern/logbuffer/position.hpp"

namespace tern::driver {

struct PublicationSignals {
    // Writer: the conductor.
    SharedWord<std::int32_t>
        is_end_of_stream{};  // heartbeats say so, no SETUP is elicited any more
    SharedWord<std::int32_t> has_working_spies{};  // neither resting nor closed
    SharedWord<std::int64_t> spy_position{};       // the furthest that any working spy has read
    std::byte apart[kFalseSharingRange]{};

    // Writer: the sender.
    SharedWord<std::int32_t> has_receivers{};           // the liveness table is not empty
    SharedWord<std::int32_t> has_required_receivers{};  // flow control: the group is large enough
    SharedWord<std::int32_t> has_initial_connection{};  // a SM without SEND_SETUP was accepted once
    SharedWord<std::int32_t> has_unicast_end_of_stream{};  // a unicast SM with EOS came
};

}  // namespace tern::driver

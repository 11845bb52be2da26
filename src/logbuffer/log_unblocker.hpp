#pragma once

/// Gets a publication going again whose publisher died between its claim and the commit (spec
/// shared-memory.md 9.17). The driver's conductor calls it when the stream has stood still for the
/// unblock time-out, or is draining.

#include "tern/logbuffer/log_buffers.hpp"

namespace tern {

enum class UnblockOutcome {
    no_action,         // nothing there to unblock, or somebody may still write it
    unblocked,         // a claim became padding, or a finished term was rotated
    unblocked_to_end,  // the rest of the term became padding and the log was rotated
};

enum class Publishers {
    // what is claimed but has nothing behind it is left alone: its owner may be about to write
    may_be_alive,
    are_gone,       // draining with no publisher left: that becomes padding as well
};

/// `blocked_position`: where the consumers stand, a multiple of 32; any other position that a
/// process may have written is answered with no_action.
UnblockOutcome unblock_log(const LogBuffers& log, Position blocked_position, Publishers publishers);

}  // namespace tern

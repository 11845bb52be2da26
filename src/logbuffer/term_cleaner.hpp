#pragma once

/// Zeroes what all readers have passed, so that publishers and the receiver always write into
/// zeroed memory (spec shared-memory.md 9.16). Conductor thread, before it raises a limit or opens
/// a window.

#include "tern/logbuffer/log_buffers.hpp"

namespace tern {

/// Zeroes from `clean_position`, up to which it was done before, towards `target`, and returns how
/// far it came: never beyond the end of one term, later calls do the rest. Both are multiples of 32
/// and not negative, and `target` is no further than two terms ahead of what is still to be read or
/// written.
Position clean_to(const LogBuffers& log, Position clean_position, Position target);

}  // namespace tern

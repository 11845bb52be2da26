#pragma once

/// Covers a gap of an unreliable stream with padding instead of asking for it again (spec
/// shared-memory.md 9.15). Receiver thread only, so that nothing is inserted meanwhile.

#include <cstdint>

#include "tern/logbuffer/gap_scanner.hpp"
#include "tern/logbuffer/log_metadata.hpp"

namespace tern {

/// False, and nothing done, if some of the gap has arrived since it was found. The gap lies within
/// the term.
bool fill_gap(Bytes term, const DataHeader& default_header, const Gap& gap);

}  // namespace tern

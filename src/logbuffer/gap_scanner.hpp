#pragma once

/// Finds the first gap in what a receiver has rebuilt (spec shared-memory.md 9.15). Conductor
/// thread.

#include <cstdint>
#include <optional>

#include "tern/logbuffer/frame.hpp"

namespace tern {

struct Gap {
    std::int32_t term_id;
    std::int32_t offset;   // in its term
    std::int32_t length;   // bytes
    friend bool operator==(const Gap&, const Gap&) = default;
};

struct GapScan {
    std::int32_t       complete_to;   // offset up to which all frames are there
    std::optional<Gap> gap;           // what is missing from there on
};

/// Looks from `from`, a frame boundary, to `limit`, the offset of the high-water mark or the term's
/// end.
GapScan scan_for_gap(ConstBytes term, std::int32_t term_id, std::int32_t from, std::int32_t limit);

}  // namespace tern

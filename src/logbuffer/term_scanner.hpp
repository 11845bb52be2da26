#pragma once

/// Finds what the sender can transmit from a term (spec shared-memory.md 9.14).

#include <cstdint>

#include "tern/logbuffer/frame.hpp"

namespace tern {

struct Availability {
    // > 0: bytes to transmit as one datagram; 0: nothing there; < 0: the first frame is that
    std::int32_t available;
                              // long, negated, and longer than the limit
    std::int32_t padding;     // bytes behind them that are never transmitted; advance by both
};

/// Complete frames of `term` from `offset` (a frame boundary below the term's end), at most `limit`
/// bytes of them: the least of MTU, available window and rest of the term. Of a padding frame only
/// the header is transmitted; it ends the scan.
Availability scan_for_availability(ConstBytes term, std::int32_t offset, std::int32_t limit);

}  // namespace tern

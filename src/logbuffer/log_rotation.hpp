#pragma once

/// Rotation of a log to its next term by publishers that share it, and by the driver in place of a
/// dead one (spec shared-memory.md 9.11). Idempotent: any number may attempt it at once.

#include <cstdint>

#include "tern/logbuffer/log_metadata.hpp"
#include "tern/logbuffer/position.hpp"

namespace tern {

/// Moves on from the finished term, the one `count` rotations after the first. The tail is set
/// before the count, so that whoever sees the new count finds a tail that matches.
inline void rotate_log(LogMetadata& metadata, std::int32_t count, std::int32_t term_id) {
    const std::int32_t next_count = wrapping_add(count, 1);
    const std::int32_t next_term_id = wrapping_add(term_id, 1);
    SharedWord<std::int64_t>& tail = metadata.term_tail_counters[partition_of_count(next_count)];
    for (;;) {
        const std::int64_t raw = tail.load_acquire();   // sync[term-tail] acquire
        if (tail_term_id(raw) != wrapping_sub(next_term_id, kPartitionCount)) {
            break;   // somebody else has done it
        }
        if (tail.compare_exchange(raw, raw_tail(next_term_id, 0))) {   // sync[term-tail] release
            break;
        }
    }
    // sync[term-count] release; failed: was done
    metadata.active_term_count.compare_exchange(count, next_count);
}

}  // namespace tern

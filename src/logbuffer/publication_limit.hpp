#pragma once

/// How far publishers may go: the arithmetic of publication windows and limits (spec
/// shared-memory.md 9.16). Conductor thread.

#include <algorithm>
#include <cstdint>

#include "tern/base/shared_word.hpp"
#include "tern/logbuffer/position.hpp"

namespace tern {

/// The publication window in bytes: as configured if that is more than 0 and less than half a term,
/// else half a term.
constexpr std::int32_t publication_window_length(std::int32_t configured,
                                                 std::int32_t term_length) {
    const std::int32_t half = term_length / 2;
    return configured > 0 && configured < half ? configured : half;
}

/// How far the limit of an IPC publication has to rise before it is worth storing.
constexpr std::int32_t limit_trip_gain(std::int32_t window) { return window / 8; }

/// A subscriber's position, fit for use by the driver: a client wrote it, so it is brought to a
/// frame boundary between 0 and `up_to` (the producer position, for an image the rebuilt position).
/// Beyond it memory would be zeroed that is still to be written or read.
inline Position bounded_subscriber_position(const SharedWord<std::int64_t>& counter,
                                            Position up_to) {
    const Position claimed = counter.load_acquire();   // sync[subscriber-position] acquire
    return std::clamp<Position>(claimed, 0, std::max<Position>(up_to, 0)) & kFrameMask;
}

/// Whether cleaning has come far enough for the limit of a network publication to rise to `limit`:
/// no more than two terms may be dirty or about to be, and the second only if the first is already
/// being cleaned.
constexpr bool does_cleaning_keep_up(const TermGeometry& geometry, Position clean_position,
                                     Position limit) {
    const std::int32_t ahead =
        wrapping_sub(geometry.term_id_at(limit), geometry.term_id_at(clean_position));
    return ahead < 2 || (ahead == 2 && geometry.offset_at(clean_position) != 0);
}

}  // namespace tern

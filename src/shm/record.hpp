#pragma once

/// What the ring buffer and the broadcast buffer have in common: records of a length, a type and a
/// payload, aligned to 8 (spec shared-memory.md 4.2, 5.1).

#include <cstdint>

namespace tern {

inline constexpr std::int32_t kRecordHeaderLength = 8;   // i32 length with header, i32 type
inline constexpr std::int32_t kRecordAlignment = 8;
inline constexpr std::int32_t kPaddingTypeId = -1;

/// Positions lie where any client may write anything: sums and differences of them wrap, and what
/// comes out is checked.
constexpr std::int64_t position_plus(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
constexpr std::int64_t position_difference(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

}  // namespace tern

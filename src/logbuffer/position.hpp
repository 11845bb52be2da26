#pragma once

/// Term, offset and position arithmetic (spec shared-memory.md 9.6). Term ids are 32-bit and wrap.
/// Nothing here trusts its input: a number that another process wrote gives a wrong position, never
/// undefined behaviour.

#include <bit>
#include <cstdint>

#include "tern/base/bytes.hpp"
#include "tern/protocol/data_frame.hpp"

namespace tern {

// bytes since the beginning of the stream, padding and headers included
using Position = std::int64_t;

inline constexpr int          kPartitionCount = 3;
#ifdef TERN_MODEL
inline constexpr std::int32_t kTermMinLength = 128;   // a few frames, for model/ to explore
#else
inline constexpr std::int32_t kTermMinLength = 64 * 1024;
#endif
inline constexpr std::int32_t kTermMaxLength = 1024 * 1024 * 1024;
inline constexpr std::int32_t kPageMinSize = 4 * 1024;
inline constexpr std::int32_t kPageMaxSize = 1024 * 1024 * 1024;
inline constexpr std::int32_t kMtuMinLength = 64;
inline constexpr std::int32_t kMtuMaxLength = 65504;
inline constexpr std::int32_t kMaxMessageLength = 16 * 1024 * 1024;

/// a + b and a - b of 32-bit numbers that wrap.
constexpr std::int32_t wrapping_add(std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}
constexpr std::int32_t wrapping_sub(std::int32_t a, std::int32_t b) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) - static_cast<std::uint32_t>(b));
}

/// log2 of a term length, which is a power of two.
constexpr int position_bits(std::int32_t term_length) {
    return std::countr_zero(static_cast<std::uint32_t>(term_length));
}

/// Partition of the term `term_count` rotations after the first; 0, 1 or 2 whatever the argument.
constexpr int partition_of_count(std::int32_t term_count) {
    return static_cast<int>(static_cast<std::uint32_t>(term_count) % kPartitionCount);
}

/// A partition's raw tail: its term id, and how many bytes of it are claimed. Failed claims at the
/// end leave the second beyond the term length.
constexpr std::int64_t raw_tail(std::int32_t term_id, std::int64_t offset) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(static_cast<std::uint32_t>(term_id))
                                         << 32 |
                                     static_cast<std::uint64_t>(offset));
}
constexpr std::int32_t tail_term_id(std::int64_t raw) {
    return static_cast<std::int32_t>(raw >> 32);
}

/// The offset half as an offset: at most the term length, and where a frame may begin whatever
/// another process wrote there.
constexpr std::int32_t tail_offset(std::int64_t raw, std::int32_t term_length) {
    const auto offset = static_cast<std::uint32_t>(raw);
    const auto end = static_cast<std::uint32_t>(term_length);
    return static_cast<std::int32_t>((offset < end ? offset : end) &
                                     ~(std::uint32_t{kFrameAlignment} - 1));
}

/// Where a stream's positions lie in its terms.
class TermGeometry {
  public:
    constexpr TermGeometry() = default;
    /// `term_length`: a power of two, kTermMinLength to kTermMaxLength.
    constexpr TermGeometry(std::int32_t initial_term_id, std::int32_t term_length)
        : initial_term_id_(initial_term_id),
          term_length_(term_length),
          bits_(position_bits(term_length)) {}

    constexpr std::int32_t initial_term_id() const { return initial_term_id_; }
    constexpr std::int32_t term_length() const { return term_length_; }
    constexpr int bits() const { return bits_; }
    constexpr Position max_position() const { return static_cast<Position>(term_length_) << 31; }

    constexpr std::int32_t term_count(std::int32_t term_id) const {
        return wrapping_sub(term_id, initial_term_id_);
    }
    constexpr Position position(std::int32_t term_id, std::int64_t term_offset) const {
        return (static_cast<Position>(term_count(term_id)) << bits_) + term_offset;
    }
    constexpr std::int32_t term_count_at(Position position) const {
        return static_cast<std::int32_t>(position >> bits_);
    }
    constexpr std::int32_t term_id_at(Position position) const {
        return wrapping_add(initial_term_id_, term_count_at(position));
    }
    constexpr std::int32_t offset_at(Position position) const {
        return static_cast<std::int32_t>(position & (term_length_ - 1));
    }
    constexpr int partition_at(Position position) const {
        return partition_of_count(term_count_at(position));
    }
    /// The position that a raw tail stands for, the offset clamped.
    constexpr Position tail_position(std::int64_t raw) const {
        return position(tail_term_id(raw), tail_offset(raw, term_length_));
    }

  private:
    std::int32_t initial_term_id_ = 0;
    std::int32_t term_length_ = 0;   // bytes
    int          bits_ = 0;
};

/// Bytes that a message of `length` takes in a term, headers and alignment included (9.10).
constexpr std::int64_t framed_length(std::int64_t length, std::int32_t max_payload_length) {
    if (length <= max_payload_length) {
        return align(length + kDataHeaderLength, kFrameAlignment);
    }
    const std::int64_t whole = length / max_payload_length;
    const std::int64_t rest = length % max_payload_length;
    return whole * (max_payload_length + kDataHeaderLength) +
           (rest > 0 ? align(rest + kDataHeaderLength, kFrameAlignment) : 0);
}

/// The longest message that a term of this length takes, in bytes of payload.
constexpr std::int32_t max_message_length(std::int32_t term_length) {
    return term_length / 8 < kMaxMessageLength ? term_length / 8 : kMaxMessageLength;
}

}  // namespace tern

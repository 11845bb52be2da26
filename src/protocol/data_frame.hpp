#pragma once

/// The header of a data frame: first 32 bytes of every frame in a term and on the wire. In a
/// datagram it is bytes; in a term its length is the word that publishes the frame (spec
/// shared-memory.md 9.5).

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tern/base/bytes.hpp"
#include "tern/base/shared_word.hpp"

namespace tern {

inline constexpr std::int32_t kDataHeaderLength = 32;   // bytes
inline constexpr std::int32_t kFrameAlignment = 32;     // frames begin on a multiple of it
inline constexpr std::int64_t kFrameMask = ~std::int64_t{kFrameAlignment - 1};   // of a position

inline constexpr std::uint8_t kBeginFragment = 0x80;
inline constexpr std::uint8_t kEndFragment = 0x40;
inline constexpr std::uint8_t kUnfragmented = kBeginFragment | kEndFragment;
inline constexpr std::uint8_t kEndOfStream = 0x20;      // in heartbeats on the wire only
inline constexpr std::uint8_t kRevoked = 0x10;          // in heartbeats on the wire only

inline constexpr std::int16_t kPaddingFrame = 0;
inline constexpr std::int16_t kDataFrame = 1;

struct alignas(8) DataHeader {
    SharedWord<std::int32_t> frame_length;   //  0: header and payload, not aligned; in a term 0 is
                                             //     nothing yet, < 0 claimed, > 0 complete. Writer:
                                             //     whoever claimed the frame, or the driver
    std::uint8_t version;                    //  4: 0
    std::uint8_t flags;                      //  5
    std::int16_t type;                       //  6
    std::int32_t term_offset;                //  8: of this frame in its term
    std::int32_t session_id;                 // 12
    std::int32_t stream_id;                  // 16
    std::int32_t term_id;                    // 20
    std::int64_t reserved_value;             // 24: the application's
};
static_assert(sizeof(DataHeader) == kDataHeaderLength && alignof(DataHeader) == 8);
static_assert(std::is_standard_layout_v<DataHeader> && std::is_trivially_copyable_v<DataHeader>);
static_assert(offsetof(DataHeader, version) == 4 && offsetof(DataHeader, flags) == 5);
static_assert(offsetof(DataHeader, type) == 6 && offsetof(DataHeader, term_offset) == 8);
static_assert(offsetof(DataHeader, session_id) == 12 && offsetof(DataHeader, stream_id) == 16);
static_assert(offsetof(DataHeader, term_id) == 20 && offsetof(DataHeader, reserved_value) == 24);

/// Bytes that a frame of `frame_length` occupies in a term.
constexpr std::int32_t aligned_frame_length(std::int32_t frame_length) {
    return align(frame_length, kFrameAlignment);
}

}  // namespace tern

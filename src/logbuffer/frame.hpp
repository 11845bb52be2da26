#pragma once

/// Frames inside a term: how one is begun, committed and turned into padding (spec shared-memory.md
/// 9.5, 9.10).
///
/// `frame_length` is the one synchronisation word of a frame:
///   sync[frame-claim]: a negative length means that the rest of the header may be half written;
///   sync[frame-commit]: a positive length means that header and payload are complete.

#include <cstdint>
#include <cstring>

#include "tern/base/assert.hpp"
#include "tern/base/bytes.hpp"
#include "tern/base/shared_word.hpp"
#include "tern/protocol/data_frame.hpp"

namespace tern {

inline DataHeader& header_at(std::byte* frame) { return *reinterpret_cast<DataHeader*>(frame); }
inline const DataHeader& header_at(const std::byte* frame) {
    return *reinterpret_cast<const DataHeader*>(frame);
}

/// The first eight bytes of a header: length, version 0, flags and type.
constexpr std::int64_t first_header_word(std::int32_t length, std::uint8_t flags,
                                         std::int16_t type) {
    return static_cast<std::int64_t>(
        static_cast<std::uint64_t>(static_cast<std::uint32_t>(length)) |
        std::uint64_t{flags} << 40 |
        static_cast<std::uint64_t>(static_cast<std::uint16_t>(type)) << 48);
}

/// Two 32-bit fields of a header as the eight bytes that they are in memory.
constexpr std::int64_t header_word(std::int32_t low, std::int32_t high) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(static_cast<std::uint32_t>(low)) |
                                     static_cast<std::uint64_t>(static_cast<std::uint32_t>(high))
                                         << 32);
}

/// What is the same in every frame that one publication writes into one term.
struct FrameIdentity {
    std::int32_t session_id;
    std::int32_t stream_id;
    std::int32_t term_id;
};

/// Writes the header of a frame that the caller has claimed, in zeroed memory, with its length
/// negated: a claim whose owner dies can be told from then on. The reserved value stays as it is.
// hot:
inline void begin_frame(std::byte* frame, std::int32_t length, std::uint8_t flags,
                        std::int16_t type, std::int32_t term_offset,
                        const FrameIdentity& identity) {
    // One store for length, flags and type: fewer, and an unblocker that sees the claim sees its
    // type too. sync[frame-claim] release
    shared_word<std::int64_t>(frame).store_release(first_header_word(-length, flags, type));
    release_fence();
    store_plain(frame + 8, header_word(term_offset, identity.session_id));
    store_plain(frame + 16, header_word(identity.stream_id, identity.term_id));
}

/// Publishes a frame: readers see all of it or nothing.
// hot:
inline void commit_frame(std::byte* frame, std::int32_t length) {
    header_at(frame).frame_length.store_release(length);   // sync[frame-commit] release
}

/// The length of a frame that another thread or process may be committing. Check it before use:
/// whoever may write to the log may have written anything.
// hot:
inline std::int32_t frame_length_acquire(const std::byte* frame) {
    // sync[frame-commit] acquire; sync[frame-clean] acquire for who looks at a frame being zeroed
    return header_at(frame).frame_length.load_acquire();
}

/// Whether `length` is that of a complete frame which ends within `room` bytes (at least 32).
// hot:
constexpr bool is_complete_frame(std::int32_t length, std::int32_t room) {
    // One comparison for "not there yet", "shorter than a header" and "reaches beyond the term".
    return static_cast<std::uint32_t>(length) - std::uint32_t{kDataHeaderLength} <=
           static_cast<std::uint32_t>(room) - std::uint32_t{kDataHeaderLength};
}

/// Copies one or more complete frames so that the length of the first becomes visible last: a
/// reader that walks frame by frame sees none of them or all. `to` is zeroed, 8-aligned memory that
/// only the caller writes to.
inline void copy_frames(std::byte* to, ConstBytes frames) {
    const std::byte* const from = frames.data();
    std::memcpy(to + kDataHeaderLength, from + kDataHeaderLength,
                frames.size() - kDataHeaderLength);
    store_plain(to + 24, load_plain<std::int64_t>(from + 24));
    store_plain(to + 16, load_plain<std::int64_t>(from + 16));
    store_plain(to + 8, load_plain<std::int64_t>(from + 8));
    // Length, version, flags and type at once. sync[frame-commit] release
    shared_word<std::int64_t>(to).store_release(load_plain<std::int64_t>(from));
}

/// Covers `length` bytes (at least 32) that nobody will write, a dead claim or a gap, with padding
/// made from the log's default header. For the driver.
inline void pad_with_default_header(std::byte* frame, const DataHeader& default_header,
                                    std::int32_t term_id, std::int32_t term_offset,
                                    std::int32_t length) {
    // What is there as a length (0, or a dead claim's) stays until all else is in place.
    store_plain(frame + 4, static_cast<std::int32_t>(
                               first_header_word(0, default_header.flags, kPaddingFrame) >> 32));
    store_plain(frame + 8, header_word(term_offset, default_header.session_id));
    store_plain(frame + 16, header_word(default_header.stream_id, term_id));
    store_plain(frame + 24, default_header.reserved_value);
    commit_frame(frame, length);
}

}  // namespace tern

#pragma once

/// Puts the time of sending into messages (spec wire-protocol.md 6.9). Sender thread.

#include <cstdint>

#include "tern/logbuffer/frame.hpp"
#include "tern/uri/timestamp_offsets.hpp"

namespace tern::driver {

/// Writes `epoch_ns` into every DATA frame with BEGIN of `frames`, which lie in a term and were
/// complete; the log's publishers may write there still, so each length is looked at again.
/// `offset` as in uri::TimestampOffsets.
// hot:
inline void stamp_frames(Bytes frames, std::int32_t offset, std::int64_t epoch_ns) {
    const auto end = static_cast<std::int32_t>(frames.size());
    for (std::int32_t at = 0; at + kDataHeaderLength <= end;) {
        std::byte* const frame = frames.data() + at;
        const std::int32_t length = frame_length_acquire(frame);
        if (!is_complete_frame(length, end - at)) return;
        const DataHeader& header = header_at(frame);
        if (header.type == kDataFrame && (header.flags & kBeginFragment) != 0) {
            const bool is_reserved = offset == uri::kReservedValueOffset;
            const std::int64_t payload_end =
                std::int64_t{kDataHeaderLength} + offset + std::int64_t{sizeof epoch_ns};
            if (is_reserved || (offset >= 0 && payload_end <= length)) {
                racy_copy(frame + kDataHeaderLength + offset,
                          reinterpret_cast<const std::byte*>(&epoch_ns), sizeof epoch_ns);
            }
        }
        at += aligned_frame_length(length);
    }
}

}  // namespace tern::driver

#pragma once

/// Puts the time of arrival into messages (spec wire-protocol.md 6.9). Receiver thread.

#include <cstdint>

#include "tern/base/bytes.hpp"
#include "tern/protocol/data_frame.hpp"
#include "tern/uri/timestamp_offsets.hpp"

namespace tern::driver {

/// Writes `epoch_ns` into every DATA frame with BEGIN of a datagram, before it is inserted. Lengths
/// are the sender's: a frame that does not fit into the datagram ends it. `offset` as in
/// uri::TimestampOffsets.
// hot:
inline void stamp_arrivals(Bytes datagram, std::int32_t offset, std::int64_t epoch_ns) {
    const auto end = static_cast<std::int64_t>(datagram.size());
    std::int64_t at = 0;
    while (at + kDataHeaderLength <= end) {
        std::byte* const frame = datagram.data() + at;
        const auto length = load_plain<std::int32_t>(frame);
        if (length < kDataHeaderLength || at + length > end) return;
        const auto flags = load_plain<std::uint8_t>(frame + offsetof(DataHeader, flags));
        const auto type = load_plain<std::int16_t>(frame + offsetof(DataHeader, type));
        const std::int64_t stamp_at = std::int64_t{kDataHeaderLength} + offset;
        const bool fits = offset == uri::kReservedValueOffset ||
                          (offset >= 0 && stamp_at + std::int64_t{sizeof epoch_ns} <= length);
        if (type == kDataFrame && (flags & kBeginFragment) != 0 && fits)
            store_plain(frame + stamp_at, epoch_ns);
        at += align(std::int64_t{length}, std::int64_t{kFrameAlignment});
    }
}

}  // namespace tern::driver

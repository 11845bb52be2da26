#pragma once

/// Where the driver writes times into messages (spec channel-uri.md, 18).

#include <cstdint>
#include <optional>

#include "tern/uri/channel_uri.hpp"

namespace tern::uri {

inline constexpr std::int32_t kReservedValueOffset = -8;   // "reserved"

struct TimestampOffsets {
    // Bytes after the data header, kReservedValueOffset, or absent for off.
    std::optional<std::int32_t> media_receive;
    std::optional<std::int32_t> channel_receive;
    std::optional<std::int32_t> channel_send;

    bool operator==(const TimestampOffsets&) const = default;

    /// Errors: generic_error, "Invalid media-rcv-ts-offset: 8x" whichever key is wrong, or an
    /// overlap.
    static Result<TimestampOffsets> parse(const ChannelUri& channel);
};

}  // namespace tern::uri

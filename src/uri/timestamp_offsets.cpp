#include "tern/uri/timestamp_offsets.hpp"

#include <cstdlib>

#include "tern/base/value_parser.hpp"
#include "tern/uri/param_reader.hpp"
#include "tern/uri/uri_keys.hpp"

namespace tern::uri {
namespace {

constexpr std::int64_t kTimestampLength = 8;
constexpr std::int32_t kOff = -1;

void read(ParamReader& reader, std::string_view key, std::optional<std::int32_t>& offset) {
    const auto text = reader.get(key);
    if (!text) return;
    if (*text == "reserved") {
        offset = kReservedValueOffset;
        return;
    }
    const auto parsed = parse_int32(*text);
    if (!parsed) {
        // The reference names this key whichever is wrong, and people search for the text.
        reader.fail("Invalid media-rcv-ts-offset: " + std::string{*text});
    } else if (*parsed != kOff) {
        offset = parsed;
    }
}

void check_apart(ParamReader& reader, std::string_view first_key,
                 std::optional<std::int32_t> first, std::string_view second_key,
                 std::optional<std::int32_t> second) {
    if (!first || !second) return;
    if (std::llabs(std::int64_t{*first} - *second) < kTimestampLength) {
        reader.fail(std::string{first_key} + " and " + std::string{second_key} + " overlap");
    }
}

}  // namespace

Result<TimestampOffsets> TimestampOffsets::parse(const ChannelUri& channel) {
    TimestampOffsets offsets;
    ParamReader reader{channel};
    read(reader, key::kMediaReceiveTimestampOffset, offsets.media_receive);
    read(reader, key::kChannelReceiveTimestampOffset, offsets.channel_receive);
    read(reader, key::kChannelSendTimestampOffset, offsets.channel_send);
    check_apart(reader, key::kMediaReceiveTimestampOffset, offsets.media_receive,
                key::kChannelReceiveTimestampOffset, offsets.channel_receive);
    check_apart(reader, key::kMediaReceiveTimestampOffset, offsets.media_receive,
                key::kChannelSendTimestampOffset, offsets.channel_send);
    check_apart(reader, key::kChannelReceiveTimestampOffset, offsets.channel_receive,
                key::kChannelSendTimestampOffset, offsets.channel_send);
    if (reader.failed()) return reader.error();
    return offsets;
}

}  // namespace tern::uri

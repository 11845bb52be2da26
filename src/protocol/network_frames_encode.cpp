/// The writing half of network_frames.hpp.

#include <algorithm>

#include "tern/base/assert.hpp"
#include "tern/protocol/network_frames.hpp"
#include "tern/protocol/network_layouts.hpp"

namespace tern::protocol {
namespace {

/// A C client takes the event of a shorter text for malformed (2.13).
constexpr std::size_t kMinErrorTextLength = 4;
constexpr std::int64_t kNoGroupTag = -1;

constexpr std::uint8_t flag_if(bool is_set, std::uint8_t flag) { return is_set ? flag : 0; }

constexpr wire::FrameHeader header_of(FrameType type, std::size_t length, int flags = 0) {
    return {.frame_length = static_cast<std::int32_t>(length),
            .version = 0,
            .flags = static_cast<std::uint8_t>(flags),
            .type = static_cast<std::uint16_t>(type)};
}

template <typename Layout>
std::size_t put(const Layout& layout, Bytes out) {
    TERN_ASSERT(out.size() >= sizeof layout);
    store_plain(out.data(), layout);
    return sizeof layout;
}

}  // namespace

std::size_t encode(const Heartbeat& frame, Bytes out) {
    return put(wire::DataFrame{.header = header_of(FrameType::data, 0, kUnfragmented | frame.flags),
                               .term_offset = frame.term_offset,
                               .session_id = frame.session_id,
                               .stream_id = frame.stream_id,
                               .term_id = frame.term_id,
                               .reserved_value = 0},
               out);
}

std::size_t encode(const Setup& frame, Bytes out) {
    const int flags = flag_if(frame.wants_response, wire::kSetupSendResponse) |
                      flag_if(frame.is_group, wire::kSetupGroup);
    return put(wire::SetupFrame{.header = header_of(FrameType::setup, Setup::kLength, flags),
                                .term_offset = frame.term_offset,
                                .session_id = frame.session_id,
                                .stream_id = frame.stream_id,
                                .initial_term_id = frame.initial_term_id,
                                .active_term_id = frame.active_term_id,
                                .term_length = frame.term_length,
                                .mtu_length = frame.mtu_length,
                                .ttl = frame.ttl},
               out);
}

std::size_t encode(const StatusMessage& frame, Bytes out) {
    const int flags = flag_if(frame.elicits_setup, wire::kStatusSendSetup) |
                      flag_if(frame.is_end_of_stream, wire::kStatusEndOfStream);
    const std::size_t length =
        frame.group_tag ? StatusMessage::kLengthWithTag : StatusMessage::kLength;
    const wire::StatusMessageFrame message{
        .header = header_of(FrameType::status_message, length, flags),
        .session_id = frame.session_id,
        .stream_id = frame.stream_id,
        .term_id = frame.term_id,
        .term_offset = frame.term_offset,
        .window = frame.window,
        .receiver_id = frame.receiver_id};
    if (!frame.group_tag) return put(message, out);
    return put(wire::TaggedStatusMessageFrame{.message = message, .group_tag = *frame.group_tag},
               out);
}

std::size_t encode(const Nak& frame, Bytes out) {
    return put(wire::NakFrame{.header = header_of(FrameType::nak, Nak::kLength),
                              .session_id = frame.session_id,
                              .stream_id = frame.stream_id,
                              .term_id = frame.term_id,
                              .term_offset = frame.term_offset,
                              .length = frame.length},
               out);
}

std::size_t encode(const RttMeasurement& frame, Bytes out) {
    const int flags = flag_if(frame.is_request, wire::kRttReply);
    return put(wire::RttMeasurementFrame{.header = header_of(FrameType::rtt_measurement,
                                                             RttMeasurement::kLength, flags),
                                         .session_id = frame.session_id,
                                         .stream_id = frame.stream_id,
                                         .echo_timestamp = frame.echo_timestamp,
                                         .reception_delta = frame.reception_delta,
                                         .receiver_id = frame.receiver_id},
               out);
}

std::size_t encode(const ErrorFrame& frame, Bytes out) {
    const std::string_view text = frame.text.substr(0, kMaxErrorTextLength);
    const std::size_t text_length = std::max(text.size(), kMinErrorTextLength);
    const std::size_t length = ErrorFrame::kHeaderLength + text_length;
    TERN_ASSERT(out.size() >= length);
    put(wire::ErrorFrameHeader{.header = header_of(
                                   FrameType::error, length,
                                   flag_if(frame.group_tag.has_value(), wire::kErrorHasGroupTag)),
                               .session_id = frame.session_id,
                               .stream_id = frame.stream_id,
                               .receiver_id = frame.receiver_id,
                               .group_tag = frame.group_tag.value_or(kNoGroupTag),
                               .error_code = frame.error_code,
                               .text_length = static_cast<std::int32_t>(text_length)},
        out);
    const Bytes rest = out.subspan(ErrorFrame::kHeaderLength, text_length);
    std::fill(std::ranges::copy(bytes_of(text), rest.begin()).out, rest.end(), std::byte{' '});
    return length;
}

std::size_t encode(const ResponseSetup& frame, Bytes out) {
    return put(wire::ResponseSetupFrame{.header = header_of(FrameType::response_setup,
                                                            ResponseSetup::kLength),
                                        .session_id = frame.session_id,
                                        .stream_id = frame.stream_id,
                                        .response_session_id = frame.response_session_id},
               out);
}

}  // namespace tern::protocol

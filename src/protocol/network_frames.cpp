#include "tern/protocol/network_frames.hpp"

#include <array>
#include <limits>

#include "tern/base/assert.hpp"
#include "tern/protocol/network_layouts.hpp"

namespace tern::protocol {
namespace {

constexpr std::int32_t kMinTermLength = 64 * 1024;
constexpr std::int32_t kMinMtuLength = kDataHeaderLength;
constexpr std::size_t kNeverLongEnough = std::numeric_limits<std::size_t>::max();

/// How long a datagram of each type is at least (2.5). A type without an entry, such as the
/// reserved 0x08 to 0x0A, is never long enough.
constexpr auto kShortestDatagram = [] {
    std::array<std::size_t, 16> shortest{};
    shortest.fill(kNeverLongEnough);
    const auto set = [&](FrameType type, std::size_t length) {
        shortest[static_cast<std::size_t>(type)] = length;
    };
    set(FrameType::padding, kDataHeaderLength);
    set(FrameType::data, kDataHeaderLength);
    set(FrameType::nak, Nak::kLength);
    set(FrameType::status_message, StatusMessage::kLength);
    set(FrameType::error, ErrorFrame::kHeaderLength);
    set(FrameType::setup, Setup::kLength);
    set(FrameType::rtt_measurement, RttMeasurement::kLength);
    set(FrameType::resolution, 22);  // header and the shortest entry, less its padding
    set(FrameType::response_setup, ResponseSetup::kLength);
    return shortest;
}();

constexpr bool carries_data(std::uint16_t type) {
    static_assert(static_cast<int>(FrameType::padding) == 0);
    static_assert(static_cast<int>(FrameType::data) == 1);
    return type <= 1;
}

/// Whether a frame may begin at `term_offset` in a term of this length; a negative one may not.
constexpr bool is_frame_offset(std::int32_t term_offset, std::int32_t term_length) {
    return static_cast<std::uint32_t>(term_offset) < static_cast<std::uint32_t>(term_length) &&
           term_offset % kFrameAlignment == 0;
}

template <typename Layout>
Layout load_frame(ConstBytes datagram) {
    TERN_DASSERT(datagram.size() >= sizeof(Layout));
    return load_plain<Layout>(datagram.data());
}

}  // namespace

// hot: each datagram
std::optional<FrameType> check_datagram(ConstBytes datagram) {
    const std::size_t size = datagram.size();
    if (size < sizeof(wire::FrameHeader)) return std::nullopt;
    const auto header = load_plain<wire::FrameHeader>(datagram.data());
    if ((header.version != 0) | (header.frame_length < 0)) return std::nullopt;
    if (header.type >= kShortestDatagram.size() || size < kShortestDatagram[header.type]) {
        return std::nullopt;
    }
    const bool fits = carries_data(header.type)
                          ? size % kFrameAlignment == 0
                          : static_cast<std::size_t>(header.frame_length) <= size;
    if (!fits) return std::nullopt;
    return static_cast<FrameType>(header.type);
}

// hot: each datagram of data
DataFrameHeader read_data_header(ConstBytes datagram) {
    const auto frame = load_frame<wire::DataFrame>(datagram);
    return {.frame_length = frame.header.frame_length,
            .flags = frame.header.flags,
            .type = static_cast<FrameType>(frame.header.type),
            .term_offset = frame.term_offset,
            .session_id = frame.session_id,
            .stream_id = frame.stream_id,
            .term_id = frame.term_id};
}

// hot: each datagram of data
bool is_heartbeat(ConstBytes datagram) {
    return datagram.size() == kDataHeaderLength && load_plain<std::int32_t>(datagram.data()) == 0;
}

// hot: each datagram of data
std::optional<std::int32_t> effective_length(ConstBytes datagram, std::int32_t term_length) {
    const std::size_t size = datagram.size();
    const std::int32_t begin = load_frame<wire::DataFrame>(datagram).term_offset;
    if (!is_frame_offset(begin, term_length)) return std::nullopt;
    if (is_heartbeat(datagram)) return 0;

    const std::int32_t room = term_length - begin;  // a multiple of the alignment, as `walked` is
    std::int32_t walked = 0;
    std::uint16_t type = 0;
    do {
        const auto frame = load_plain<wire::DataFrame>(datagram.data() + walked);
        const std::int32_t length = frame.header.frame_length;
        type = frame.header.type;
        if (length < kDataHeaderLength || length > room - walked || !carries_data(type) ||
            frame.term_offset != begin + walked) {
            return std::nullopt;
        }
        walked += aligned_frame_length(length);
    } while (static_cast<std::size_t>(walked) + kDataHeaderLength <= size);

    const auto reached = static_cast<std::size_t>(walked);
    const bool is_last_padding = type == static_cast<std::uint16_t>(FrameType::padding);
    if (reached == size || (reached > size && is_last_padding)) return walked;
    return std::nullopt;
}

Setup read_setup(ConstBytes datagram) {
    const auto frame = load_frame<wire::SetupFrame>(datagram);
    return {.wants_response = (frame.header.flags & wire::kSetupSendResponse) != 0,
            .is_group = (frame.header.flags & wire::kSetupGroup) != 0,
            .term_offset = frame.term_offset,
            .session_id = frame.session_id,
            .stream_id = frame.stream_id,
            .initial_term_id = frame.initial_term_id,
            .active_term_id = frame.active_term_id,
            .term_length = frame.term_length,
            .mtu_length = frame.mtu_length,
            .ttl = frame.ttl};
}

StatusMessage read_status_message(ConstBytes datagram) {
    const auto frame = load_frame<wire::StatusMessageFrame>(datagram);
    StatusMessage message{.elicits_setup = (frame.header.flags & wire::kStatusSendSetup) != 0,
                          .is_end_of_stream = (frame.header.flags & wire::kStatusEndOfStream) != 0,
                          .session_id = frame.session_id,
                          .stream_id = frame.stream_id,
                          .term_id = frame.term_id,
                          .term_offset = frame.term_offset,
                          .window = frame.window,
                          .receiver_id = frame.receiver_id};
    const std::int32_t surplus =
        frame.header.frame_length - static_cast<std::int32_t>(StatusMessage::kLength);
    if (surplus == sizeof(std::int64_t)) {
        const std::int64_t tag = load_frame<wire::TaggedStatusMessageFrame>(datagram).group_tag;
        message.group_tag = tag;  // no reference to the field: it is not aligned
    } else if (surplus > 0) {
        message.odd_tag_length = surplus;
    }
    return message;
}

Nak read_nak(ConstBytes datagram) {
    const auto frame = load_frame<wire::NakFrame>(datagram);
    return {.session_id = frame.session_id,
            .stream_id = frame.stream_id,
            .term_id = frame.term_id,
            .term_offset = frame.term_offset,
            .length = frame.length};
}

RttMeasurement read_rtt_measurement(ConstBytes datagram) {
    const auto frame = load_frame<wire::RttMeasurementFrame>(datagram);
    return {.is_request = (frame.header.flags & wire::kRttReply) != 0,
            .session_id = frame.session_id,
            .stream_id = frame.stream_id,
            .echo_timestamp = frame.echo_timestamp,
            .reception_delta = frame.reception_delta,
            .receiver_id = frame.receiver_id};
}

ResponseSetup read_response_setup(ConstBytes datagram) {
    const auto frame = load_frame<wire::ResponseSetupFrame>(datagram);
    return {.session_id = frame.session_id,
            .stream_id = frame.stream_id,
            .response_session_id = frame.response_session_id};
}

std::optional<ErrorFrame> read_error(ConstBytes datagram) {
    const auto frame = load_frame<wire::ErrorFrameHeader>(datagram);
    const std::int32_t length = frame.text_length;
    const std::int32_t room =
        frame.header.frame_length - static_cast<std::int32_t>(ErrorFrame::kHeaderLength);
    if (length < 0 || length > kMaxErrorTextLength || length > room) return std::nullopt;

    ErrorFrame error{
        .session_id = frame.session_id,
        .stream_id = frame.stream_id,
        .receiver_id = frame.receiver_id,
        .error_code = frame.error_code,
        .text = text_of(datagram.subspan(sizeof frame, static_cast<std::size_t>(length)))};
    const std::int64_t tag = frame.group_tag;
    if ((frame.header.flags & wire::kErrorHasGroupTag) != 0) error.group_tag = tag;
    return error;
}

bool is_valid(const Setup& setup) {
    const std::int32_t mtu = setup.mtu_length;
    const std::int32_t terms =
        static_cast<std::int32_t>(static_cast<std::uint32_t>(setup.active_term_id) -
                                  static_cast<std::uint32_t>(setup.initial_term_id));
    return setup.term_length >= kMinTermLength && setup.term_length <= kMaxTermLength &&
           is_power_of_two(setup.term_length) &&
           is_frame_offset(setup.term_offset, setup.term_length) && mtu >= kMinMtuLength &&
           mtu <= kMaxDatagramLength && mtu % kFrameAlignment == 0 && terms >= 0;
}

bool is_valid(const StatusMessage& message, std::int32_t term_length) {
    return is_frame_offset(message.term_offset, term_length) && message.window >= 0 &&
           message.window <= term_length / 2;
}

bool is_valid(const Nak& nak, std::int32_t term_length) {
    return is_frame_offset(nak.term_offset, term_length) && nak.length >= 0 &&
           nak.length <= term_length - nak.term_offset;
}

}  // namespace tern::protocol

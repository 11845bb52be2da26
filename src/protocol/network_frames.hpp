#pragma once

/// The frames that drivers exchange over UDP, all but the data itself (spec wire-protocol.md 2):
/// validation, and conversion from and to bytes. Plain values; little-endian on the wire. Nothing
/// here trusts a length, and nothing allocates.

#include <cstdint>
#include <optional>
#include <string_view>

#include "tern/base/bytes.hpp"
#include "tern/protocol/data_frame.hpp"

namespace tern::protocol {

/// The longest UDP payload in use: bytes, a multiple of the frame alignment (2.4).
inline constexpr std::int32_t kMaxDatagramLength = 65504;
inline constexpr std::int32_t kMaxErrorTextLength = 1023;
inline constexpr std::int32_t kMaxTermLength = 1 << 30;

enum class FrameType : std::uint16_t {
    padding = 0x00,
    data = 0x01,
    nak = 0x02,
    status_message = 0x03,
    error = 0x04,
    setup = 0x05,
    rtt_measurement = 0x06,
    resolution = 0x07,
    response_setup = 0x0B,
};

/// First-level validation (2.5) of a whole datagram; nullopt for an invalid packet. Only after it
/// the readers below may be used, and only the one of the type that it found.
std::optional<FrameType> check_datagram(ConstBytes datagram);

/// Of the first frame of a DATA or PAD datagram.
struct DataFrameHeader {
    std::int32_t frame_length = 0;  // 0 in a heartbeat
    std::uint8_t flags = 0;
    FrameType type = FrameType::data;
    std::int32_t term_offset = 0;
    std::int32_t session_id = 0;
    std::int32_t stream_id = 0;
    std::int32_t term_id = 0;

    bool is_end_of_stream() const { return (flags & kEndOfStream) != 0; }
    bool is_revoked() const { return (flags & kRevoked) != 0; }
};
DataFrameHeader read_data_header(ConstBytes datagram);
/// "Datagram length is 32 and frame length is 0" (2.8).
bool is_heartbeat(ConstBytes datagram);
/// The structural check of 5.6, step 2: all frames of the datagram. How far it carries the
/// position in its term, padding that was not transmitted included; 0 for a heartbeat; nullopt for
/// an invalid packet.
std::optional<std::int32_t> effective_length(ConstBytes datagram, std::int32_t term_length);

/// The 32 bytes of a heartbeat (2.8). `flags` are added to BEGIN and END.
struct Heartbeat {
    std::uint8_t flags = 0;  // kEndOfStream, kRevoked
    std::int32_t session_id = 0;
    std::int32_t stream_id = 0;
    std::int32_t term_id = 0;
    std::int32_t term_offset = 0;

    bool operator==(const Heartbeat&) const = default;
};

struct Setup {
    static constexpr std::size_t kLength = 40;
    bool wants_response = false;  // SEND_RESPONSE
    bool is_group = false;        // GROUP
    std::int32_t term_offset = 0;
    std::int32_t session_id = 0;
    std::int32_t stream_id = 0;
    std::int32_t initial_term_id = 0;
    std::int32_t active_term_id = 0;
    std::int32_t term_length = 0;
    std::int32_t mtu_length = 0;
    std::int32_t ttl = 0;

    bool operator==(const Setup&) const = default;
};

struct StatusMessage {
    static constexpr std::size_t kLength = 36;
    static constexpr std::size_t kLengthWithTag = 44;
    bool elicits_setup = false;     // SEND_SETUP: position and window mean nothing
    bool is_end_of_stream = false;  // EOS
    std::int32_t session_id = 0;
    std::int32_t stream_id = 0;
    std::int32_t term_id = 0;
    std::int32_t term_offset = 0;
    std::int32_t window = 0;  // bytes
    std::int64_t receiver_id = 0;
    std::optional<std::int64_t> group_tag;
    std::int32_t odd_tag_length = 0;  // of what follows offset 36 where it is neither 0 nor 8 bytes

    bool operator==(const StatusMessage&) const = default;
};

struct Nak {
    static constexpr std::size_t kLength = 28;
    std::int32_t session_id = 0;
    std::int32_t stream_id = 0;
    std::int32_t term_id = 0;
    std::int32_t term_offset = 0;
    std::int32_t length = 0;  // bytes

    bool operator==(const Nak&) const = default;
};

struct RttMeasurement {
    static constexpr std::size_t kLength = 40;
    bool is_request = false;  // REPLY: please reply
    std::int32_t session_id = 0;
    std::int32_t stream_id = 0;
    std::int64_t echo_timestamp = 0;   // ns, of the requester's monotonic clock
    std::int64_t reception_delta = 0;  // ns
    std::int64_t receiver_id = 0;

    bool operator==(const RttMeasurement&) const = default;
};

struct ErrorFrame {
    static constexpr std::size_t kHeaderLength = 40;
    static constexpr std::size_t kMaxLength = kHeaderLength + kMaxErrorTextLength;
    std::int32_t session_id = 0;
    std::int32_t stream_id = 0;
    std::int64_t receiver_id = 0;
    std::optional<std::int64_t> group_tag;
    std::int32_t error_code = 0;
    std::string_view text;  // points into the datagram

    bool operator==(const ErrorFrame&) const = default;
};

struct ResponseSetup {
    static constexpr std::size_t kLength = 20;
    std::int32_t session_id = 0;  // of the request stream, like the next
    std::int32_t stream_id = 0;
    std::int32_t response_session_id = 0;

    bool operator==(const ResponseSetup&) const = default;
};

Setup read_setup(ConstBytes datagram);
StatusMessage read_status_message(ConstBytes datagram);
Nak read_nak(ConstBytes datagram);
RttMeasurement read_rtt_measurement(ConstBytes datagram);
ResponseSetup read_response_setup(ConstBytes datagram);
/// nullopt where its text length cannot be (2.13).
std::optional<ErrorFrame> read_error(ConstBytes datagram);

/// Second-level validation (2.16): what can be told without a publication's position.
bool is_valid(const Setup& setup);
bool is_valid(const StatusMessage& message, std::int32_t term_length);
bool is_valid(const Nak& nak, std::int32_t term_length);

/// Write one frame; `out` is long enough (an assertion). How many bytes it takes.
std::size_t encode(const Heartbeat& frame, Bytes out);
std::size_t encode(const Setup& frame, Bytes out);
std::size_t encode(const StatusMessage& frame, Bytes out);
std::size_t encode(const Nak& frame, Bytes out);
std::size_t encode(const RttMeasurement& frame, Bytes out);
/// A text shorter than four bytes is filled up with blanks, a longer one than 1023 is cut (2.13).
std::size_t encode(const ErrorFrame& frame, Bytes out);
std::size_t encode(const ResponseSetup& frame, Bytes out);

}  // namespace tern::protocol

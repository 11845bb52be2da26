#pragma once

/// For tests of receivers: datagrams as senders make them, and the answers to them as lines of
/// text.

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "tern/base/ip_address.hpp"
#include "tern/logbuffer/testing/test_log.hpp"
#include "tern/protocol/network_frames.hpp"

namespace tern::driver {

using Datagram = std::vector<std::byte>;

inline constexpr std::int32_t kTestTerm = 7;  // initial
inline SocketAddress source_at(std::uint16_t port) { return {IpAddress::ipv4(127, 0, 0, 1), port}; }
inline const SocketAddress kTestSource = source_at(5555);

struct DataFrameOptions {
    std::int32_t offset = 0;
    std::int32_t length = 64;  // header included; as the frame says it
    std::int32_t term_id = kTestTerm;
    std::int32_t session_id = testing::kTestSession;
    std::int32_t stream_id = testing::kTestStream;
    std::uint8_t flags = kUnfragmented;
    std::int16_t type = kDataFrame;
};

/// One frame, its payload a pattern; padding is a header only.
inline Datagram data_frame(const DataFrameOptions& options = {}) {
    const std::int32_t length =
        options.type == kPaddingFrame ? kDataHeaderLength : std::max(options.length, 32);
    Datagram bytes = testing::patterned(static_cast<std::size_t>(aligned_frame_length(length)));
    std::byte* const header = bytes.data();
    store_plain(header, options.length);
    header[4] = std::byte{0};
    header[5] = std::byte{options.flags};
    store_plain(header + 6, options.type);
    store_plain(header + 8, options.offset);
    store_plain(header + 12, options.session_id);
    store_plain(header + 16, options.stream_id);
    store_plain(header + 20, options.term_id);
    store_plain(header + 24, std::int64_t{0});
    return bytes;
}
inline Datagram joined(std::initializer_list<Datagram> parts) {
    Datagram whole;
    for (const Datagram& part : parts) whole.insert(whole.end(), part.begin(), part.end());
    return whole;
}

template <typename Frame>
Datagram encoded(const Frame& frame) {
    Datagram bytes(2048);
    bytes.resize(protocol::encode(frame, bytes));
    return bytes;
}

inline Datagram heartbeat(std::int32_t offset = 0, std::uint8_t flags = 0,
                          std::int32_t term_id = kTestTerm) {
    return encoded(protocol::Heartbeat{.flags = flags,
                                       .session_id = testing::kTestSession,
                                       .stream_id = testing::kTestStream,
                                       .term_id = term_id,
                                       .term_offset = offset});
}
inline protocol::Setup test_setup(std::int32_t session_id = testing::kTestSession,
                                  std::int32_t stream_id = testing::kTestStream) {
    return {.session_id = session_id,
            .stream_id = stream_id,
            .initial_term_id = kTestTerm,
            .active_term_id = kTestTerm,
            .term_length = kTermMinLength,
            .mtu_length = 1408};
}

/// "SETUP? session=5 stream=1001", "SM term=7 off=0 window=4096 eos tag=3",
/// "NAK term=7 off=64 length=32", "RTTM reply echo=5 receiver=9", "ERR 13 go away tag=3",
/// "RSP_SETUP 77".
inline std::string describe_answer(ConstBytes datagram) {
    using std::to_string;
    const auto type = protocol::check_datagram(datagram);
    if (!type) return "INVALID";
    const auto tag = [](const std::optional<std::int64_t>& group_tag) {
        return group_tag ? " tag=" + to_string(*group_tag) : "";
    };
    switch (*type) {
        case protocol::FrameType::status_message: {
            const protocol::StatusMessage message = protocol::read_status_message(datagram);
            if (message.elicits_setup) {
                return "SETUP? session=" + to_string(message.session_id) +
                       " stream=" + to_string(message.stream_id) + tag(message.group_tag);
            }
            return "SM term=" + to_string(message.term_id) +
                   " off=" + to_string(message.term_offset) +
                   " window=" + to_string(message.window) +
                   (message.is_end_of_stream ? " eos" : "") + tag(message.group_tag);
        }
        case protocol::FrameType::nak: {
            const protocol::Nak nak = protocol::read_nak(datagram);
            return "NAK term=" + to_string(nak.term_id) + " off=" + to_string(nak.term_offset) +
                   " length=" + to_string(nak.length);
        }
        case protocol::FrameType::rtt_measurement: {
            const protocol::RttMeasurement frame = protocol::read_rtt_measurement(datagram);
            return std::string("RTTM ") + (frame.is_request ? "request" : "reply") +
                   " echo=" + to_string(frame.echo_timestamp) +
                   " receiver=" + to_string(frame.receiver_id);
        }
        case protocol::FrameType::error: {
            const auto error = protocol::read_error(datagram);
            if (!error) return "INVALID ERR";
            return "ERR " + to_string(error->error_code) + " " + std::string(error->text) +
                   tag(error->group_tag);
        }
        case protocol::FrameType::response_setup:
            return "RSP_SETUP " +
                   to_string(protocol::read_response_setup(datagram).response_session_id);
        default: return "OTHER";
    }
}

}  // namespace tern::driver

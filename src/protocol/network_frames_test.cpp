/// Golden vectors of wire-protocol.md, section 11: those that a driver writes both ways, those that
/// a client writes (data and padding frames) by reading.

#include <gtest/gtest.h>

#include "tern/protocol/network_vectors_for_test.hpp"

namespace tern::protocol {
namespace {

using namespace vectors;  // NOLINT: the values of the vectors

/// What the driver writes into a datagram that held other bytes before.
template <typename Frame>
std::string encoded_hex(const Frame& frame) {
    Block out(ErrorFrame::kMaxLength, std::byte{0xAA});
    const std::size_t length = encode(frame, out);
    EXPECT_EQ(out[length], std::byte{0xAA}) << "wrote beyond the frame";
    return hex(ConstBytes{out}.first(length));
}

void expect_data(std::string_view vector, std::int32_t frame_length, std::uint8_t flags,
                 std::int32_t term_offset, FrameType type = FrameType::data) {
    const Block datagram = bytes(vector);
    ASSERT_EQ(check_datagram(datagram), type);
    const DataFrameHeader header = read_data_header(datagram);
    EXPECT_EQ(header.frame_length, frame_length);
    EXPECT_EQ(header.flags, flags);
    EXPECT_EQ(header.type, type);
    EXPECT_EQ(header.term_offset, term_offset);
    EXPECT_EQ(header.session_id, kSession);
    EXPECT_EQ(header.stream_id, kStream);
    EXPECT_EQ(header.term_id, kTerm);
}

TEST(NetworkFrames, V1_reads_a_data_frame) {
    expect_data(kV1, 37, kUnfragmented, 64);
    EXPECT_FALSE(is_heartbeat(bytes(kV1)));
    EXPECT_EQ(effective_length(bytes(kV1), kTermLength), 64);
}

TEST(NetworkFrames, V2_reads_a_first_fragment) {
    expect_data(kV2, 64, kBeginFragment, 128);
    EXPECT_EQ(effective_length(bytes(kV2), kTermLength), 64);
}

void expect_heartbeat(std::string_view vector, std::uint8_t flags) {
    expect_data(vector, 0, static_cast<std::uint8_t>(kUnfragmented | flags), 192);
    const DataFrameHeader header = read_data_header(bytes(vector));
    EXPECT_EQ(header.is_end_of_stream(), (flags & kEndOfStream) != 0);
    EXPECT_EQ(header.is_revoked(), (flags & kRevoked) != 0);
    EXPECT_TRUE(is_heartbeat(bytes(vector)));
    EXPECT_EQ(effective_length(bytes(vector), kTermLength), 0);
    const Heartbeat frame{.flags = flags,
                          .session_id = kSession,
                          .stream_id = kStream,
                          .term_id = kTerm,
                          .term_offset = 192};
    EXPECT_EQ(encoded_hex(frame), vector);
}

TEST(NetworkFrames, V3_converts_a_heartbeat) { expect_heartbeat(kV3, 0); }
TEST(NetworkFrames, V4_converts_a_heartbeat_with_end_of_stream) {
    expect_heartbeat(kV4, kEndOfStream);
}
TEST(NetworkFrames, V5_converts_a_heartbeat_of_a_revoked_publication) {
    expect_heartbeat(kV5, kEndOfStream | kRevoked);
}

TEST(NetworkFrames, V6_counts_padding_that_was_not_transmitted) {
    expect_data(kV6, 96, kUnfragmented, 65440, FrameType::padding);
    EXPECT_EQ(effective_length(bytes(kV6), kTermLength), 96);
}

TEST(NetworkFrames, V7_walks_two_data_frames) {
    expect_data(kV7, 37, kUnfragmented, 0);
    EXPECT_EQ(effective_length(bytes(kV7), kTermLength), 128);
}

TEST(NetworkFrames, V8_walks_data_and_padding_to_the_end_of_the_term) {
    expect_data(kV8, 37, kUnfragmented, 65376);
    EXPECT_EQ(effective_length(bytes(kV8), kTermLength), 160);
}

TEST(NetworkFrames, V9_converts_a_setup) {
    const protocol::Setup setup{.term_offset = 192,
                                .session_id = kSession,
                                .stream_id = kStream,
                                .initial_term_id = 5,
                                .active_term_id = 5,
                                .term_length = 65536,
                                .mtu_length = 1408,
                                .ttl = 0};
    ASSERT_EQ(check_datagram(bytes(kV9)), FrameType::setup);
    EXPECT_EQ(read_setup(bytes(kV9)), setup);
    EXPECT_TRUE(is_valid(setup));
    EXPECT_EQ(encoded_hex(setup), kV9);
}

TEST(NetworkFrames, V10_converts_a_setup_of_a_group_that_wants_a_response) {
    const protocol::Setup setup{.wants_response = true,
                                .is_group = true,
                                .term_offset = 0,
                                .session_id = kSession,
                                .stream_id = kStream,
                                .initial_term_id = -1,
                                .active_term_id = 7,
                                .term_length = 16 << 20,
                                .mtu_length = 8192,
                                .ttl = 4};
    ASSERT_EQ(check_datagram(bytes(kV10)), FrameType::setup);
    EXPECT_EQ(read_setup(bytes(kV10)), setup);
    EXPECT_TRUE(is_valid(setup));
    EXPECT_EQ(encoded_hex(setup), kV10);
}

void expect_status(std::string_view vector, const StatusMessage& message) {
    ASSERT_EQ(check_datagram(bytes(vector)), FrameType::status_message);
    EXPECT_EQ(read_status_message(bytes(vector)), message);
    EXPECT_TRUE(is_valid(message, kTermLength));
    EXPECT_EQ(encoded_hex(message), vector);
}

constexpr StatusMessage kStatus{.session_id = kSession,
                                .stream_id = kStream,
                                .term_id = kTerm,
                                .term_offset = 192,
                                .window = 32768,
                                .receiver_id = kReceiver};

TEST(NetworkFrames, V11_converts_a_status_message) { expect_status(kV11, kStatus); }

TEST(NetworkFrames, V12_converts_a_status_message_that_elicits_a_setup) {
    expect_status(kV12, {.elicits_setup = true,
                         .session_id = kSession,
                         .stream_id = kStream,
                         .receiver_id = kReceiver});
}

TEST(NetworkFrames, V13_converts_a_status_message_that_elicits_any_setup) {
    expect_status(kV13, {.elicits_setup = true, .receiver_id = kReceiver});
}

TEST(NetworkFrames, V14_converts_a_status_message_with_end_of_stream) {
    StatusMessage message = kStatus;
    message.is_end_of_stream = true;
    expect_status(kV14, message);
}

TEST(NetworkFrames, V15_converts_a_status_message_with_a_group_tag) {
    StatusMessage message = kStatus;
    message.group_tag = -2;
    expect_status(kV15, message);
}

TEST(NetworkFrames, V16_converts_a_nak) {
    const Nak nak{.session_id = kSession,
                  .stream_id = kStream,
                  .term_id = kTerm,
                  .term_offset = 64,
                  .length = 64};
    ASSERT_EQ(check_datagram(bytes(kV16)), FrameType::nak);
    EXPECT_EQ(read_nak(bytes(kV16)), nak);
    EXPECT_TRUE(is_valid(nak, kTermLength));
    EXPECT_EQ(encoded_hex(nak), kV16);
}

void expect_rtt(std::string_view vector, bool is_request) {
    const RttMeasurement frame{.is_request = is_request,
                               .session_id = kSession,
                               .stream_id = kStream,
                               .echo_timestamp = 1'000'000'000,
                               .reception_delta = 0,
                               .receiver_id = kReceiver};
    ASSERT_EQ(check_datagram(bytes(vector)), FrameType::rtt_measurement);
    EXPECT_EQ(read_rtt_measurement(bytes(vector)), frame);
    EXPECT_EQ(encoded_hex(frame), vector);
}

TEST(NetworkFrames, V17_converts_a_request_to_measure) { expect_rtt(kV17, true); }
TEST(NetworkFrames, V18_converts_the_reply_to_it) { expect_rtt(kV18, false); }

void expect_error(std::string_view vector, std::optional<std::int64_t> group_tag) {
    const ErrorFrame frame{.session_id = kSession,
                           .stream_id = kStream,
                           .receiver_id = kReceiver,
                           .group_tag = group_tag,
                           .error_code = 13,
                           .text = "bad data"};
    const Block datagram = bytes(vector);
    ASSERT_EQ(check_datagram(datagram), FrameType::error);
    const auto read = read_error(datagram);
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, frame);
    EXPECT_EQ(encoded_hex(frame), vector);
}

TEST(NetworkFrames, V19_converts_an_error_without_group_tag) { expect_error(kV19, std::nullopt); }
TEST(NetworkFrames, V20_converts_an_error_with_a_group_tag) { expect_error(kV20, 77); }

TEST(NetworkFrames, V21_converts_a_response_setup) {
    const ResponseSetup frame{
        .session_id = kSession, .stream_id = kStream, .response_session_id = 0x55667788};
    ASSERT_EQ(check_datagram(bytes(kV21)), FrameType::response_setup);
    EXPECT_EQ(read_response_setup(bytes(kV21)), frame);
    EXPECT_EQ(encoded_hex(frame), kV21);
}

// What the vectors do not show.

TEST(NetworkFrames, fills_a_short_error_text_up_with_blanks) {
    Block out(ErrorFrame::kMaxLength, std::byte{0xAA});
    const std::size_t length = encode(ErrorFrame{.error_code = 13, .text = "no"}, out);
    EXPECT_EQ(length, 44u);
    out.resize(length);
    EXPECT_EQ(read_error(out)->text, "no  ");
}

TEST(NetworkFrames, cuts_a_long_error_text) {
    const std::string text(2000, 'x');
    Block out(ErrorFrame::kMaxLength, std::byte{0xAA});
    EXPECT_EQ(encode(ErrorFrame{.text = text}, out), out.size());
    EXPECT_EQ(read_error(out)->text, std::string(1023, 'x'));
}

TEST(NetworkFrames, reads_an_error_without_text) {
    const Block datagram = resized(changed(kV19, 0x24, "00 00 00 00"), 48);
    ASSERT_TRUE(read_error(datagram));
    EXPECT_EQ(read_error(datagram)->text, "");
}

TEST(NetworkFrames, tells_a_status_message_with_feedback_of_an_odd_length) {
    Block datagram = resized(changed(kV11, 0, "28 00 00 00"), 40);
    ASSERT_EQ(check_datagram(datagram), FrameType::status_message);
    EXPECT_EQ(read_status_message(datagram).odd_tag_length, 4);
    EXPECT_FALSE(read_status_message(datagram).group_tag);

    datagram = resized(changed(kV11, 0, "30 00 00 00"), 48);
    EXPECT_EQ(read_status_message(datagram).odd_tag_length, 12);
    EXPECT_FALSE(read_status_message(datagram).group_tag);

    datagram = changed(kV11, 0, "08 00 00 00");  // shorter than itself: no feedback, as in C
    ASSERT_EQ(check_datagram(datagram), FrameType::status_message);
    EXPECT_EQ(read_status_message(datagram).odd_tag_length, 0);
    EXPECT_FALSE(read_status_message(datagram).group_tag);
}

TEST(NetworkFrames, reads_no_group_tag_where_only_the_datagram_is_longer) {
    const Block datagram = resized(bytes(kV11), 44);
    ASSERT_EQ(check_datagram(datagram), FrameType::status_message);
    EXPECT_EQ(read_status_message(datagram), kStatus);
}

TEST(NetworkFrames, walks_on_behind_padding_of_a_header_only) {
    Block datagram = changed(kV7, 0x00, "20 00 00 00 00 c0 00");  // padding of 32 bytes
    std::copy_n(datagram.begin() + 64, 64, datagram.begin() + 32);
    datagram.resize(96);
    datagram[0x28] = std::byte{32};  // where the data frame now is
    EXPECT_EQ(effective_length(datagram, kTermLength), 96);
}

TEST(NetworkFrames, takes_a_datagram_of_the_largest_size) {
    Block datagram = resized(bytes(kV1), kMaxDatagramLength);
    store_plain<std::int32_t>(datagram.data(), kMaxDatagramLength);
    store_plain<std::int32_t>(datagram.data() + 8, 0);
    ASSERT_EQ(check_datagram(datagram), FrameType::data);
    EXPECT_EQ(effective_length(datagram, kTermLength), kMaxDatagramLength);
}

}  // namespace
}  // namespace tern::protocol

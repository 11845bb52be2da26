// What a publication does with NAKs (spec wire-protocol.md 4.10, 4.11), seen on its socket.

#include <gtest/gtest.h>

#include "tern/base/coverage_mark.hpp"
#include "tern/driver/testing/channels.hpp"
#include "tern/driver/testing/sender_harness.hpp"

namespace tern::driver {
namespace {

using std::chrono::milliseconds;
using Lines = std::vector<std::string>;
using Endpoint = SenderHarness::Endpoint;
using Stream = SenderHarness::Stream;

constexpr const char* kGroup = "aeron:udp?control=127.0.0.1:40130|control-mode=manual";

class SenderRetransmitTest : public ::testing::Test {
  protected:
    explicit SenderRetransmitTest(Settings settings = sender_settings())
        : sender(std::move(settings)) {}

    /// All that was published so far was sent, and none of it is in the fake socket any more.
    void send_all(Stream& stream) {
        while (stream.sent_to() < stream.appender->position()) {
            sender.status(stream, stream.sent_to(), kHalf);
            sender.work();
        }
        sender.take_sent(*stream.endpoint);
    }
    Lines resent(Stream& stream, std::int32_t term_id, std::int32_t offset, std::int32_t length) {
        sender.nak(stream, term_id, offset, length);
        return sender.take_sent(*stream.endpoint);
    }
    std::int64_t invalid() const { return sender.value(SystemCounter::invalid_packets); }

    SenderHarness sender;
    Endpoint& endpoint = sender.add_endpoint(kUnicast);
};

TEST_F(SenderRetransmitTest, resends_the_frames_of_a_range_and_counts_them) {
    Stream& stream = sender.add_connected(endpoint);
    stream.publish_many(10, 704);
    send_all(stream);
    EXPECT_EQ(resent(stream, 7, 704, 2112),
              (Lines{"DATA term=7 off=704 bytes=1408", "DATA term=7 off=2112 bytes=704"}));
    EXPECT_EQ(sender.value(SystemCounter::naks_received), 1);
    EXPECT_EQ(stream.naks.load_acquire(), 1);
    EXPECT_EQ(sender.value(SystemCounter::retransmits_sent), 1);
    EXPECT_EQ(sender.value(SystemCounter::retransmitted_bytes), 2112);
    EXPECT_EQ(sender.value(SystemCounter::bytes_sent), 7040 + 32);  // data and one heartbeat
}

TEST_F(SenderRetransmitTest, honours_the_same_start_once_in_the_linger_time) {
    Stream& stream = sender.add_connected(endpoint);
    stream.publish_many(10, 64);
    send_all(stream);
    EXPECT_EQ(resent(stream, 7, 64, 64).size(), 1U);
    EXPECT_EQ(resent(stream, 7, 64, 64).size(), 0U);
    sender.clock.advance(milliseconds{10});
    EXPECT_EQ(resent(stream, 7, 64, 64).size(), 0U);
    sender.work_after(Nanos{1});
    EXPECT_EQ(resent(stream, 7, 64, 64).size(), 1U);
    EXPECT_EQ(resent(stream, 7, 128, 64).size(), 1U);  // replaces the only action
    EXPECT_EQ(resent(stream, 7, 64, 64).size(), 1U);
    EXPECT_EQ(sender.value(SystemCounter::naks_received), 6);
}

TEST_F(SenderRetransmitTest, a_nak_of_no_length_only_counts) {
    Stream& stream = sender.add_connected(endpoint);
    stream.publish(64);
    send_all(stream);
    EXPECT_EQ(resent(stream, 7, 0, 0), Lines{});
    EXPECT_EQ(stream.naks.load_acquire(), 1);
}

TEST_F(SenderRetransmitTest, a_range_shorter_than_its_first_frame_resends_nothing) {
    Stream& stream = sender.add_connected(endpoint);
    stream.publish_many(2, 128);
    send_all(stream);
    EXPECT_EQ(resent(stream, 7, 0, 64), Lines{});
    EXPECT_EQ(sender.value(SystemCounter::retransmits_sent), 0);
    sender.work_after(milliseconds{11});
    EXPECT_EQ(resent(stream, 7, 0, 200), Lines{"DATA term=7 off=0 bytes=128"});
}

TEST_F(SenderRetransmitTest, never_takes_payload_for_a_frame) {
    CoverageMark::forget_all();
    Stream& stream = sender.add_connected(endpoint);
    std::vector<std::byte> message(480);
    const std::int64_t looks_like_padding[4] = {0x7FFFFFE0, 0, 0, 0};
    std::memcpy(message.data() + 32, looks_like_padding, sizeof looks_like_padding);
    ASSERT_TRUE(stream.appender->offer(message, testing::kNoLimit).ok());
    send_all(stream);
    const std::int64_t before = invalid();
    EXPECT_EQ(resent(stream, 7, 64, 448), Lines{});
    EXPECT_EQ(resent(stream, 7, 96, 32), Lines{});
    EXPECT_EQ(invalid(), before + 2);
    EXPECT_TRUE(CoverageMark::was_reached("nak_into_a_frame"));
    EXPECT_EQ(resent(stream, 7, 0, 512), Lines{"DATA term=7 off=0 bytes=512"});
}

// A frame inside a payload, right in all but its own place.
TEST_F(SenderRetransmitTest, takes_a_frame_for_one_only_where_it_stands) {
    Stream& stream = sender.add_connected(endpoint);
    stream.publish(64);
    std::vector<std::byte> message(160);
    std::memcpy(message.data(), stream.log->log.term(0), 64);
    ASSERT_TRUE(stream.appender->offer(message, testing::kNoLimit).ok());
    send_all(stream);
    EXPECT_EQ(resent(stream, 7, 96, 64), Lines{});
    EXPECT_EQ(invalid(), 1);
}

TEST_F(SenderRetransmitTest, what_was_not_sent_yet_is_not_for_a_nak_to_ask) {
    Stream& stream = sender.add_connected(endpoint, 128);
    stream.publish_many(4, 64);
    sender.work();
    sender.take_sent(endpoint);
    EXPECT_EQ(stream.sent_to(), 128);
    EXPECT_EQ(resent(stream, 7, 64, 192), Lines{"DATA term=7 off=64 bytes=64"});
    EXPECT_EQ(resent(stream, 7, 128, 64), Lines{});
    EXPECT_EQ(invalid(), 0);
}

TEST_F(SenderRetransmitTest, what_is_too_far_back_is_beyond_repair) {
    CoverageMark::forget_all();
    Stream& stream = sender.add_connected(endpoint);
    stream.publish_many(kTerm / 1024, 1024);
    stream.publish_many(kHalf / 1024, 1024);
    send_all(stream);  // T/2 of the second term: T/2 + T/8 back is 7/8 of the first
    const std::int32_t reach = kTerm - kTerm / 8;
    EXPECT_EQ(resent(stream, 7, reach - 1024, 1024), Lines{});
    EXPECT_TRUE(CoverageMark::was_reached("nak_out_of_reach"));
    EXPECT_EQ(resent(stream, 7, reach, 1024),
              Lines{"DATA term=7 off=" + std::to_string(reach) + " bytes=1024"});
    EXPECT_TRUE(CoverageMark::was_reached("retransmit_in_earlier_term"));
    EXPECT_EQ(resent(stream, 6, 1024, 1024), Lines{});
    EXPECT_EQ(resent(stream, -2147483648, 1024, 1024), Lines{});
    EXPECT_EQ(resent(stream, 2147483647, 1024, 1024), Lines{});
    EXPECT_EQ(invalid(), 0);
}

TEST_F(SenderRetransmitTest, resends_padding_as_its_header_and_counts_all_of_it) {
    Stream& stream = sender.add_connected(endpoint, kHalf, {.start_position = kTerm - 1408});
    stream.publish(704);
    stream.publish(1024);
    send_all(stream);
    EXPECT_EQ(resent(stream, 7, kTerm - 704, 704), Lines{"PAD term=7 off=64832 bytes=32"});
    EXPECT_EQ(sender.value(SystemCounter::retransmitted_bytes), 704);
}

TEST_F(SenderRetransmitTest, a_short_send_ends_a_retransmission) {
    Stream& stream = sender.add_connected(endpoint);
    stream.publish_many(8, 1408);
    send_all(stream);
    endpoint.data->room = 3;
    EXPECT_EQ(resent(stream, 7, 0, 8 * 1408).size(), 3U);
    EXPECT_EQ(sender.value(SystemCounter::short_sends), 1);
    EXPECT_EQ(sender.value(SystemCounter::retransmitted_bytes), 3 * 1408);
}

TEST_F(SenderRetransmitTest, a_group_answers_several_ranges_until_its_pool_is_empty) {
    Endpoint& group = sender.add_endpoint(kGroup);
    sender.command(AddSendDestination{group.object.get(), {.address = address(1, 5000)}});
    SenderHarness::StreamOptions options;
    options.config.max_resend = 2;
    Stream& stream = sender.add_connected(group, kHalf, options);
    stream.publish_many(10, 64);
    send_all(stream);
    EXPECT_EQ(resent(stream, 7, 0, 64).size(), 1U);
    EXPECT_EQ(resent(stream, 7, 128, 128).size(), 1U);
    EXPECT_EQ(resent(stream, 7, 192, 64).size(), 0U);  // inside the range before
    EXPECT_EQ(sender.value(SystemCounter::retransmit_overflow), 0);
    EXPECT_EQ(resent(stream, 7, 320, 64).size(), 0U);
    EXPECT_EQ(sender.value(SystemCounter::retransmit_overflow), 1);
}

TEST_F(SenderRetransmitTest, what_a_group_is_granted_has_a_bound) {
    Endpoint& group = sender.add_endpoint(std::string(kGroup) + "|fc=max,rrwm:1");
    sender.command(AddSendDestination{group.object.get(), {.address = address(1, 5000)}});
    Stream& stream = sender.add_connected(group);
    stream.publish_many(kTerm / 1024 - 8, 1024);
    send_all(stream);
    // 40960 of what was sent are in reach, one window of 32768 is granted.
    const std::int32_t from = kTerm - 8192 - 40960;
    EXPECT_EQ(resent(stream, 7, from, 40960).size(), 32U);
    EXPECT_EQ(sender.value(SystemCounter::retransmitted_bytes), kHalf);
}

class DelayedRetransmitTest : public SenderRetransmitTest {
  protected:
    static Settings with_delay() {
        Settings settings = sender_settings();
        settings.retransmit_unicast_delay = milliseconds{5};
        return settings;
    }
    DelayedRetransmitTest() : SenderRetransmitTest(with_delay()) {}
};

TEST_F(DelayedRetransmitTest, resends_when_the_delay_is_over) {
    Stream& stream = sender.add_connected(endpoint);
    stream.publish_many(4, 64);
    send_all(stream);
    EXPECT_EQ(resent(stream, 7, 64, 64), Lines{});
    sender.work_after(milliseconds{5});
    EXPECT_EQ(sender.take_sent(endpoint), Lines{});
    EXPECT_EQ(stream.object->next_deadline(), sender.clock.now() + Nanos{1});
    sender.work_after(Nanos{1});
    EXPECT_EQ(sender.take_sent(endpoint), Lines{"DATA term=7 off=64 bytes=64"});
}

}  // namespace
}  // namespace tern::driver

// What an image answers to its senders: spec wire-protocol.md 5.10, 5.11, 5.13, 5.16, 5.17.

#include <gtest/gtest.h>

#include "tern/driver/testing/channels.hpp"
#include "tern/driver/testing/receiver_harness.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;
using Endpoint = ReceiverHarness::Endpoint;
using Image = ReceiverHarness::Image;

const std::string kTo = "127.0.0.1:5555 ";

struct AnsweringImage {
    explicit AnsweringImage(const ReceiverImageOptions& options = {},
                            Settings settings = receiver_settings(),
                            const ReceiveEndpoint::Config& config = {.receiver_id = 99})
        : receiver(std::move(settings)),
          endpoint(receiver.add_endpoint("aeron:udp?control-mode=manual", config)) {
        receiver.add_destination(endpoint, kUnicast);
        receiver.add_interest(endpoint);
        image = &receiver.add_image(endpoint, options);
    }
    Lines sent() { return ReceiverHarness::take_sent(endpoint); }
    Lines sent_after(Nanos time) {
        endpoint.socket().sent.clear();
        receiver.work_after(time);
        return sent();
    }
    ReceiverImage* object() { return image->object.get(); }

    ReceiverHarness receiver;
    Endpoint& endpoint;
    Image* image = nullptr;
};

struct ImageStatus : ::testing::Test, AnsweringImage {};

TEST_F(ImageStatus, is_sent_as_soon_as_the_image_is_there) {
    ASSERT_EQ(endpoint.socket().sent.size(), 1U);
    const auto first = protocol::read_status_message(endpoint.socket().sent[0].bytes);
    EXPECT_EQ(first, (protocol::StatusMessage{.session_id = testing::kTestSession,
                                              .stream_id = testing::kTestStream,
                                              .term_id = kTestTerm,
                                              .window = kHalf,
                                              .receiver_id = 99}));
    EXPECT_EQ(receiver.value(SystemCounter::status_messages_sent), 1);
}

TEST(ImageStatusOfALateJoiner, begins_at_the_join_position) {
    AnsweringImage late({.join_position = 3 * kTermMinLength + 96});
    EXPECT_EQ(late.sent(), Lines{kTo + "SM term=10 off=96 window=32768"});
}

TEST_F(ImageStatus, repeats_what_was_scheduled_last_at_each_timeout) {
    image->schedule(128, 4096);
    receiver.work();
    sent();
    EXPECT_EQ(sent_after(200ms), Lines{});
    EXPECT_EQ(receiver.receiver().next_deadline(), receiver.clock.now() + 1ns);
    EXPECT_EQ(sent_after(1ns), Lines{kTo + "SM term=7 off=128 window=4096"});
    EXPECT_EQ(sent_after(200ms), Lines{});
    EXPECT_EQ(sent_after(1ns), Lines{kTo + "SM term=7 off=128 window=4096"});
}

TEST_F(ImageStatus, leaves_at_once_when_it_is_scheduled_and_puts_the_timed_one_off) {
    receiver.work_after(150ms);
    sent();
    image->schedule(kTermMinLength + 64, 8192);
    receiver.work();
    EXPECT_EQ(sent(), Lines{kTo + "SM term=8 off=64 window=8192"});
    EXPECT_EQ(sent_after(150ms), Lines{});
    EXPECT_EQ(sent_after(51ms).size(), 1U);
}

TEST_F(ImageStatus, only_the_latest_counts) {
    sent();
    image->schedule(64, 4096);
    image->schedule(128, 4096);
    receiver.work();
    EXPECT_EQ(sent(), Lines{kTo + "SM term=7 off=128 window=4096"});
}

TEST_F(ImageStatus, carries_the_end_of_the_image) {
    image->signals.is_ending.store_release(1);
    EXPECT_EQ(sent_after(201ms), Lines{kTo + "SM term=7 off=0 window=32768 eos"});
}

TEST_F(ImageStatus, leaves_at_once_after_a_deadline_reset) {
    receiver.work_after(10ms);
    sent();
    image->signals.deadline_resets.store_release(1);
    receiver.work();
    EXPECT_EQ(sent().size(), 1U);
    receiver.work();
    EXPECT_EQ(sent(), Lines{});
}

TEST_F(ImageStatus, is_not_sent_for_an_image_that_a_newer_one_replaced) {
    sent();
    image->signals.is_silent.store_release(1);
    image->schedule(64, 4096);
    image->signals.deadline_resets.store_release(1);
    EXPECT_EQ(sent_after(1s), Lines{});
    image->signals.is_silent.store_release(0);
    EXPECT_EQ(sent_after(0s), Lines{kTo + "SM term=7 off=64 window=4096"});
}

TEST(ImageStatusOfATaggedEndpoint, carries_the_group_tag) {
    AnsweringImage tagged({}, receiver_settings(), {.receiver_id = 3, .group_tag = -2});
    EXPECT_EQ(tagged.endpoint.socket().sent[0].bytes.size(), 44U);
    EXPECT_EQ(tagged.sent(), Lines{kTo + "SM term=7 off=0 window=32768 tag=-2"});
}

TEST_F(ImageStatus, that_the_socket_does_not_take_is_counted_as_a_short_send) {
    endpoint.socket().room = 0;
    EXPECT_EQ(sent_after(201ms), Lines{});
    EXPECT_EQ(receiver.value(SystemCounter::short_sends), 1);
    EXPECT_EQ(receiver.value(SystemCounter::status_messages_sent), 1);
    EXPECT_EQ(receiver.logged_errors().size(), 0U);
}

TEST_F(ImageStatus, that_a_hard_error_stops_is_reported_a_few_times_a_second) {
    endpoint.socket().send_error = 1;
    for (int i = 1; i <= 100; ++i) {
        image->schedule(i * 32, 4096);
        receiver.work();
    }
    EXPECT_EQ(receiver.value(SystemCounter::short_sends), 100);
    EXPECT_EQ(receiver.value(SystemCounter::errors), ReportCap::kPerSecond);
    ASSERT_EQ(receiver.logged_errors().size(), 1U);
    EXPECT_NE(receiver.logged_errors()[0].find("errno 1"), std::string::npos);
}

TEST_F(ImageStatus, brings_the_response_session_to_the_requests_publisher_at_each_timeout) {
    sent();
    image->signals.response_session_id.store_release(77);
    image->signals.has_response_session.store_release(1);
    image->signals.deadline_resets.store_release(1);
    receiver.work();
    const Lines both{kTo + "RSP_SETUP 77", kTo + "SM term=7 off=0 window=32768"};
    EXPECT_EQ(sent(), both);
    image->schedule(64, 4096);
    receiver.work();
    EXPECT_EQ(sent(), Lines{kTo + "SM term=7 off=64 window=4096"});  // not with a scheduled one
    EXPECT_EQ(sent_after(201ms).size(), 2U);
    image->signals.has_response_session.store_release(0);
    EXPECT_EQ(sent_after(201ms), Lines{kTo + "SM term=7 off=64 window=4096"});
}

struct ImageRejection : ::testing::Test, AnsweringImage {};

TEST_F(ImageRejection, is_told_at_each_timeout_instead_of_status_messages) {
    sent();
    receiver.command(RejectReceiverImage{object(), "go away"});
    EXPECT_EQ(sent(), Lines{kTo + "ERR 13 go away"});
    image->schedule(64, 4096);
    EXPECT_EQ(sent_after(200ms), Lines{});
    EXPECT_EQ(receiver.receiver().next_deadline(), receiver.clock.now() + 1ns);
    EXPECT_EQ(sent_after(1ns), Lines{kTo + "ERR 13 go away"});
    EXPECT_EQ(receiver.value(SystemCounter::error_frames_sent), 2);
}

// Its publisher takes no error of a receiver that it has not heard of.
TEST_F(ImageRejection, before_the_first_status_message_lets_that_one_go_first) {
    Image& early = receiver.make_image(endpoint, {.session_id = 5});
    receiver.queues.commands.put(AddReceiverImage{early.object.get()});
    sent();
    receiver.command(RejectReceiverImage{early.object.get(), "go away"});
    EXPECT_EQ(sent(), Lines{kTo + "SM term=7 off=0 window=32768"});
    receiver.remove_image(*image);
    EXPECT_EQ(sent_after(201ms), Lines{kTo + "ERR 13 go away"});
}

TEST_F(ImageRejection, reaches_connections_that_are_silent_too) {
    receiver.command(RejectReceiverImage{object(), "go away"});
    EXPECT_EQ(sent_after(9s), Lines{kTo + "ERR 13 go away"});
}

TEST_F(ImageRejection, stops_naks_and_is_not_counted_where_it_was_not_sent) {
    receiver.command(RejectReceiverImage{object(), "go away"});
    image->signals.gap.set({kTestTerm, 0, 64});
    endpoint.socket().room = 0;
    EXPECT_EQ(sent_after(1s), Lines{});
    EXPECT_EQ(receiver.value(SystemCounter::error_frames_sent), 1);
    EXPECT_EQ(receiver.value(SystemCounter::naks_sent), 0);
}

TEST_F(ImageRejection, of_the_longest_reason_fits_into_its_frame) {
    sent();
    receiver.command(RejectReceiverImage{object(), std::string(1023, 'x')});
    EXPECT_EQ(sent(), Lines{kTo + "ERR 13 " + std::string(1023, 'x')});
}

TEST_F(ImageRejection, of_an_image_that_is_gone_does_nothing) {
    receiver.remove_image(*image);
    sent();
    receiver.command(RejectReceiverImage{object(), "go away"});
    EXPECT_EQ(sent_after(1s), Lines{});
}

struct ImageGaps : ::testing::Test, AnsweringImage {};

TEST_F(ImageGaps, are_asked_for_once_a_report_at_every_connection) {
    receiver.add_destination(endpoint, "aeron:udp?endpoint=127.0.0.1:0|control=127.0.0.1:40131");
    sent();
    endpoint.socket(1).sent.clear();
    image->signals.gap.set({kTestTerm + 1, 64, 128});
    receiver.work();
    EXPECT_EQ(sent(), Lines{kTo + "NAK term=8 off=64 length=128"});
    EXPECT_EQ(ReceiverHarness::take_sent(endpoint.at(1)),
              Lines{"127.0.0.1:40131 NAK term=8 off=64 length=128"});
    receiver.work();
    EXPECT_EQ(sent(), Lines{});
    EXPECT_EQ(receiver.value(SystemCounter::naks_sent), 2);
    EXPECT_EQ(image->naks.load_acquire(), 2);
}

TEST_F(ImageGaps, only_the_latest_report_counts) {
    sent();
    image->signals.gap.set({kTestTerm, 64, 128});
    image->signals.gap.set({kTestTerm, 0, 32});
    receiver.work();
    EXPECT_EQ(sent(), Lines{kTo + "NAK term=7 off=0 length=32"});
}

struct UnreliableImage : ::testing::Test, AnsweringImage {
    UnreliableImage() : AnsweringImage({.is_reliable = false}) { sent(); }
};

TEST_F(UnreliableImage, covers_gaps_with_padding_and_asks_nobody) {
    receiver.arrive(endpoint, data_frame({.offset = 128}));
    image->signals.gap.set({kTestTerm, 0, 128});
    receiver.work();
    EXPECT_EQ(sent(), Lines{});
    EXPECT_EQ(image->log->frame(0, 0), (testing::FrameSeen{128, 0xc0, kPaddingFrame}));
    EXPECT_EQ(receiver.value(SystemCounter::loss_gap_fills), 1);
    EXPECT_EQ(receiver.value(SystemCounter::naks_sent), 0);
}

TEST_F(UnreliableImage, leaves_a_gap_alone_of_which_some_has_arrived_meanwhile) {
    receiver.arrive(endpoint, data_frame({.offset = 128}));
    image->signals.gap.set({kTestTerm, 0, 128});
    receiver.arrive(endpoint, data_frame({.offset = 64}));
    EXPECT_EQ(image->length_at(0), 0);
    EXPECT_EQ(receiver.value(SystemCounter::loss_gap_fills), 0);
}

TEST_F(UnreliableImage, fills_in_the_term_of_the_gap) {
    image->signals.gap.set({kTestTerm + 2, 32, 64});
    receiver.work();
    EXPECT_EQ(image->log->frame(2, 32), (testing::FrameSeen{64, 0xc0, kPaddingFrame}));
}

Settings measuring() {
    Settings settings = receiver_settings();
    settings.cubic_measure_rtt = true;
    settings.cubic_initial_rtt = 1ms;
    return settings;
}
struct RoundTrips : ::testing::Test, AnsweringImage {
    RoundTrips() : AnsweringImage({.congestion = CongestionControlKind::cubic}, measuring()) {
        sent();
    }
    std::int64_t rtt() const { return image->signals.rtt_ns.load_acquire(); }
    void reply(std::int64_t echo, std::int64_t delta = 0,
               std::int64_t receiver_id = ReceiverHarness::kReceiver) {
        receiver.arrive(endpoint,
                        encoded(protocol::RttMeasurement{.session_id = testing::kTestSession,
                                                         .stream_id = testing::kTestStream,
                                                         .echo_timestamp = echo,
                                                         .reception_delta = delta,
                                                         .receiver_id = receiver_id}));
    }
};

TEST_F(RoundTrips, are_measured_where_congestion_control_asks_and_wake_the_receiver) {
    EXPECT_EQ(sent_after(4ms), Lines{});
    EXPECT_EQ(receiver.receiver().next_deadline(), receiver.clock.now() + 1ns);
    EXPECT_EQ(sent_after(1ns), Lines{kTo + "RTTM request echo=1004000001 receiver=99"});
    receiver.clock.advance(3ms);
    reply(1'004'000'001, 1'000'000);
    EXPECT_EQ(rtt(), 2'000'000);
    EXPECT_EQ(sent_after(8ms), Lines{});  // four times as long as it took
    EXPECT_EQ(sent_after(1ns), Lines{kTo + "RTTM request echo=1015000002 receiver=99"});
}

TEST_F(RoundTrips, take_replies_to_any_receiver_and_none_to_another) {
    receiver.clock.advance(1ms);
    reply(1'000'000'000, 0, 98);
    EXPECT_EQ(rtt(), 0);
    reply(1'000'000'000, 0, 0);
    EXPECT_EQ(rtt(), 1'000'000);
}

TEST_F(RoundTrips, that_cannot_be_are_ignored) {
    const std::int64_t now = receiver.clock.now().count();
    reply(now + 1);           // from the future
    reply(now - 1000, 1001);  // longer there than under way
    reply(now - 1000, -1);
    reply(INT64_MIN);
    reply(INT64_MAX, INT64_MIN);
    reply(now - 61'000'000'000);
    EXPECT_EQ(rtt(), 0);
    reply(now - 1000, 400);
    EXPECT_EQ(rtt(), 600);
}

protocol::RttMeasurement request(std::int64_t receiver_id) {
    return {.is_request = true,
            .session_id = testing::kTestSession,
            .stream_id = testing::kTestStream,
            .echo_timestamp = INT64_MIN,
            .reception_delta = 5,
            .receiver_id = receiver_id};
}

TEST(RoundTripRequests, are_answered_at_their_source_for_images_only) {
    AnsweringImage stream;
    stream.sent();
    stream.receiver.arrive(stream.endpoint, encoded(request(0)), source_at(6666));
    ASSERT_EQ(stream.endpoint.socket().sent.size(), 1U);
    const FakeSocket::Sent reply = stream.endpoint.socket().sent[0];
    EXPECT_EQ(*reply.to, source_at(6666));
    protocol::RttMeasurement expected = request(99);
    expected.is_request = false;
    expected.reception_delta = 0;
    EXPECT_EQ(protocol::read_rtt_measurement(reply.bytes), expected);
    stream.sent();
    stream.receiver.arrive(stream.endpoint, encoded(request(98)));
    protocol::RttMeasurement stranger = request(0);
    stranger.session_id = 1;
    stream.receiver.arrive(stream.endpoint, encoded(stranger));
    EXPECT_EQ(stream.sent(), Lines{});
}

TEST(RoundTripRequests, of_a_group_are_answered_at_the_control_address) {
    ReceiverHarness receiver;
    Endpoint& group =
        receiver.add_endpoint("aeron:udp?endpoint=224.0.1.1:40456|interface=127.0.0.1");
    receiver.add_interest(group);
    receiver.add_image(group);
    ReceiverHarness::take_sent(group);
    receiver.arrive(group, encoded(request(0)), source_at(6666));
    EXPECT_EQ(ReceiverHarness::take_sent(group),
              Lines{"224.0.1.2:40456 RTTM reply echo=-9223372036854775808 receiver=99"});
}

}  // namespace
}  // namespace tern::driver

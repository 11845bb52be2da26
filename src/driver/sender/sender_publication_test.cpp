#include "tern/driver/sender/sender_publication.hpp"

#include <gtest/gtest.h>

#include "tern/base/coverage_mark.hpp"
#include "tern/driver/testing/channels.hpp"
#include "tern/driver/testing/sender_harness.hpp"

namespace tern::driver {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Lines = std::vector<std::string>;
using Endpoint = SenderHarness::Endpoint;
using Stream = SenderHarness::Stream;

constexpr Nanos kJustOver = milliseconds{100} + Nanos{1};

class SenderPublicationTest : public ::testing::Test {
  protected:
    SenderHarness sender;
    Endpoint& endpoint = sender.add_endpoint(kUnicast);

    Lines sent() { return sender.take_sent(endpoint); }
    Lines sent_after(Nanos time) {
        sender.work_after(time);
        return sent();
    }
    /// The reserved values of the messages that were sent since the last look.
    std::vector<std::int64_t> stamps_of(Endpoint& of) {
        std::vector<std::int64_t> stamps;
        for (const FakeSocket::Sent& one : std::exchange(of.data->sent, {})) {
            for (std::size_t at = 0; at < one.bytes.size();) {
                const std::byte* const frame = one.bytes.data() + at;
                if (header_at(frame).type == kDataFrame) {
                    stamps.push_back(header_at(frame).reserved_value);
                }
                at += static_cast<std::size_t>(aligned_frame_length(frame_length_acquire(frame)));
            }
        }
        return stamps;
    }
};

TEST_F(SenderPublicationTest, sends_a_setup_every_100_ms_until_somebody_answers) {
    Stream& stream = sender.add_stream(endpoint);
    EXPECT_EQ(sent(), Lines{"SETUP term=7 off=0 flags=00"});
    EXPECT_EQ(sent_after(milliseconds{100}), Lines{});
    EXPECT_EQ(sent_after(Nanos{1}), Lines{"SETUP term=7 off=0 flags=00"});
    stream.publish(64);
    EXPECT_EQ(sent_after(milliseconds{50}), Lines{});  // no window yet
    sender.status(stream, 0, 32768);
    EXPECT_EQ(stream.signals.has_initial_connection.load_acquire(), 1);
    EXPECT_EQ(stream.signals.has_receivers.load_acquire(), 1);
    EXPECT_TRUE(stream.log->log.is_connected());
    EXPECT_EQ(stream.sent_limit(), 32768);
    sender.work();
    EXPECT_EQ(sent(), Lines{"DATA term=7 off=0 bytes=64"});
    EXPECT_EQ(stream.sent_to(), 64);
    EXPECT_EQ(sent_after(kJustOver), Lines{"HEARTBEAT off=64 flags=c0"});
    EXPECT_EQ(sender.value(SystemCounter::bytes_sent), 96);  // SETUPs are not counted
}

TEST_F(SenderPublicationTest, a_setup_says_where_the_sender_is_and_what_the_stream_is) {
    Endpoint& group = sender.add_endpoint("aeron:udp?control=127.0.0.1:40130|control-mode=dynamic");
    sender.arrive(group, protocol::StatusMessage{.elicits_setup = true, .receiver_id = 1});
    SenderHarness::StreamOptions options{.start_position = kTerm + 4096};
    options.config.response_correlation_id = 5;
    options.config.ttl = 3;
    sender.add_stream(group, options);
    ASSERT_EQ(group.data->sent.size(), 1U);
    const protocol::Setup setup = protocol::read_setup(group.data->sent[0].bytes);
    EXPECT_EQ(setup, (protocol::Setup{.wants_response = true,
                                      .is_group = true,
                                      .term_offset = 4096,
                                      .session_id = SenderHarness::kSession,
                                      .stream_id = 1001,
                                      .initial_term_id = 7,
                                      .active_term_id = 8,
                                      .term_length = kTerm,
                                      .mtu_length = 1408,
                                      .ttl = 3}));
}

TEST_F(SenderPublicationTest, an_elicited_setup_leaves_at_once_unless_one_just_did) {
    Stream& stream = sender.add_stream(endpoint);
    sender.status(stream, 0, 32768);
    sent();
    sender.work_after(milliseconds{150});  // a heartbeat
    sent();
    sender.elicit_setup(stream);
    sender.work();
    EXPECT_EQ(sent(), Lines{"SETUP term=7 off=0 flags=00"});
    sender.elicit_setup(stream);
    EXPECT_EQ(sent_after(milliseconds{99}), Lines{});
    EXPECT_EQ(sent_after(milliseconds{2}),
              (Lines{"SETUP term=7 off=0 flags=00", "HEARTBEAT off=0 flags=c0"}));
    EXPECT_EQ(sent_after(milliseconds{99}), Lines{});
    stream.signals.is_end_of_stream.store_release(1);
    sender.elicit_setup(stream);
    EXPECT_EQ(sent_after(milliseconds{101}), Lines{"HEARTBEAT off=0 flags=e0"});
}

TEST_F(SenderPublicationTest, packs_frames_into_datagrams_of_at_most_the_mtu) {
    Stream& stream = sender.add_connected(endpoint);
    stream.publish(37);
    stream.publish(34);
    stream.publish_many(3, 704);
    sender.work();
    EXPECT_EQ(sent(), (Lines{"DATA term=7 off=0 bytes=832", "DATA term=7 off=832 bytes=1408"}));
    EXPECT_EQ(stream.sent_to(), 64 + 64 + 3 * 704);
}

TEST_F(SenderPublicationTest, sends_at_most_so_many_datagrams_a_cycle_in_one_call) {
    Stream& stream = sender.add_connected(endpoint);
    stream.publish_many(6, 1408);
    sender.work();
    EXPECT_EQ(endpoint.data->batches, std::vector<std::size_t>{4});
    EXPECT_EQ(stream.sent_to(), 4 * 1408);
    sender.work();
    EXPECT_EQ(stream.sent_to(), 6 * 1408);
}

TEST_F(SenderPublicationTest, never_sends_beyond_the_limit_and_counts_each_stop_there_once) {
    Stream& stream = sender.add_connected(endpoint, 1000);
    stream.publish_many(3, 704);
    sender.work();
    EXPECT_EQ(stream.sent_to(), 704);
    EXPECT_EQ(stream.back_pressure.load_acquire(), 1);
    sender.work();
    sender.work();
    EXPECT_EQ(stream.back_pressure.load_acquire(), 1);
    EXPECT_EQ(sender.value(SystemCounter::sender_flow_control_limits), 1);
    sender.status(stream, 704, 1408);
    sender.work();
    EXPECT_EQ(stream.sent_to(), 3 * 704);
    sender.work();
    EXPECT_EQ(stream.back_pressure.load_acquire(), 2);  // an exhausted window counts, too
}

TEST_F(SenderPublicationTest, a_publication_without_connection_counts_no_back_pressure) {
    Stream& stream = sender.add_stream(endpoint);
    stream.publish(64);
    for (int i = 0; i < 10; ++i) sender.work_after(milliseconds{50});
    EXPECT_EQ(stream.back_pressure.load_acquire(), 0);
}

TEST_F(SenderPublicationTest, sends_the_header_of_padding_only_and_goes_on_in_the_next_term) {
    Stream& stream = sender.add_connected(endpoint, kHalf, {.start_position = kTerm - 1408});
    stream.publish(704);
    stream.publish(1024);  // does not fit: padding of 704, then the next term
    sender.work();
    EXPECT_EQ(sent(), Lines{"DATA term=7 off=64128 bytes=736"});
    EXPECT_EQ(stream.sent_to(), kTerm);
    sender.work();
    EXPECT_EQ(sent(), Lines{"DATA term=8 off=0 bytes=1024"});
}

TEST_F(SenderPublicationTest, holds_padding_back_that_its_receiver_would_take_for_over_run) {
    const Position start = kTerm - 8192;
    Stream& stream = sender.add_connected(endpoint, kHalf, {.start_position = start - kHalf + 128});
    stream.publish_many((kHalf - 128) / 1024, 1024);
    stream.publish(896);
    while (stream.sent_to() < start) sender.work();
    stream.publish(64);
    stream.publish(8160);  // does not fit: padding
    sent();
    for (int i = 0; i < 3; ++i) sender.work();
    EXPECT_EQ(sent(), Lines{"DATA term=7 off=57344 bytes=64"});
    EXPECT_EQ(stream.sent_to(), start + 64);
    sender.status(stream, start - kHalf / 2, kHalf);
    sender.work();
    EXPECT_EQ(sent(), Lines{"PAD term=7 off=57408 bytes=32"});
    EXPECT_TRUE(CoverageMark::was_reached("padding_held_back"));
}

TEST_F(SenderPublicationTest, a_short_send_moves_the_stream_by_what_was_taken) {
    Stream& stream = sender.add_connected(endpoint);
    stream.publish_many(4, 1408);
    endpoint.data->room = 2;
    sender.work();
    EXPECT_EQ(stream.sent_to(), 2 * 1408);
    EXPECT_EQ(sender.value(SystemCounter::short_sends), 1);
    EXPECT_EQ(sender.value(SystemCounter::bytes_sent), 32 + 2 * 1408);  // and a heartbeat before
    sender.work();
    EXPECT_EQ(stream.sent_to(), 2 * 1408);
    EXPECT_LT(sender.sender().next_deadline(), sender.clock.now() + milliseconds{1});
    endpoint.data->room.reset();
    sent();
    sender.work();
    EXPECT_EQ(sent(),
              (Lines{"DATA term=7 off=2816 bytes=1408", "DATA term=7 off=4224 bytes=1408"}));
}

TEST_F(SenderPublicationTest, heartbeats_say_whether_the_stream_ended_or_was_revoked) {
    Stream& stream = sender.add_connected(endpoint);
    const std::int64_t before = sender.value(SystemCounter::heartbeats_sent);
    EXPECT_EQ(sent_after(kJustOver), Lines{"HEARTBEAT off=0 flags=c0"});
    stream.signals.is_end_of_stream.store_release(1);
    EXPECT_EQ(sent_after(milliseconds{100}), Lines{});
    EXPECT_EQ(sent_after(Nanos{1}), Lines{"HEARTBEAT off=0 flags=e0"});
    stream.log->log.set_revoked();
    EXPECT_EQ(sent_after(kJustOver), Lines{"HEARTBEAT off=0 flags=f0"});
    EXPECT_EQ(sender.value(SystemCounter::heartbeats_sent), before + 3);
    endpoint.data->room = 0;
    sender.work_after(kJustOver);
    EXPECT_EQ(sender.value(SystemCounter::heartbeats_sent), before + 4);
    EXPECT_EQ(sender.value(SystemCounter::short_sends), 1);
}

TEST_F(SenderPublicationTest, a_channel_without_eos_does_not_signal_it) {
    SenderHarness::StreamOptions options;
    options.config.signals_end_of_stream = false;
    Stream& stream = sender.add_connected(endpoint, kHalf, options);
    stream.signals.is_end_of_stream.store_release(1);
    EXPECT_EQ(sent_after(kJustOver), Lines{"HEARTBEAT off=0 flags=c0"});
}

TEST_F(SenderPublicationTest, a_receiver_is_dropped_after_5_s_but_heartbeats_go_on) {
    Stream& stream = sender.add_connected(endpoint);
    sender.work_after(seconds{5} - Nanos{1});
    EXPECT_EQ(stream.signals.has_receivers.load_acquire(), 1);
    sender.work_after(Nanos{1});  // `last <= now - timeout`
    sender.work_after(kJustOver);
    EXPECT_EQ(stream.signals.has_receivers.load_acquire(), 0);
    sent();
    EXPECT_EQ(sent_after(kJustOver), Lines{"HEARTBEAT off=0 flags=c0"});
}

TEST_F(SenderPublicationTest, the_end_of_a_unicast_receiver_is_told_to_the_conductor) {
    Stream& stream = sender.add_connected(endpoint);
    protocol::StatusMessage message = sender.status_of(stream, 0, kHalf);
    message.is_end_of_stream = true;
    sender.arrive(endpoint, message);
    EXPECT_EQ(stream.signals.has_unicast_end_of_stream.load_acquire(), 1);
    EXPECT_EQ(stream.signals.has_receivers.load_acquire(), 0);
    EXPECT_FALSE(stream.log->log.is_connected());
}

TEST_F(SenderPublicationTest, rejects_status_messages_from_far_off_positions) {
    Stream& stream = sender.add_connected(endpoint, kHalf, {.start_position = 2 * kTerm});
    const std::int64_t before = sender.value(SystemCounter::status_messages_received);
    sender.status(stream, 2 * kTerm - kHalf - 32, 128);
    sender.status(stream, 3 * kTerm + kHalf + 32, 128);
    EXPECT_EQ(sender.value(SystemCounter::status_messages_rejected), 2);
    sender.status(stream, 2 * kTerm - kHalf, 128);
    EXPECT_EQ(stream.sent_limit(), 2 * kTerm + kHalf);
    sender.status(stream, 3 * kTerm + kHalf, 128);
    EXPECT_EQ(stream.sent_limit(), 3 * kTerm + kHalf + 128);
    EXPECT_EQ(sender.value(SystemCounter::status_messages_rejected), 2);
    EXPECT_EQ(sender.value(SystemCounter::status_messages_received), before + 4);
}

TEST_F(SenderPublicationTest, spies_carry_a_stream_on_that_nobody_receives) {
    SenderHarness::StreamOptions options;
    options.config.spies_simulate_connection = true;
    Stream& stream = sender.add_stream(endpoint, options);
    stream.publish_many(4, 1024);
    stream.signals.spy_position.store_release(2048);
    sender.work();
    EXPECT_EQ(stream.sent_to(), 0);
    stream.signals.has_working_spies.store_release(1);
    sender.work();
    EXPECT_EQ(stream.sent_to(), 2048);
    EXPECT_EQ(stream.sent_limit(), 2048);
    stream.signals.spy_position.store_release(1 << 20);  // a spy that lies
    sender.work();
    EXPECT_EQ(stream.sent_to(), 4096);
    sent();
    EXPECT_EQ(sent_after(kJustOver), Lines{"SETUP term=7 off=4096 flags=00"});
    sender.status(stream, 4096, 1024);  // a receiver joins there
    stream.publish(1024);
    sender.work();
    EXPECT_EQ(sent(), Lines{"DATA term=7 off=4096 bytes=1024"});
}

TEST_F(SenderPublicationTest, a_response_goes_to_whoever_elicited_it) {
    CoverageMark::forget_all();
    Endpoint& answers =
        sender.add_endpoint("aeron:udp?control=127.0.0.1:40151|control-mode=response");
    SenderHarness::StreamOptions options;
    options.config.is_response = true;
    options.config.response_correlation_id = 31;
    Stream& stream = sender.add_stream(answers, options);
    EXPECT_EQ(sender.take_sent(answers), Lines{});
    EXPECT_EQ(sender.value(SystemCounter::short_sends), 1);
    sender.elicit_setup(stream, address(2, 5000));
    sender.work_after(kJustOver);
    EXPECT_EQ(sender.take_sent(answers), Lines{"127.0.0.2:5000 SETUP term=7 off=0 flags=00"});
    sender.event_count();
    sender.status(stream, 0, kHalf, address(2, 5000));
    const auto connected = sender.take_event<ResponseConnection>();
    EXPECT_EQ(connected.response_correlation_id, 31);
    EXPECT_TRUE(connected.is_connected);
    sender.status(stream, 0, kHalf, address(2, 5000));
    EXPECT_EQ(sender.event_count(), 0U);
    sender.take_sent(answers);
    stream.publish(64);
    sender.work();
    sender.elicit_setup(stream, address(3, 5001));
    stream.publish(64);
    sender.work();
    EXPECT_EQ(sender.take_sent(answers), (Lines{"127.0.0.2:5000 DATA term=7 off=0 bytes=64",
                                                "127.0.0.3:5001 DATA term=7 off=64 bytes=64"}));
    EXPECT_TRUE(CoverageMark::was_reached("response_destination_redirected"));
    // The new one is never heard from.
    sender.work_after(seconds{10});
    sender.work();
    const auto lost = sender.take_event<ResponseConnection>();
    EXPECT_EQ(lost.response_correlation_id, 31);
    EXPECT_EQ(lost.session_id, stream.object->config().session_id);
    EXPECT_FALSE(lost.is_connected);
    sender.status(stream, 128, kHalf, address(2, 5000));
    EXPECT_TRUE(sender.take_event<ResponseConnection>().is_connected);
    stream.signals.is_end_of_stream.store_release(1);
    sender.work_after(seconds{10});
    sender.work();
    EXPECT_EQ(sender.event_count(), 0U);
}

TEST_F(SenderPublicationTest, an_error_of_a_live_receiver_is_told_once) {
    Stream& stream = sender.add_connected(endpoint);
    const protocol::ErrorFrame error{.session_id = SenderHarness::kSession,
                                     .stream_id = 1001,
                                     .receiver_id = SenderHarness::kReceiver,
                                     .error_code = 13,
                                     .text = "no thanks"};
    sender.event_count();
    for (int i = 0; i < 5; ++i) sender.arrive(endpoint, error, address(9, 999));
    EXPECT_EQ(sender.value(SystemCounter::error_frames_received), 5);
    const auto told = sender.take_event<PublicationErrorReceived>();
    EXPECT_EQ(told.registration_id, 42);
    EXPECT_EQ(told.destination_registration_id, -1);
    EXPECT_EQ(told.receiver_id, SenderHarness::kReceiver);
    EXPECT_EQ(told.source, address(9, 999));
    EXPECT_EQ(told.error_code, 13);
    EXPECT_EQ(told.text, "no thanks");
    EXPECT_EQ(sender.event_count(), 0U);
    EXPECT_EQ(stream.signals.has_receivers.load_acquire(), 0);
}

TEST_F(SenderPublicationTest, errors_of_invented_receivers_are_told_a_bounded_number_of_times) {
    Stream& stream = sender.add_connected(endpoint);
    sender.event_count();
    protocol::StatusMessage status = sender.status_of(stream, 0, kHalf);
    const auto tell = [&] {
        ++status.receiver_id;
        sender.arrive(endpoint, status);
        sender.arrive(endpoint, protocol::ErrorFrame{.session_id = SenderHarness::kSession,
                                                     .stream_id = 1001,
                                                     .receiver_id = status.receiver_id,
                                                     .error_code = 13,
                                                     .text = "of a stranger"});
        return sender.event_count();
    };
    std::size_t told = 0;
    for (int i = 0; i < 1000; ++i) told += tell();
    EXPECT_EQ(told, 64U);
    EXPECT_TRUE(CoverageMark::was_reached("receiver_error_not_told"));
    sender.clock.advance(seconds{1});
    EXPECT_EQ(tell(), 1U);
}

TEST_F(SenderPublicationTest, answers_a_round_trip_request_and_nothing_but_a_request) {
    sender.add_connected(endpoint);
    protocol::RttMeasurement request{.is_request = true,
                                     .session_id = SenderHarness::kSession,
                                     .stream_id = 1001,
                                     .echo_timestamp = 5,
                                     .receiver_id = 9};
    sender.arrive(endpoint, request);
    EXPECT_EQ(sent(), Lines{"RTTM echo=5 receiver=9 flags=00"});
    request.is_request = false;
    sender.arrive(endpoint, request);
    EXPECT_EQ(sent(), Lines{});
}

TEST_F(SenderPublicationTest, tells_of_the_session_that_carries_responses) {
    SenderHarness::StreamOptions options;
    options.config.response_correlation_id = 12;
    sender.add_connected(endpoint, kHalf, options);
    sender.event_count();
    sender.arrive(endpoint, protocol::ResponseSetup{SenderHarness::kSession, 1001, 55});
    const auto told = sender.take_event<ResponseSetupReceived>();
    EXPECT_EQ(told.response_correlation_id, 12);
    EXPECT_EQ(told.response_session_id, 55);
}

TEST_F(SenderPublicationTest, stamps_the_beginning_of_each_message_with_the_time_of_sending) {
    Endpoint& stamping = sender.add_endpoint(std::string(kUnicast) + "|channel-snd-ts-offset=8");
    Stream& stream = sender.add_connected(stamping);
    stream.publish(64);
    stream.publish(32 + 8);  // too short for it
    stream.publish(128);
    sender.work();
    ASSERT_EQ(stamping.data->sent.size(), 1U);
    const std::byte* const bytes = stamping.data->sent[0].bytes.data();
    EXPECT_EQ(load_plain<std::int64_t>(bytes + 32 + 8), sender.network.epoch);
    EXPECT_EQ(load_plain<std::int64_t>(bytes + 64 + 32),
              load_plain<std::int64_t>(testing::patterned(8).data()));
    EXPECT_EQ(load_plain<std::int64_t>(bytes + 128 + 32 + 8), sender.network.epoch);
    sender.network.epoch += 1000;
    sender.nak(stream, 7, 0, 64);
    ASSERT_EQ(stamping.data->sent.size(), 2U);
    EXPECT_EQ(load_plain<std::int64_t>(stamping.data->sent[1].bytes.data() + 40),
              sender.network.epoch);
}

TEST_F(SenderPublicationTest, stamps_the_messages_behind_padding_too) {
    Endpoint& stamping =
        sender.add_endpoint(std::string(kUnicast) + "|channel-snd-ts-offset=reserved");
    Stream& stream = sender.add_connected(stamping);
    stream.publish(64);
    BufferClaim claim;
    ASSERT_TRUE(stream.appender->try_claim(1024, testing::kNoLimit, claim).ok());
    claim.abort();
    stream.publish_many(5, 64);
    sender.work();
    EXPECT_EQ(stamps_of(stamping), std::vector<std::int64_t>(6, sender.network.epoch));
    sender.network.epoch += 1000;
    sender.nak(stream, 7, 0, static_cast<std::int32_t>(stream.sent_to()));
    EXPECT_EQ(stamps_of(stamping), std::vector<std::int64_t>(6, sender.network.epoch));
}

TEST_F(SenderPublicationTest, says_when_it_wants_its_next_cycle) {
    Stream& stream = sender.add_stream(endpoint);
    const Nanos start = sender.clock.now();
    EXPECT_EQ(stream.object->next_deadline(), start + kJustOver);
    sender.clock.advance(milliseconds{30});
    sender.status(stream, 0, kHalf);
    sender.work();  // the first heartbeat leaves at once
    EXPECT_EQ(stream.object->next_deadline(), start + milliseconds{30} + kJustOver);
    stream.publish(64);
    sender.work_after(milliseconds{20});
    EXPECT_EQ(stream.object->next_deadline(), start + milliseconds{50} + kJustOver);
    sender.nak(stream, 7, 0, 64);
    EXPECT_EQ(stream.object->next_deadline(), start + milliseconds{60} + Nanos{1});
}

}  // namespace
}  // namespace tern::driver

// The duty cycle of spec wire-protocol.md 5.2, and how arrivals are read (6.10).

#include "tern/driver/receiver/receiver.hpp"

#include <gtest/gtest.h>

#include "tern/driver/testing/channels.hpp"
#include "tern/driver/testing/receiver_harness.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;
using Endpoint = ReceiverHarness::Endpoint;
using Image = ReceiverHarness::Image;

constexpr std::int32_t kOther = 5;

TEST(Receiver, says_its_name_in_both_ways) {
    ReceiverHarness classic;
    EXPECT_EQ(classic.receiver().role_name(), "receiver");
    Settings settings = receiver_settings();
    settings.thread_naming = ThreadNaming::modern;
    ReceiverHarness modern(settings);
    EXPECT_EQ(modern.receiver().role_name(), "aeron-md-rcv");
}

TEST(Receiver, lets_go_of_what_the_conductor_takes_away) {
    ReceiverHarness receiver;
    Endpoint& endpoint = receiver.add_endpoint(kUnicast);
    receiver.add_interest(endpoint);
    Image& image = receiver.add_image(endpoint);
    receiver.remove_image(image);
    EXPECT_EQ(receiver.take_event<ReceiverImageReleased>().image, image.object.get());
    receiver.command(RemoveReceiveEndpoint{endpoint.object.get()});
    EXPECT_EQ(receiver.take_event<ReceiveDestinationReleased>().destination,
              endpoint.at(0).object.get());
    EXPECT_EQ(receiver.take_event<ReceiveEndpointReleased>().endpoint, endpoint.object.get());
    ReceiverHarness::take_sent(endpoint);
    endpoint.socket().arrive(kTestSource, data_frame());
    receiver.work_after(10s);
    EXPECT_EQ(endpoint.socket().arrivals.size(), 1U);  // nobody reads it any more
    EXPECT_EQ(ReceiverHarness::take_sent(endpoint), Lines{});
    EXPECT_EQ(receiver.event_count(), 0U);
}

TEST(Receiver, releases_a_destination_once) {
    ReceiverHarness receiver;
    Endpoint& endpoint = receiver.add_endpoint(kUnicast);
    const RemoveReceiveDestination removal{endpoint.object.get(), endpoint.at(0).object.get()};
    receiver.command(removal);
    receiver.command(removal);
    EXPECT_EQ(receiver.event_count(), 1U);
}

/// Something arrives in every cycle.
struct BusyReceiver {
    explicit BusyReceiver(Settings settings = receiver_settings())
        : receiver(std::move(settings)), endpoint(receiver.add_endpoint(kUnicast)) {
        receiver.add_interest(endpoint);
        image = &receiver.add_image(endpoint);
        endpoint.socket().sent.clear();
    }
    void busy_cycle() { receiver.arrive(endpoint, data_frame()); }
    /// Cycles until a command that is put now is obeyed; at most 100.
    int cycles_to_a_command() {
        receiver.queues.commands.put(AddInterest{endpoint.object.get(), 1, std::nullopt});
        int cycles = 0;
        while (!receiver.queues.commands.is_empty() && cycles < 100) {
            busy_cycle();
            ++cycles;
        }
        return cycles;
    }

    ReceiverHarness receiver;
    Endpoint& endpoint;
    Image* image = nullptr;
};

TEST(ReceiverDutyCycle, obeys_commands_at_once_while_nothing_arrives) {
    BusyReceiver busy;
    busy.receiver.queues.commands.put(AddInterest{busy.endpoint.object.get(), 1, std::nullopt});
    busy.receiver.work();
    EXPECT_TRUE(busy.receiver.queues.commands.is_empty());
}

TEST(ReceiverDutyCycle, obeys_commands_in_every_tenth_cycle_while_something_arrives) {
    BusyReceiver busy;
    EXPECT_EQ(busy.cycles_to_a_command(), 10);
    EXPECT_EQ(busy.cycles_to_a_command(), 10);
    busy.busy_cycle();
    EXPECT_EQ(busy.cycles_to_a_command(), 9);
}

TEST(ReceiverDutyCycle, takes_its_ratio_from_the_setting) {
    Settings settings = receiver_settings();
    settings.receiver_poll_to_slow_work_ratio = 3;
    BusyReceiver busy(settings);
    EXPECT_EQ(busy.cycles_to_a_command(), 3);
}

TEST(ReceiverDutyCycle, obeys_commands_after_half_a_status_message_timeout_whatever_arrives) {
    Settings settings = receiver_settings();
    settings.receiver_poll_to_slow_work_ratio = 1'000;
    BusyReceiver busy(settings);
    EXPECT_EQ(busy.cycles_to_a_command(), 100);
    busy.receiver.clock.advance(100ms - 1ns);
    busy.busy_cycle();
    EXPECT_FALSE(busy.receiver.queues.commands.is_empty());
    busy.receiver.clock.advance(1ns);
    busy.busy_cycle();
    EXPECT_TRUE(busy.receiver.queues.commands.is_empty());
}

TEST(ReceiverDutyCycle, sends_status_messages_that_are_due_in_every_cycle) {
    BusyReceiver busy;
    for (int i = 1; i < 10; ++i) {
        busy.image->schedule(0, i * 32);
        busy.busy_cycle();
        EXPECT_EQ(ReceiverHarness::take_sent(busy.endpoint),
                  Lines{"127.0.0.1:5555 SM term=7 off=0 window=" + std::to_string(i * 32)});
    }
}

// Otherwise the message of the last status would be dropped as one from the past.
TEST(ReceiverDutyCycle, reads_before_it_answers) {
    BusyReceiver busy;
    busy.image->schedule(64, 4096);
    busy.busy_cycle();
    EXPECT_EQ(busy.image->hwm(), 64);
    EXPECT_EQ(busy.receiver.value(SystemCounter::flow_control_under_runs), 0);
    busy.busy_cycle();
    EXPECT_EQ(busy.receiver.value(SystemCounter::flow_control_under_runs), 1);
}

TEST(ReceiverDutyCycle, obeys_a_few_commands_at_a_time) {
    BusyReceiver busy;
    for (int i = 0; i < 40; ++i) {
        busy.receiver.queues.commands.put(AddInterest{busy.endpoint.object.get(), i, std::nullopt});
    }
    int cycles = 0;
    for (; !busy.receiver.queues.commands.is_empty(); ++cycles) busy.receiver.work();
    EXPECT_EQ(cycles, 3);
}

TEST(ReceiverDutyCycle, reads_full_batches_again_a_few_times) {
    BusyReceiver busy;
    for (int i = 0; i < 20; ++i) busy.endpoint.socket().arrive(kTestSource, data_frame());
    EXPECT_EQ(busy.receiver.work(), 16);
    EXPECT_EQ(busy.endpoint.socket().arrivals.size(), 4U);
    EXPECT_EQ(busy.receiver.work(), 4);
    EXPECT_EQ(busy.receiver.value(SystemCounter::bytes_received), 20 * 64);
}

TEST(ReceiverDutyCycle, takes_batches_from_the_settings) {
    Settings settings = receiver_settings();
    settings.receiver_io_vector_capacity = 3;
    settings.poller_socket_poll_limit = 2;
    BusyReceiver busy(settings);
    for (int i = 0; i < 20; ++i) busy.endpoint.socket().arrive(kTestSource, data_frame());
    EXPECT_EQ(busy.receiver.work(), 6);
}

TEST(ReceiverDutyCycle, counts_cycles_that_took_too_long) {
    BusyReceiver busy;
    busy.receiver.work_after(100ms);
    EXPECT_EQ(busy.receiver.value(SystemCounter::receiver_cycle_time_threshold_exceeded), 0);
    busy.receiver.work_after(101ms);
    busy.receiver.work_after(7ms);
    EXPECT_EQ(busy.receiver.value(SystemCounter::receiver_cycle_time_threshold_exceeded), 1);
    EXPECT_EQ(busy.receiver.value(SystemCounter::receiver_max_cycle_time), 101'000'000);
}

TEST(ReceiverDutyCycle, sleeps_no_longer_than_half_a_status_message_timeout) {
    ReceiverHarness receiver;
    EXPECT_EQ(receiver.receiver().next_deadline(), receiver.clock.now() + 100ms);
}

TEST(ReceiverSockets, that_fail_are_reported_a_few_times_a_second_and_harm_no_others) {
    BusyReceiver busy;
    Endpoint& broken = busy.receiver.add_endpoint("aeron:udp?endpoint=127.0.0.1:40999");
    broken.socket().receive_error = -5;
    for (int i = 0; i < 100; ++i) busy.busy_cycle();
    EXPECT_EQ(busy.image->hwm(), 64);
    EXPECT_EQ(busy.receiver.value(SystemCounter::errors), ReportCap::kPerSecond);
    ASSERT_EQ(busy.receiver.logged_errors().size(), 1U);
    EXPECT_NE(busy.receiver.logged_errors()[0].find("errno 5"), std::string::npos);
    EXPECT_NE(busy.receiver.logged_errors()[0].find("40999"), std::string::npos);
}

TEST(ReceiverSockets, drop_frames_of_receivers_without_a_word) {
    BusyReceiver busy;
    const std::int64_t remembered = static_cast<std::int64_t>(busy.endpoint.remembered());
    busy.receiver.arrive(busy.endpoint, encoded(protocol::Nak{}));
    busy.receiver.arrive(busy.endpoint, encoded(protocol::StatusMessage{.elicits_setup = true}));
    busy.receiver.arrive(busy.endpoint, encoded(protocol::ErrorFrame{.text = "what"}));
    busy.receiver.arrive(busy.endpoint, encoded(protocol::ResponseSetup{}));
    Datagram resolution(24);
    resolution[0] = std::byte{24};
    resolution[6] = std::byte{7};
    busy.receiver.arrive(busy.endpoint, resolution);
    EXPECT_EQ(busy.receiver.value(SystemCounter::invalid_packets), 0);
    EXPECT_EQ(ReceiverHarness::take_sent(busy.endpoint), Lines{});
    EXPECT_EQ(static_cast<std::int64_t>(busy.endpoint.remembered()), remembered);
}

TEST(ReceiverSockets, count_and_drop_what_is_no_frame) {
    BusyReceiver busy;
    int bad = 0;
    const auto arrives = [&](Datagram datagram) {
        busy.receiver.arrive(busy.endpoint, datagram);
        ++bad;
        EXPECT_EQ(busy.receiver.value(SystemCounter::invalid_packets), bad);
    };
    arrives({});
    arrives(Datagram(7));
    arrives(Datagram(31));
    arrives(Datagram(33, std::byte{0}));
    Datagram version = data_frame();
    version[4] = std::byte{1};
    arrives(version);
    Datagram negative = data_frame();
    negative[3] = std::byte{0x80};
    arrives(negative);
    arrives(data_frame({.type = 0x0A}));
    arrives(data_frame({.type = -1}));
    Datagram setup = encoded(test_setup());
    setup[0] = std::byte{41};  // longer than the datagram
    arrives(setup);
    setup.pop_back();
    arrives(setup);
    EXPECT_EQ(busy.image->hwm(), 0);
}

struct MergedReads : ::testing::Test, BusyReceiver {
    MergedReads() { other = &receiver.add_image(endpoint, {.session_id = kOther}); }
    void arrive(const Datagram& bytes, std::size_t segment_length) {
        endpoint.socket().arrive(kTestSource, bytes, 0, segment_length);
        receiver.work();
    }
    Image* other = nullptr;
};

TEST_F(MergedReads, are_many_datagrams_of_any_sessions_the_last_of_which_may_be_shorter) {
    arrive(joined({data_frame(), data_frame({.session_id = kOther}), data_frame({.offset = 64}),
                   data_frame({.offset = 64, .length = 32, .session_id = kOther})}),
           64);
    EXPECT_EQ(image->hwm(), 128);
    EXPECT_EQ(other->hwm(), 96);
    EXPECT_EQ(receiver.value(SystemCounter::bytes_received), 64 * 3 + 32);
    EXPECT_EQ(receiver.value(SystemCounter::invalid_packets), 0);
}

TEST_F(MergedReads, do_not_suffer_from_a_bad_one_among_them) {
    Datagram bad = data_frame({.offset = 64});
    bad[4] = std::byte{9};
    arrive(joined({data_frame(), bad, data_frame({.offset = 128})}), 64);
    EXPECT_EQ(image->hwm(), 192);
    EXPECT_EQ(image->length_at(64), 0);
    EXPECT_EQ(receiver.value(SystemCounter::invalid_packets), 1);
}

TEST_F(MergedReads, are_not_taken_for_one_datagram_of_many_frames) {
    // The second would not continue the first: as one datagram they would be invalid.
    arrive(joined({data_frame({.offset = 640}), data_frame()}), 64);
    EXPECT_EQ(image->length_at(0), 64);
    EXPECT_EQ(image->length_at(640), 64);
}

TEST_F(MergedReads, of_setups_are_many_as_well) {
    arrive(joined({encoded(test_setup(8)), encoded(test_setup(9))}), 40);
    EXPECT_EQ(receiver.event_count(), 2U);
}

TEST_F(MergedReads, of_one_datagram_are_one) {
    arrive(data_frame(), 1408);
    EXPECT_EQ(image->hwm(), 64);
}

}  // namespace
}  // namespace tern::driver

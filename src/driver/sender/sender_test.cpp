#include "tern/driver/sender/sender.hpp"

#include <gtest/gtest.h>

#include "tern/driver/testing/channels.hpp"
#include "tern/driver/testing/sender_harness.hpp"

namespace tern::driver {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Endpoint = SenderHarness::Endpoint;
using Stream = SenderHarness::Stream;


TEST(Sender, says_its_name_in_both_ways) {
    SenderHarness classic;
    EXPECT_EQ(classic.sender().role_name(), "sender");
    Settings settings = sender_settings();
    settings.thread_naming = ThreadNaming::modern;
    SenderHarness modern(settings);
    EXPECT_EQ(modern.sender().role_name(), "aeron-md-snd");
}

TEST(Sender, lets_go_of_what_the_conductor_takes_away) {
    SenderHarness sender;
    Endpoint& endpoint = sender.add_endpoint(kUnicast);
    Stream& stream = sender.add_connected(endpoint);
    sender.command(RemoveSenderPublication{stream.object.get()});
    EXPECT_EQ(sender.take_event<SenderPublicationReleased>().publication, stream.object.get());
    stream.publish(64);
    sender.work_after(seconds{1});
    sender.nak(stream, 7, 0, 64);
    EXPECT_TRUE(sender.take_sent(endpoint).empty());
    sender.command(RemoveSendEndpoint{endpoint.object.get()});
    EXPECT_EQ(sender.take_event<SendEndpointReleased>().endpoint, endpoint.object.get());
    endpoint.data->arrive(SenderHarness::kPeer, testing::patterned(9));
    sender.work();
    EXPECT_EQ(endpoint.data->arrivals.size(), 1U);  // nobody reads it any more
}

TEST(Sender, begins_with_another_publication_in_each_cycle) {
    SenderHarness sender;
    Endpoint& endpoint = sender.add_endpoint(kUnicast);
    std::vector<Stream*> streams;
    for (std::int32_t id = 1; id <= 3; ++id) {
        streams.push_back(&sender.add_connected(endpoint, kHalf, {.stream_id = id}));
    }
    std::vector<std::int32_t> first;
    for (int cycle = 0; cycle < 6; ++cycle) {
        for (Stream* const stream : streams) stream->publish(64);
        endpoint.data->sent.clear();
        sender.work();
        ASSERT_EQ(endpoint.data->sent.size(), 3U);
        first.push_back(protocol::read_data_header(endpoint.data->sent[0].bytes).stream_id);
    }
    EXPECT_NE(first[0], first[1]);
    EXPECT_NE(first[1], first[2]);
    EXPECT_NE(first[2], first[0]);
    EXPECT_EQ(first[3], first[0]);
    EXPECT_EQ(first[4], first[1]);
    EXPECT_EQ(first[5], first[2]);
}

struct BusySender {
    explicit BusySender(Settings settings = sender_settings())
        : sender(std::move(settings)),
          endpoint(sender.add_endpoint(kUnicast)),
          stream(sender.add_connected(endpoint, kHalf)) {
        busy_cycle(Nanos{0});
        while (cycles_until_poll(Nanos{0}) > 6) {}
    }
    void busy_cycle(Nanos step) {
        if (stream.sent_limit() - stream.sent_to() < 2048) {
            sender.status(stream, stream.sent_to(), kHalf);
        }
        stream.publish(64);
        sender.work_after(step);
    }
    int cycles_until_poll(Nanos step) {
        endpoint.data->arrive(SenderHarness::kPeer, testing::patterned(9));
        int cycles = 0;
        while (!endpoint.data->arrivals.empty()) {
            busy_cycle(step);
            ++cycles;
        }
        return cycles;
    }
    SenderHarness sender;
    Endpoint& endpoint;
    Stream& stream;
};

TEST(Sender, that_is_busy_reads_answers_in_every_sixth_cycle) {
    BusySender busy;
    EXPECT_EQ(busy.cycles_until_poll(Nanos{0}), 6);
    EXPECT_EQ(busy.cycles_until_poll(Nanos{0}), 6);
}

TEST(Sender, that_is_busy_obeys_commands_in_the_same_cycles) {
    BusySender busy;
    for (int i = 0; i < 20; ++i) {
        busy.sender.queues.commands.put(AddSendDestination{busy.endpoint.object.get(), {}});
    }
    for (int i = 0; i < 5; ++i) busy.busy_cycle(Nanos{0});
    EXPECT_FALSE(busy.sender.queues.commands.is_empty());
    busy.busy_cycle(Nanos{0});
    EXPECT_FALSE(busy.sender.queues.commands.is_empty());  // a bounded number at once
    for (int i = 0; i < 6; ++i) busy.busy_cycle(Nanos{0});
    EXPECT_TRUE(busy.sender.queues.commands.is_empty());
}

TEST(Sender, that_is_busy_and_slow_reads_answers_when_half_the_status_timeout_is_over) {
    Settings settings = sender_settings();
    settings.send_to_status_poll_ratio = 1000;
    SenderHarness sender(settings);
    Endpoint& endpoint = sender.add_endpoint(kUnicast);
    Stream& stream = sender.add_connected(endpoint);
    const Nanos start = sender.clock.now();
    endpoint.data->arrive(SenderHarness::kPeer, testing::patterned(9));
    while (!endpoint.data->arrivals.empty()) {
        stream.publish(64);
        sender.work_after(milliseconds{20});
    }
    EXPECT_EQ(sender.clock.now() - start, milliseconds{120});  // the first one past 100 ms
}

TEST(Sender, reads_answers_after_a_short_send) {
    Settings settings = sender_settings();
    settings.send_to_status_poll_ratio = 1000;
    SenderHarness sender(settings);
    Endpoint& endpoint = sender.add_endpoint(kUnicast);
    Stream& stream = sender.add_connected(endpoint);
    stream.publish_many(2, 1408);
    endpoint.data->room = 1;
    endpoint.data->arrive(SenderHarness::kPeer, testing::patterned(9));
    EXPECT_GT(sender.work(), 0);
    EXPECT_TRUE(endpoint.data->arrivals.empty());
}

TEST(Sender, measures_its_cycles) {
    SenderHarness sender;
    sender.work_after(milliseconds{100});
    EXPECT_EQ(sender.value(SystemCounter::sender_max_cycle_time), 100'000'000);
    EXPECT_EQ(sender.value(SystemCounter::sender_cycle_time_threshold_exceeded), 0);
    sender.work_after(milliseconds{101});
    sender.work_after(milliseconds{1});
    EXPECT_EQ(sender.value(SystemCounter::sender_max_cycle_time), 101'000'000);
    EXPECT_EQ(sender.value(SystemCounter::sender_cycle_time_threshold_exceeded), 1);
}

TEST(Sender, wants_to_work_again_when_the_first_timer_is_due) {
    SenderHarness sender;
    Endpoint& endpoint = sender.add_endpoint(kUnicast);
    EXPECT_EQ(sender.sender().next_deadline(),
              sender.clock.now() + milliseconds{100} + Nanos{1});  // slow work
    sender.work_after(milliseconds{40});
    Stream& stream = sender.add_connected(endpoint);
    sender.work_after(milliseconds{30});
    EXPECT_EQ(sender.sender().next_deadline(),
              sender.clock.now() + milliseconds{70} + Nanos{1});  // a heartbeat
    stream.publish(64);
    sender.work();
    sender.nak(stream, 7, 0, 64);
    EXPECT_EQ(sender.sender().next_deadline(), sender.clock.now() + milliseconds{10} + Nanos{1});
}

}  // namespace
}  // namespace tern::driver

// Where answers go: spec wire-protocol.md 5.7, 5.18 and 6.8.

#include <gtest/gtest.h>

#include "tern/driver/testing/channels.hpp"
#include "tern/driver/testing/receiver_harness.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;
using Destination = ReceiverHarness::Destination;
using Endpoint = ReceiverHarness::Endpoint;
using Image = ReceiverHarness::Image;

constexpr const char* kManual = "aeron:udp?control-mode=manual";
const std::string kStatus = " SM term=7 off=0 window=32768";

struct Connected {
    explicit Connected(const std::string& channel, const ReceiverImageOptions& options = {})
        : endpoint(receiver.add_endpoint(channel)) {
        if (channel == kManual) receiver.add_destination(endpoint, kUnicast);
        receiver.add_interest(endpoint);
        image = &receiver.add_image(endpoint, options);
        forget_sent();
    }
    /// What the timed status messages after `time` look like.
    Lines after(Nanos time, std::size_t destination = 0) {
        forget_sent();
        receiver.work_after(time);
        return ReceiverHarness::take_sent(endpoint.at(destination));
    }
    void forget_sent() {
        for (const auto& destination : endpoint.destinations) destination->socket->sent.clear();
    }

    ReceiverHarness receiver;
    Endpoint& endpoint;
    Image* image = nullptr;
};

TEST(ImageConnection, answers_the_first_source_for_good) {
    Connected stream(kUnicast);
    stream.receiver.arrive(stream.endpoint, data_frame(), source_at(6666));
    EXPECT_EQ(stream.after(300ms), Lines{"127.0.0.1:5555" + kStatus});
}

TEST(ImageConnection, of_a_group_is_answered_at_the_control_address) {
    Connected stream(kMulticast);
    stream.receiver.arrive(stream.endpoint, data_frame(), source_at(6666));
    EXPECT_EQ(stream.after(300ms), Lines{"224.0.1.2:40456" + kStatus});
}

TEST(ImageConnection, with_explicit_control_is_answered_there) {
    Connected stream(kControlled);
    stream.receiver.arrive(stream.endpoint, data_frame(), source_at(6666));
    EXPECT_EQ(stream.after(300ms), Lines{"127.0.0.1:40130" + kStatus});
}

TEST(ImageConnection, is_alive_for_five_seconds_after_its_last_datagram) {
    Connected stream(kUnicast);
    EXPECT_EQ(stream.after(5s - 1ns).size(), 1U);
    EXPECT_EQ(stream.after(300ms), Lines{});
    stream.receiver.arrive(stream.endpoint, data_frame());
    EXPECT_EQ(stream.after(4999ms).size(), 1U);
    EXPECT_EQ(stream.after(201ms), Lines{});
    EXPECT_EQ(stream.receiver.value(SystemCounter::status_messages_sent), 3);
}

TEST(ImageConnection, is_refreshed_by_data_that_is_accepted_and_not_by_what_is_dropped) {
    Connected stream(kUnicast);
    stream.receiver.clock.advance(4s);
    stream.receiver.arrive(stream.endpoint, data_frame({.offset = kTermMinLength / 2}));
    stream.receiver.arrive(stream.endpoint, data_frame({.offset = 16}));
    EXPECT_EQ(stream.after(1s), Lines{});
}

TEST(ImageConnections, there_is_one_for_each_destination_and_all_are_answered) {
    Connected stream(kManual);
    Destination& second =
        stream.receiver.add_destination(stream.endpoint, "aeron:udp?endpoint=127.0.0.1:40124");
    EXPECT_EQ(stream.after(300ms, 1), Lines{});
    stream.receiver.arrive(second, data_frame(), source_at(7777));
    EXPECT_EQ(stream.after(300ms, 1), Lines{"127.0.0.1:7777" + kStatus});
    EXPECT_EQ(stream.after(300ms, 0), Lines{"127.0.0.1:5555" + kStatus});
    const std::int64_t before = stream.receiver.value(SystemCounter::status_messages_sent);
    stream.image->schedule(64, 4096);
    stream.receiver.work();
    EXPECT_EQ(stream.receiver.value(SystemCounter::status_messages_sent), before + 2);
}

TEST(ImageConnections, begin_at_once_where_a_destination_knows_whom_to_answer) {
    Connected stream(kManual);
    stream.receiver.add_destination(stream.endpoint,
                                    "aeron:udp?endpoint=127.0.0.1:0|control=127.0.0.1:40131");
    stream.receiver.add_destination(stream.endpoint, kMulticast);
    EXPECT_EQ(stream.after(300ms, 1), Lines{"127.0.0.1:40131" + kStatus});
    EXPECT_EQ(stream.after(300ms, 2), Lines{"224.0.1.2:40456" + kStatus});
    stream.receiver.work_after(5s);
    EXPECT_EQ(stream.after(300ms, 2), Lines{});  // nothing ever came
}

TEST(ImageConnections, go_with_their_destination) {
    Connected stream(kManual);
    Destination& second =
        stream.receiver.add_destination(stream.endpoint, "aeron:udp?endpoint=127.0.0.1:40124");
    stream.receiver.arrive(second, data_frame(), source_at(7777));
    stream.after(300ms);
    EXPECT_EQ(stream.image->transports(), 2);
    stream.receiver.command(
        RemoveReceiveDestination{stream.endpoint.object.get(), second.object.get()});
    EXPECT_EQ(stream.image->transports(), 1);
    EXPECT_EQ(stream.receiver.take_event<ReceiveDestinationReleased>().destination,
              second.object.get());
    EXPECT_EQ(stream.after(300ms, 1), Lines{});
    EXPECT_EQ(stream.after(300ms, 0).size(), 1U);
    second.socket->arrive(kTestSource, data_frame({.offset = 64}));
    stream.receiver.work();
    EXPECT_EQ(second.socket->arrivals.size(), 1U);  // nobody reads it any more
}

TEST(ImageConnections, of_a_destination_that_went_while_the_image_was_made_are_forgotten) {
    ReceiverHarness receiver;
    Endpoint& endpoint = receiver.add_endpoint(kManual);
    receiver.add_destination(endpoint, kUnicast);
    receiver.add_interest(endpoint);
    Image& image = receiver.make_image(endpoint);
    receiver.command(RemoveReceiveDestination{endpoint.object.get(), endpoint.at(0).object.get()});
    receiver.command(AddReceiverImage{image.object.get()});
    EXPECT_EQ(ReceiverHarness::take_sent(endpoint), Lines{});
}

TEST(ImageConnections, count_as_transports_while_frames_are_younger_than_the_liveness_timeout) {
    Connected stream(kManual);
    Destination& known = stream.receiver.add_destination(
        stream.endpoint, "aeron:udp?endpoint=127.0.0.1:0|control=127.0.0.1:40131");
    stream.after(300ms);
    EXPECT_EQ(stream.image->transports(), 1);  // nothing came from the other one yet
    stream.receiver.arrive(known, data_frame());
    stream.after(300ms);
    EXPECT_EQ(stream.image->transports(), 2);
    stream.after(9'500ms);  // 10.1 s after the first's
    EXPECT_EQ(stream.image->transports(), 1);
    stream.after(300ms);
    EXPECT_EQ(stream.image->transports(), 0);
}

struct NameCheck : ::testing::Test {
    /// Works every second, as an idle driver does about; whether a look-up was asked for.
    bool asks_after(int seconds) {
        for (int i = 0; i < seconds; ++i) receiver.work_after(1s);
        std::optional<ReceiverEvent> event = receiver.queues.events.take();
        if (!event) return false;
        asked = std::get<ReResolveReceive>(*event);
        return true;
    }
    ReceiverHarness receiver;
    std::optional<ReResolveReceive> asked;
};

TEST_F(NameCheck, is_asked_for_after_five_seconds_without_a_datagram) {
    Endpoint& endpoint = receiver.add_endpoint(kControlled);
    EXPECT_FALSE(asks_after(5));
    EXPECT_TRUE(asks_after(1));
    EXPECT_EQ(asked->endpoint, endpoint.object.get());
    EXPECT_EQ(asked->destination, endpoint.at(0).object.get());
    EXPECT_EQ(asked->current.text(), "127.0.0.1:40130");
    EXPECT_FALSE(asks_after(5));
    EXPECT_TRUE(asks_after(1));
}

TEST_F(NameCheck, is_put_off_by_data_setups_and_measurements) {
    Endpoint& endpoint = receiver.add_endpoint(kControlled);
    EXPECT_FALSE(asks_after(4));
    receiver.arrive(endpoint, data_frame());
    EXPECT_FALSE(asks_after(4));
    receiver.arrive(endpoint, encoded(test_setup()));
    EXPECT_FALSE(asks_after(4));
    receiver.arrive(endpoint, encoded(protocol::RttMeasurement{.is_request = true}));
    EXPECT_FALSE(asks_after(4));
    receiver.arrive(endpoint, encoded(protocol::Nak{}));  // of no meaning here
    EXPECT_TRUE(asks_after(2));
}

TEST_F(NameCheck, leaves_others_than_explicit_control_alone) {
    receiver.add_endpoint(kUnicast);
    receiver.add_endpoint(kMulticast);
    EXPECT_FALSE(asks_after(20));
}

TEST(NameCheckOff, is_never_asked_for) {
    Settings settings = receiver_settings();
    settings.re_resolution_check_interval = 0ns;
    ReceiverHarness receiver(settings);
    receiver.add_endpoint(kControlled);
    for (int i = 0; i < 20; ++i) receiver.work_after(1s);
    EXPECT_EQ(receiver.event_count(), 0U);
}

TEST(ResolvedAgain, addresses_count_from_then_on) {
    Connected stream(kControlled);
    ReceiveEndpoint* const endpoint = stream.endpoint.object.get();
    ReceiveDestination* const destination = stream.endpoint.at(0).object.get();
    stream.receiver.command(ControlAddressResolved{endpoint, destination, source_at(40130)});
    EXPECT_EQ(stream.receiver.value(SystemCounter::resolution_changes), 0);  // the same
    stream.receiver.command(ControlAddressResolved{endpoint, destination, source_at(40139)});
    EXPECT_EQ(stream.receiver.value(SystemCounter::resolution_changes), 1);
    EXPECT_EQ(stream.after(1s),
              (Lines{"127.0.0.1:40139" + kStatus, "127.0.0.1:40139 SETUP? session=0 stream=0"}));
}

TEST(ResolvedAgain, addresses_of_a_destination_that_went_meanwhile_do_not_matter) {
    Connected stream(kControlled);
    ReceiveEndpoint* const endpoint = stream.endpoint.object.get();
    ReceiveDestination* const destination = stream.endpoint.at(0).object.get();
    stream.receiver.command(RemoveReceiveDestination{endpoint, destination});
    stream.receiver.command(ControlAddressResolved{endpoint, destination, source_at(40139)});
    EXPECT_EQ(stream.receiver.value(SystemCounter::resolution_changes), 0);
}

}  // namespace
}  // namespace tern::driver

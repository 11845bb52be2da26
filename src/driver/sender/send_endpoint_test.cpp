// What a send endpoint does with whatever arrives on its socket, and with names and errors.

#include "tern/driver/sender/send_endpoint.hpp"

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


class SendEndpointTest : public ::testing::Test {
  protected:
    std::int64_t count(SystemCounter counter) const { return sender.value(counter); }
    std::int64_t invalid() const { return count(SystemCounter::invalid_packets); }
    void arrive_raw(Endpoint& endpoint, std::vector<std::byte> bytes, std::size_t segment = 0) {
        endpoint.answers->arrive(SenderHarness::kPeer, bytes, 0, segment);
        sender.settle(endpoint);
    }
    SenderHarness sender;
};

TEST_F(SendEndpointTest, gives_each_frame_to_the_publication_that_it_names) {
    Endpoint& endpoint = sender.add_endpoint(kUnicast);
    Stream& one = sender.add_stream(endpoint, {.stream_id = 1});
    Stream& two = sender.add_stream(endpoint, {.stream_id = 2});
    sender.status(two, 0, 1024);
    EXPECT_EQ(one.sent_limit(), 0);
    EXPECT_EQ(two.sent_limit(), 1024);
    protocol::StatusMessage stranger = sender.status_of(one, 0, 4096);
    stranger.session_id += 1;
    sender.arrive(endpoint, stranger);
    EXPECT_EQ(one.sent_limit(), 0);
    EXPECT_EQ(count(SystemCounter::status_messages_received), 2);
    sender.arrive(endpoint, protocol::Nak{.session_id = 1, .stream_id = 1, .length = 64});
    EXPECT_EQ(count(SystemCounter::naks_received), 0);
    EXPECT_EQ(invalid(), 0);
}

TEST_F(SendEndpointTest, counts_and_drops_what_cannot_be) {
    Endpoint& endpoint = sender.add_endpoint(kUnicast);
    Stream& stream = sender.add_connected(endpoint, 1024);
    arrive_raw(endpoint, {});
    arrive_raw(endpoint, std::vector<std::byte>(7));
    arrive_raw(endpoint, std::vector<std::byte>(64, std::byte{0xFF}));
    EXPECT_EQ(invalid(), 3);
    sender.status(stream, 0, kHalf + 1);  // more than half a term
    sender.status(stream, 16, 64);
    sender.status(stream, 0, -1);
    sender.nak(stream, 7, 0, -64);
    sender.nak(stream, 7, 33, 64);
    sender.nak(stream, 7, 65504, 64);
    sender.nak(stream, 7, -64, 64);
    EXPECT_EQ(invalid(), 10);
    EXPECT_EQ(stream.sent_limit(), 1024);
    EXPECT_EQ(stream.naks.load_acquire(), 0);
    // A data frame is valid, but nothing for this socket.
    std::byte heartbeat[32];
    protocol::encode(protocol::Heartbeat{}, heartbeat);
    arrive_raw(endpoint, {heartbeat, heartbeat + 32});
    EXPECT_EQ(invalid(), 10);
}

TEST_F(SendEndpointTest, takes_apart_what_the_system_merged) {
    Endpoint& endpoint = sender.add_endpoint(kUnicast);
    Stream& stream = sender.add_connected(endpoint, 1024);
    const std::int64_t before = count(SystemCounter::status_messages_received);
    std::vector<std::byte> merged(3 * 36 - 5);
    for (int i = 0; i < 2; ++i) {
        protocol::encode(sender.status_of(stream, 0, 2048 + i), Bytes(merged).subspan(i * 36));
    }
    merged[36 + 4] = std::byte{1};  // the second one has a bad version; the third is too short
    arrive_raw(endpoint, merged, 36);
    EXPECT_EQ(count(SystemCounter::status_messages_received), before + 1);
    EXPECT_EQ(invalid(), 2);
    EXPECT_EQ(stream.sent_limit(), 2048);
}

TEST_F(SendEndpointTest, sends_to_the_group_and_listens_on_the_control_socket) {
    Endpoint& group =
        sender.add_endpoint("aeron:udp?endpoint=224.20.30.39:40180|interface=127.0.0.1");
    Stream& stream = sender.add_connected(group);
    ASSERT_NE(group.data, group.answers);
    stream.publish(64);
    sender.work();
    EXPECT_EQ(sender.take_sent(group), Lines{"DATA term=7 off=0 bytes=64"});
}

TEST_F(SendEndpointTest, sends_everything_to_all_destinations_of_a_dynamic_channel) {
    Endpoint& mdc = sender.add_endpoint("aeron:udp?control=127.0.0.1:40130|control-mode=dynamic");
    const protocol::StatusMessage any{.elicits_setup = true, .receiver_id = 1};
    sender.arrive(mdc, any, address(2, 5000));  // before there is any publication
    Stream& stream = sender.add_stream(mdc);
    EXPECT_EQ(sender.take_sent(mdc), Lines{"127.0.0.2:5000 SETUP term=7 off=0 flags=40"});
    sender.status(stream, 0, kHalf, address(3, 5000));
    sender.work();
    EXPECT_EQ(Counter(mdc.destinations).get(), 2);
    sender.take_sent(mdc);
    stream.publish(64);
    sender.work();
    EXPECT_EQ(sender.take_sent(mdc).size(), 2U);
    EXPECT_EQ(stream.signals.has_unicast_end_of_stream.load_acquire(), 0);
}

TEST_F(SendEndpointTest, follows_the_name_of_a_unicast_endpoint) {
    Endpoint& named = sender.add_endpoint("aeron:udp?endpoint=localhost:40123");
    Endpoint& literal = sender.add_endpoint(kUnicast);
    Stream& stream = sender.add_stream(named);
    sender.add_stream(literal);
    sender.status(stream, 0, kHalf);
    sender.event_count();
    for (int i = 0; i < 5; ++i) sender.work_after(seconds{1});
    EXPECT_EQ(sender.event_count(), 0U);
    sender.work_after(seconds{1} + Nanos{1});
    sender.work_after(seconds{1});
    const auto asked = sender.take_event<ReResolveSend>();
    EXPECT_EQ(asked.endpoint, named.object.get());
    EXPECT_EQ(asked.name, "localhost:40123");
    EXPECT_EQ(asked.current, address(1, 40123));
    EXPECT_EQ(count(SystemCounter::resolution_changes), 0);
    sender.command(SendAddressResolved{named.object.get(), "localhost:40123", address(1, 40123)});
    sender.command(SendAddressResolved{named.object.get(), "other:40123", address(9, 40123)});
    EXPECT_TRUE(named.data->peers.empty());
    sender.command(SendAddressResolved{named.object.get(), "localhost:40123", address(2, 40123)});
    EXPECT_EQ(named.data->peers, std::vector<SocketAddress>{address(2, 40123)});
    EXPECT_EQ(count(SystemCounter::resolution_changes), 1);
    sender.command(RemoveSendEndpoint{literal.object.get()});
    sender.command(SendAddressResolved{literal.object.get(), "x:1", address(2, 1)});  // too late
}

TEST_F(SendEndpointTest, names_the_address_of_each_send_where_sockets_are_not_connected) {
    Settings settings = sender_settings();
    settings.connect_sockets = false;
    SenderHarness unconnected(settings);
    Endpoint& endpoint = unconnected.add_endpoint(kUnicast);
    unconnected.add_stream(endpoint);
    EXPECT_EQ(unconnected.take_sent(endpoint),
              Lines{"127.0.0.1:40123 SETUP term=7 off=0 flags=00"});
}

TEST_F(SendEndpointTest, reports_a_failing_socket_but_no_storm_of_it) {
    Endpoint& endpoint = sender.add_endpoint(kUnicast);
    Stream& stream = sender.add_connected(endpoint);
    endpoint.data->send_error = 101;
    stream.publish(64);
    for (int i = 0; i < 1000; ++i) sender.work();
    EXPECT_EQ(count(SystemCounter::errors), ReportCap::kPerSecond);
    ASSERT_EQ(sender.logged_errors().size(), 1U);
    EXPECT_NE(sender.logged_errors()[0].find("127.0.0.1:40123"), std::string::npos);
    EXPECT_NE(sender.logged_errors()[0].find("(101)"), std::string::npos);
    EXPECT_EQ(stream.sent_to(), 0);
    EXPECT_GT(sender.sender().next_deadline(), sender.clock.now() + milliseconds{1});
    endpoint.data->send_error = 0;
    sender.work();
    EXPECT_EQ(stream.sent_to(), 64);
    endpoint.data->receive_error = -9;
    sender.work_after(seconds{1});
    EXPECT_EQ(sender.logged_errors().size(), 2U);
}

TEST_F(SendEndpointTest, reports_an_odd_group_tag) {
    sender.settings.multicast_flow_control_supplier = "multicast_tagged";
    Endpoint& mdc = sender.add_endpoint("aeron:udp?control=127.0.0.1:40130|control-mode=dynamic");
    Stream& stream = sender.add_stream(mdc);
    std::vector<std::byte> bytes(40);
    protocol::encode(sender.status_of(stream, 0, 1024), bytes);
    bytes[0] = std::byte{40};
    arrive_raw(mdc, bytes);
    ASSERT_EQ(sender.logged_errors().size(), 1U);
    EXPECT_NE(sender.logged_errors()[0].find("0 or 8 bytes for the group_tag"), std::string::npos);
}

// Whatever arrives, one cycle reads a bounded number of datagrams, and nothing is kept of them.
TEST_F(SendEndpointTest, does_bounded_work_in_a_storm) {
    Endpoint& endpoint = sender.add_endpoint(kUnicast);
    Stream& stream = sender.add_connected(endpoint);
    SeededRandom random(3);
    std::byte bytes[protocol::ErrorFrame::kMaxLength];
    for (int i = 0; i < 20'000; ++i) {
        const std::uint64_t draw = random.next();
        const auto id = static_cast<std::int64_t>(draw >> 8);
        protocol::StatusMessage message = sender.status_of(stream, 0, 1024);
        message.receiver_id = id % 5000;
        message.elicits_setup = (draw & 8) != 0;
        const protocol::ErrorFrame error{.session_id = SenderHarness::kSession,
                                         .stream_id = 1001,
                                         .receiver_id = id % 5000,
                                         .error_code = 13,
                                         .text = "storm"};
        const protocol::Nak nak{.session_id = SenderHarness::kSession,
                                .stream_id = 1001,
                                .term_id = static_cast<std::int32_t>(draw >> 32),
                                .term_offset = static_cast<std::int32_t>(draw & 0xFFE0),
                                .length = 64};
        std::size_t length = 0;
        switch (draw % 4) {
            case 0: length = protocol::encode(message, bytes); break;
            case 1: length = protocol::encode(error, bytes); break;
            case 2: length = protocol::encode(nak, bytes); break;
            default: {
                length = draw % 64;
                for (std::size_t k = 0; k < length; ++k) {
                    bytes[k] = static_cast<std::byte>(random.next());
                }
            }
        }
        endpoint.answers->arrive(SenderHarness::kPeer, Bytes(bytes).first(length));
    }
    while (!endpoint.answers->arrivals.empty()) {
        const std::size_t before = endpoint.answers->arrivals.size();
        sender.work();
        EXPECT_LE(before - endpoint.answers->arrivals.size(), 16U);
    }
    EXPECT_LE(count(SystemCounter::errors), ReportCap::kPerSecond);
    EXPECT_EQ(stream.signals.has_receivers.load_acquire(), 1);
    stream.publish(64);
    sender.work();
    EXPECT_EQ(stream.sent_to(), 64);
}

}  // namespace
}  // namespace tern::driver

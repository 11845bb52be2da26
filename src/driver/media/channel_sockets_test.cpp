#include "tern/driver/media/channel_sockets.hpp"

#include <gtest/gtest.h>

#include "tern/base/clock.hpp"
#include "tern/driver/testing/memory_network.hpp"

namespace tern::driver {
namespace {

// Channels of a host with the addresses 10.0.0.1 and fd00::1, and 127.0.0.1 and ::1.
class ChannelSocketsTest : public ::testing::Test {
  protected:
    ManualClock clock;
    MemoryNetwork network{clock};
    MemoryHost& host =
        network.add_host("host", {*IpAddress::parse("10.0.0.1"), *IpAddress::parse("fd00::1")});
    uri::WildcardSuffixes suffixes;
    Settings settings;

    uri::UdpChannel channel(std::string_view parameters) {
        return uri::UdpChannel::resolve(
                   ChannelUri::parse("aeron:udp?" + std::string(parameters)).value(), host,
                   suffixes)
            .value();
    }
    SendSocketSpecs sending(std::string_view parameters) {
        return send_socket_specs(channel(parameters), settings);
    }
    SocketSpec receiving(std::string_view parameters) {
        return receive_socket_spec(channel(parameters), settings);
    }
    static std::string text(const std::optional<SocketAddress>& address) {
        return address ? address->text() : "none";
    }
    static std::string text(const std::optional<IpAddress>& address) {
        return address ? address->text() : "none";
    }
};

TEST_F(ChannelSocketsTest, a_unicast_publication_is_bound_to_anything_and_connected) {
    const SendSocketSpecs specs = sending("endpoint=10.0.0.2:40123");
    EXPECT_EQ(text(specs.data.bind), "0.0.0.0:0");
    EXPECT_EQ(text(specs.data.connect), "10.0.0.2:40123");
    EXPECT_EQ(text(specs.data.join), "none");
    EXPECT_FALSE(specs.data.shares_port);
    EXPECT_FALSE(specs.control);
}

TEST_F(ChannelSocketsTest, a_unicast_publication_is_bound_to_the_interface_that_it_names) {
    const SocketSpec data = sending("endpoint=10.0.0.2:40123|interface=10.0.0.0:4567/24").data;
    EXPECT_EQ(text(data.bind), "10.0.0.1:4567");
    EXPECT_EQ(text(data.multicast_interface), "none");
}

TEST_F(ChannelSocketsTest, a_publication_need_not_be_connected) {
    settings.connect_sockets = false;
    const SocketSpec data = sending("endpoint=10.0.0.2:40123").data;
    EXPECT_EQ(text(data.connect), "none");
    EXPECT_EQ(text(data.unconnected_peer), "10.0.0.2:40123");
}

TEST_F(ChannelSocketsTest, a_publication_with_control_is_bound_there_and_connected) {
    const SocketSpec data = sending("endpoint=10.0.0.2:40123|control=10.0.0.1:40124").data;
    EXPECT_EQ(text(data.bind), "10.0.0.1:40124");
    EXPECT_EQ(text(data.connect), "10.0.0.2:40123");
}

TEST_F(ChannelSocketsTest, a_multicast_publication_has_an_unbound_and_a_control_socket) {
    const auto [data, control] = sending("endpoint=224.20.30.39:40180|interface=10.0.0.1|ttl=8");
    EXPECT_EQ(text(data.bind), "none");
    EXPECT_EQ(text(data.connect), "224.20.30.39:40180");
    EXPECT_EQ(text(data.join), "none");
    EXPECT_EQ(text(data.multicast_interface), "10.0.0.1");
    EXPECT_EQ(data.multicast_ttl, 8);
    EXPECT_FALSE(data.shares_port);

    ASSERT_TRUE(control);
    EXPECT_EQ(text(control->bind), "0.0.0.0:40180");
    EXPECT_EQ(text(control->connect), "none");
    EXPECT_EQ(text(control->join), "224.20.30.40");
    EXPECT_EQ(text(control->multicast_interface), "10.0.0.1");
    EXPECT_TRUE(control->shares_port);
}

TEST_F(ChannelSocketsTest, multicast_works_alike_for_ipv6_by_interface_number) {
    const auto [data, control] = sending("endpoint=[ff02::fd]:40180|interface=[fd00::1]");
    EXPECT_EQ(data.family, AddressFamily::ipv6);
    EXPECT_EQ(data.interface_index, 2U);
    EXPECT_EQ(control->family, AddressFamily::ipv6);
    EXPECT_EQ(text(control->bind), "[::]:40180");
    EXPECT_EQ(text(control->join), "ff02::fe");
    EXPECT_EQ(control->interface_index, 2U);
}

TEST_F(ChannelSocketsTest, multi_destination_publications_are_not_connected) {
    const SocketSpec dynamic = sending("control=10.0.0.1:40124|control-mode=dynamic").data;
    EXPECT_EQ(text(dynamic.bind), "10.0.0.1:40124");
    EXPECT_EQ(text(dynamic.connect), "none");
    EXPECT_EQ(text(dynamic.unconnected_peer), "none");

    const SocketSpec manual = sending("control-mode=manual").data;
    EXPECT_EQ(text(manual.bind), "0.0.0.0:0");
    EXPECT_EQ(text(manual.connect), "none");

    const SocketSpec with_endpoint =
        sending("control=10.0.0.1:40124|control-mode=dynamic|endpoint=10.0.0.2:40123").data;
    EXPECT_EQ(text(with_endpoint.connect), "none");
}

TEST_F(ChannelSocketsTest, a_response_publication_is_bound_to_control) {
    const SocketSpec data = sending("control=10.0.0.1:40124|control-mode=response").data;
    EXPECT_EQ(text(data.bind), "10.0.0.1:40124");
    EXPECT_EQ(text(data.connect), "none");
    EXPECT_EQ(
        text(sending("control=10.0.0.1:1|control-mode=response|endpoint=10.0.0.2:2").data.connect),
        "10.0.0.2:2");
}

TEST_F(ChannelSocketsTest, a_unicast_subscription_is_bound_to_the_endpoint_only) {
    const SocketSpec spec = receiving("endpoint=10.0.0.1:40123|interface=127.0.0.1");
    EXPECT_EQ(text(spec.bind), "10.0.0.1:40123");
    EXPECT_EQ(text(spec.connect), "none");
    EXPECT_FALSE(spec.shares_port);
    EXPECT_EQ(text(answer_address(channel("endpoint=10.0.0.1:40123"))), "none");
}

TEST_F(ChannelSocketsTest, a_multicast_subscription_joins_the_data_address) {
    const std::string_view parameters = "endpoint=224.20.30.39:40180|interface=10.0.0.1|ttl=8";
    const SocketSpec spec = receiving(parameters);
    EXPECT_EQ(text(spec.bind), "0.0.0.0:40180");
    EXPECT_EQ(text(spec.join), "224.20.30.39");
    EXPECT_EQ(text(spec.multicast_interface), "10.0.0.1");
    EXPECT_EQ(spec.multicast_ttl, 8);
    EXPECT_TRUE(spec.shares_port);
    EXPECT_EQ(text(answer_address(channel(parameters))), "224.20.30.40:40180");
}

TEST_F(ChannelSocketsTest, a_subscription_with_control_answers_there) {
    const std::string_view parameters = "endpoint=10.0.0.1:40123|control=10.0.0.2:40124";
    EXPECT_EQ(text(receiving(parameters).bind), "10.0.0.1:40123");
    EXPECT_EQ(text(answer_address(channel(parameters))), "10.0.0.2:40124");
}

TEST_F(ChannelSocketsTest, a_response_subscription_is_bound_to_anything_of_the_family_of_control) {
    EXPECT_EQ(text(receiving("control=10.0.0.2:40124|control-mode=response").bind), "0.0.0.0:0");
    const SocketSpec spec = receiving("control=[fd00::2]:40124|control-mode=response");
    EXPECT_EQ(text(spec.bind), "[::]:0");
    EXPECT_EQ(spec.family, AddressFamily::ipv6);
}

TEST_F(ChannelSocketsTest, lengths_and_classes_are_those_of_the_channel_else_of_the_settings) {
    settings.socket_receive_buffer_length = 1000;
    settings.socket_send_buffer_length = 2000;
    settings.socket_tos = 3;
    settings.multicast_ttl = 4;
    const SocketSpec by_settings = receiving("endpoint=224.20.30.39:40180|interface=10.0.0.1");
    EXPECT_EQ(by_settings.receive_buffer, 1000);
    EXPECT_EQ(by_settings.send_buffer, 2000);
    EXPECT_EQ(by_settings.traffic_class, 3);
    EXPECT_EQ(by_settings.multicast_ttl, 4);

    const SocketSpec by_channel =
        sending("endpoint=10.0.0.2:1|so-rcvbuf=10|so-sndbuf=20|so-tos=0|ttl=7").data;
    EXPECT_EQ(by_channel.receive_buffer, 10);
    EXPECT_EQ(by_channel.send_buffer, 20);
    EXPECT_EQ(by_channel.traffic_class, 0);
    EXPECT_EQ(by_channel.multicast_ttl, 0);  // multicast only
}

TEST_F(ChannelSocketsTest, destinations_have_the_buffers_and_times_of_their_subscription) {
    const SocketSpec spec = receive_destination_spec(
        channel("endpoint=224.20.30.39:40180|interface=10.0.0.1|ttl=8|so-rcvbuf=5"),
        channel("control-mode=manual|so-rcvbuf=64k|so-tos=9|media-rcv-ts-offset=reserved"),
        settings);
    EXPECT_EQ(spec.receive_buffer, 65'536);
    EXPECT_EQ(spec.traffic_class, 9);
    EXPECT_TRUE(spec.wants_kernel_time);
    EXPECT_EQ(text(spec.join), "224.20.30.39");
    EXPECT_EQ(spec.multicast_ttl, 8);
}

TEST_F(ChannelSocketsTest, kernel_times_are_for_subscriptions_that_want_them) {
    EXPECT_TRUE(receiving("endpoint=10.0.0.1:1|media-rcv-ts-offset=0").wants_kernel_time);
    EXPECT_FALSE(receiving("endpoint=10.0.0.1:1|channel-rcv-ts-offset=0").wants_kernel_time);
    EXPECT_FALSE(sending("endpoint=10.0.0.1:1|media-rcv-ts-offset=0").data.wants_kernel_time);
}

TEST_F(ChannelSocketsTest, senders_take_ports_of_the_range_for_explicit_control_only) {
    EXPECT_TRUE(takes_sender_port(channel("control=10.0.0.1:0|control-mode=dynamic")));
    EXPECT_FALSE(takes_sender_port(channel("endpoint=10.0.0.2:40123")));
    EXPECT_FALSE(takes_sender_port(channel("control-mode=manual")));
}

}  // namespace
}  // namespace tern::driver

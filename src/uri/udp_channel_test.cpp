#include "tern/uri/udp_channel.hpp"

#include <gtest/gtest.h>

#include "tern/uri/fake_network_for_test.hpp"

namespace tern::uri {
namespace {

struct Machine {
    FakeNetwork      network;
    WildcardSuffixes suffixes;

    Result<UdpChannel> try_resolve(std::string_view parameters) {
        Result<ChannelUri> uri = ChannelUri::parse("aeron:udp?" + std::string{parameters});
        if (!uri) return std::move(uri).error();
        return UdpChannel::resolve(*uri, network, suffixes);
    }
    UdpChannel resolve(std::string_view parameters) {
        Result<UdpChannel> channel = try_resolve(parameters);
        EXPECT_TRUE(channel) << channel.error().text;
        return *std::move(channel);
    }
    std::string canonical(std::string_view parameters) {
        return resolve(parameters).canonical_form;
    }
    std::string fault(std::string_view parameters) {
        Result<UdpChannel> channel = try_resolve(parameters);
        EXPECT_FALSE(channel) << parameters;
        return channel.error().text;
    }
};

TEST(UdpChannel, has_the_canonical_forms_of_golden_vectors_22_1) {
    Machine machine;
    const auto form = [&](std::string_view parameters) { return machine.canonical(parameters); };
    EXPECT_EQ(form("endpoint=192.168.0.1:20000"), "UDP-0.0.0.0:0-192.168.0.1:20000");
    EXPECT_EQ(form("interface=127.0.0.1:40455|endpoint=192.168.0.1:20000"),
              "UDP-127.0.0.1:40455-192.168.0.1:20000");
    EXPECT_EQ(form("interface=localhost|endpoint=localhost:20000"),
              "UDP-127.0.0.1:0-localhost:20000");
    EXPECT_EQ(form("endpoint=224.0.1.1:20000|interface=localhost"),
              "UDP-127.0.0.1:0-224.0.1.1:20000");
    EXPECT_EQ(form("endpoint=[::1]:40456"), "UDP-[::]:0-[::1]:40456");
    EXPECT_EQ(form("interface=[::1]|endpoint=[FF01::FD]:20000"),
              "UDP-[::1]:0-[ff01::fd]:20000");
    EXPECT_EQ(form("control=localhost:40124|control-mode=dynamic"),
              "UDP-localhost:40124-0.0.0.0:0");
    EXPECT_EQ(form("control=127.0.0.1:40124|endpoint=127.0.0.1:9999"),
              "UDP-127.0.0.1:40124-127.0.0.1:9999");
    EXPECT_EQ(form("tags=1001|endpoint=127.0.0.1:0"), "UDP-0.0.0.0:0-127.0.0.1:0#1001");
    EXPECT_EQ(form("tags=1001|endpoint=127.0.0.1:9999|control=127.0.0.1:0"),
              "UDP-127.0.0.1:0-127.0.0.1:9999#1001");
    EXPECT_EQ(form("tags=1001"), "UDP-0.0.0.0:0-0.0.0.0:0#1001");
    EXPECT_EQ(form("endpoint=127.0.0.1:0"), "UDP-0.0.0.0:0-127.0.0.1:0-0");
    EXPECT_EQ(form("control-mode=manual"), "UDP-0.0.0.0:0-0.0.0.0:0-1");
}

TEST(UdpChannel, has_a_canonical_form_without_suffix_as_a_destination) {
    Machine machine;
    const auto uri = ChannelUri::parse("aeron:udp?endpoint=127.0.0.1:0");
    const auto channel = UdpChannel::resolve_destination(*uri, machine.network);
    ASSERT_TRUE(channel);
    EXPECT_EQ(channel->canonical_form, "UDP-0.0.0.0:0-127.0.0.1:0");
    EXPECT_EQ(machine.suffixes.next, 0u);
}

TEST(UdpChannel, never_suffixes_multicast) {
    Machine machine;
    EXPECT_EQ(machine.canonical("endpoint=224.0.1.1:0|interface=localhost"),
              "UDP-127.0.0.1:0-224.0.1.1:0");
}

TEST(UdpChannel, finds_the_control_addresses_of_the_table_in_7_5) {
    Machine machine;
    const auto control = [&](std::string_view endpoint) {
        return machine.resolve("endpoint=" + std::string{endpoint}).remote_control.text();
    };
    EXPECT_EQ(control("224.0.1.1:40456"), "224.0.1.2:40456");
    EXPECT_EQ(control("224.10.9.9:40124"), "224.10.9.10:40124");
    EXPECT_EQ(control("[ff01::fd]:40456"), "[ff01::fe]:40456");
    EXPECT_EQ(control("239.255.0.255:9000"), "239.255.0.0:9000");
}

TEST(UdpChannel, classifies_multicast_control_and_unicast) {
    Machine machine;
    const UdpChannel multicast =
        machine.resolve("endpoint=224.0.1.1:4040|control=localhost:1|interface=192.168.0.0/24");
    EXPECT_TRUE(multicast.is_multicast && multicast.has_group_semantics());
    EXPECT_FALSE(multicast.has_explicit_control);
    EXPECT_EQ(multicast.local.text(), "192.168.0.20:0");
    EXPECT_EQ(multicast.interface_index, 2u);

    const UdpChannel control = machine.resolve("control=localhost:4040|interface={eth0}");
    EXPECT_TRUE(control.has_explicit_control);
    EXPECT_FALSE(control.has_endpoint);
    EXPECT_EQ(control.local.text(), "127.0.0.1:4040");
    EXPECT_EQ(control.remote_data.text(), "0.0.0.0:0");
    EXPECT_EQ(control.interface_index, 2u);

    const UdpChannel unicast = machine.resolve("endpoint=localhost:4040");
    EXPECT_FALSE(unicast.is_multicast || unicast.has_group_semantics());
    EXPECT_EQ(unicast.remote_data.text(), "127.0.0.1:4040");
    EXPECT_EQ(unicast.remote_control.text(), "127.0.0.1:4040");
    EXPECT_EQ(unicast.local.text(), "0.0.0.0:0");

    EXPECT_EQ(machine.resolve("control=[::1]:1|control-mode=dynamic").remote_data.text(),
              "[::]:0");
}

TEST(UdpChannel, takes_the_any_address_of_a_unicast_interface_without_a_search) {
    Machine machine;
    machine.network.interfaces_.clear();
    EXPECT_EQ(machine.canonical("endpoint=10.0.0.1:1|interface=0.0.0.0:55"),
              "UDP-0.0.0.0:55-10.0.0.1:1");
    EXPECT_TRUE(machine.fault("endpoint=224.0.1.1:1|interface=0.0.0.0")
                    .starts_with("could not find matching interface='0.0.0.0'"));
}

TEST(UdpChannel, reads_what_examples_24_54_55_and_151_say) {
    Machine machine;
    EXPECT_EQ(machine.resolve("endpoint=localhost:4040|endpoint=localhost:4041").remote_data.port,
              4041);                                                                        // 24
    EXPECT_EQ(machine.resolve("endpoint=localhost:4040|ttl=abc").socket.ttl, 0);            // 54
    EXPECT_EQ(machine.resolve("endpoint=localhost:4040|so-sndbuf=0").socket.send_buffer, 0);// 55
    EXPECT_EQ(machine.resolve("endpoint=localhost:4040|so-tos=0x2e").socket.traffic_class,
              46);                                                                          // 151
}

TEST(UdpChannel, reads_its_socket_parameters) {
    Machine machine;
    const UdpChannel channel = machine.resolve(
        "endpoint=localhost:4040|ttl=300|so-sndbuf=2m|so-rcvbuf=1m|so-tos=255|rcv-wnd=64k|"
        "media-rcv-ts-offset=reserved|channel-rcv-ts-offset=0|channel-snd-ts-offset=8");
    EXPECT_EQ(channel.socket.ttl, 255);
    EXPECT_EQ(channel.socket.send_buffer, 2 << 20);
    EXPECT_EQ(channel.socket.receive_buffer, 1 << 20);
    EXPECT_EQ(channel.socket.receiver_window, 65536);
    EXPECT_EQ(channel.timestamps.media_receive, kReservedValueOffset);
    EXPECT_EQ(channel.timestamps.channel_receive, 0);
    EXPECT_EQ(channel.timestamps.channel_send, 8);
    EXPECT_EQ(machine.resolve("endpoint=localhost:1|channel-snd-ts-offset=-1")
                  .timestamps.channel_send,
              std::nullopt);
}

TEST(UdpChannel, reports_faults_of_control_before_those_of_the_endpoint) {
    Machine machine;
    EXPECT_EQ(machine.fault("endpoint=b|control=a"),
              "port invalid: '': Unresolved - control=a, channel=aeron:udp?endpoint=b|control=a");
}

TEST(UdpChannel, finds_every_overlap_of_timestamps) {
    Machine machine;
    const auto fault = [&](std::string_view parameters) {
        return machine.fault("endpoint=localhost:1|" + std::string{parameters});
    };
    EXPECT_TRUE(fault("media-rcv-ts-offset=0|channel-snd-ts-offset=7")
                    .starts_with("media-rcv-ts-offset and channel-snd-ts-offset overlap"));
    EXPECT_TRUE(fault("channel-rcv-ts-offset=reserved|channel-snd-ts-offset=reserved")
                    .starts_with("channel-rcv-ts-offset and channel-snd-ts-offset overlap"));
    EXPECT_TRUE(fault("media-rcv-ts-offset=2147483648")
                    .starts_with("Invalid media-rcv-ts-offset: 2147483648"));
    machine.resolve("endpoint=localhost:1|media-rcv-ts-offset=2147483647|"
                    "channel-snd-ts-offset=-2147483648");
}

TEST(UdpChannel, strictly_parses_its_tag) {
    Machine machine;
    EXPECT_EQ(machine.resolve("endpoint=localhost:1|tags=-5").tag, -5);
    EXPECT_EQ(machine.resolve("endpoint=localhost:1|tags=9223372036854775807").tag, INT64_MAX);
    EXPECT_EQ(machine.resolve("endpoint=localhost:1|tags=,5").tag, std::nullopt);
    for (const char* tag : {"7x", "0x7", "9223372036854775808", "-1", " 7"}) {
        EXPECT_TRUE(machine.fault(std::string{"endpoint=localhost:1|tags="} + tag)
                        .starts_with("could not parse channel tag string: "));
    }
}

TEST(SocketBuffers, of_the_first_source_that_has_a_length_bound_mtu_and_window) {
    EXPECT_TRUE(check_mtu_fits_send_buffer(1408, {}));
    EXPECT_TRUE(check_mtu_fits_send_buffer(1408, {.context = 1408, .os_default = 1}));
    EXPECT_EQ(check_mtu_fits_send_buffer(1408, {.endpoint = 1, .channel = 2}).error().text,
              "MTU greater than SO_SNDBUF for endpoint: mtu=1408 so-sndbuf=1");
    EXPECT_EQ(check_mtu_fits_send_buffer(1408, {.context = 3, .os_default = 4}).error().text,
              "MTU greater than SO_SNDBUF for context: mtu=1408 so-sndbuf=3");
    EXPECT_EQ(check_mtu_fits_send_buffer(1408, {.os_default = 4}).error().text,
              "MTU greater than SO_SNDBUF for os default: mtu=1408 so-sndbuf=4");

    Machine machine;
    const UdpChannel channel = machine.resolve("endpoint=localhost:1");
    const auto window_fault = [&](const SocketBufferSources& sources, const UdpChannel* existing) {
        return check_window_fits_receive_buffer(65, sources, channel, existing).error().text;
    };
    EXPECT_TRUE(check_window_fits_receive_buffer(64, {.channel = 64}, channel, nullptr));
    EXPECT_EQ(window_fault({.channel = 64}, &channel),
              "Initial window greater than SO_RCVBUF for channel: rcv-wnd=65 so-rcvbuf=64 "
              "existingChannel=aeron:udp?endpoint=localhost:1 "
              "channel=aeron:udp?endpoint=localhost:1");
    EXPECT_EQ(window_fault({.os_default = 9}, nullptr),
              "Initial window greater than SO_RCVBUF for channel: rcv-wnd=65 so-rcvbuf=9 (OS "
              "default) channel=aeron:udp?endpoint=localhost:1");
}

TEST(UdpChannel, needs_a_control_address_for_dynamic_control_also_with_a_multicast_endpoint) {
    Machine machine;
    const UdpChannel channel =
        machine.resolve("endpoint=224.0.1.1:1|control=localhost:2|control-mode=dynamic");
    const auto checked = check_publication_addresses(channel);
    ASSERT_FALSE(checked);
    EXPECT_TRUE(checked.error().text.starts_with(
        "'control-mode=dynamic' requires that 'control' parameter is set, channel="));
}

TEST(UdpChannel, accepts_an_unknown_control_mode_beside_control) {
    Machine machine;
    EXPECT_TRUE(check_publication_addresses(machine.resolve("control=localhost:1|control-mode=x")));
}

}  // namespace
}  // namespace tern::uri

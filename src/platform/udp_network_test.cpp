#include "tern/platform/udp_network.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tern/platform/testing/in_child.hpp"

namespace tern::platform {
namespace {

using driver::SocketSpec;

const IpAddress kThisHost = IpAddress::ipv4(127, 0, 0, 1);

std::string fault(const SocketSpec& spec) {
    const auto socket = UdpNetwork{}.open(spec);
    if (socket) return "none";
    EXPECT_EQ(socket.error().code, ErrorCode::generic_error);
    return socket.error().text;
}
bool says(const std::string& text, const std::string& what) {
    return text.find(what) != std::string::npos;
}

TEST(UdpNetwork, says_that_a_port_is_in_use_and_what_to_do) {
    UdpNetwork network;
    const auto socket = *network.open({.bind = SocketAddress{kThisHost, 0}});
    const SocketAddress taken = socket->local_address();

    const std::string text = fault({.bind = taken});

    EXPECT_TRUE(says(text, "failed to bind(")) << text;
    EXPECT_TRUE(says(text, ", " + taken.text() + "): (98) Address already in use")) << text;
    EXPECT_TRUE(says(text, "choose another one")) << text;
}

TEST(UdpNetwork, says_that_an_address_is_not_of_this_machine) {
    const std::string text = fault({.bind = SocketAddress{IpAddress::ipv4(192, 0, 2, 200), 0}});
    EXPECT_TRUE(says(text, "192.0.2.200:0): (99) Cannot assign requested address: no interface"))
        << text;
}

TEST(UdpNetwork, says_that_there_is_no_such_interface) {
    const std::string text = fault({.bind = SocketAddress{IpAddress{}, 0},
                                    .join = IpAddress::ipv4(224, 0, 1, 1),
                                    .multicast_interface = IpAddress::ipv4(192, 0, 2, 200)});
    EXPECT_TRUE(says(text, "failed to join(224.0.1.1 on interface 192.0.2.200")) << text;
    EXPECT_TRUE(says(text, "(19) No such device: there is no such interface")) << text;
}

TEST(UdpNetwork, says_that_families_do_not_mix) {
    const SocketAddress six{*IpAddress::parse("::1"), 0};
    EXPECT_TRUE(says(fault({.bind = six}), "IPv4 and IPv6 do not mix"));
}

TEST(UdpNetwork, says_that_a_peer_cannot_be_reached_from_the_address) {
    const std::string text = fault({.bind = SocketAddress{kThisHost, 0},
                                    .connect = SocketAddress{IpAddress::ipv4(192, 0, 2, 1), 9}});
    EXPECT_TRUE(says(text, "failed to connect(127.0.0.1:")) << text;
    EXPECT_TRUE(says(text, "to 192.0.2.1:9): (22) ")) << text;
}

TEST(UdpNetwork, says_that_there_are_too_many_open_files) {
    const int status = in_child([] {
        UdpNetwork network;
        (void)network.epoch_ns();  // the sanitizer's first look at an object takes a descriptor
        rlimit usual{};
        ::getrlimit(RLIMIT_NOFILE, &usual);
        const rlimit few{3, usual.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &few);
        const auto socket = network.open({});
        ::setrlimit(RLIMIT_NOFILE, &usual);  // the end of the object is looked at, too
        return !socket && says(socket.error().text, "raise 'ulimit -n'") ? 0 : 1;
    });
    EXPECT_EQ(status, 0);
}

TEST(UdpNetwork, resolves_names_and_says_why_not) {
    UdpNetwork network;
    EXPECT_EQ(network.resolve("localhost").value(), kThisHost);
    EXPECT_EQ(network.resolve("127.0.0.1").value(), kThisHost);
    EXPECT_EQ(network.resolve("::1").value().text(), "::1");  // no IPv4 address: then IPv6
    const std::vector<std::string> bad{"", {"a\0b", 3}, std::string(300, 'a')};
    for (const std::string& name : bad) {
        const auto unknown = network.resolve(name);
        ASSERT_FALSE(unknown) << name;
        EXPECT_EQ(unknown.error().code, ErrorCode::unknown_host);
        EXPECT_EQ(unknown.error().text.front(), '(');
    }
    EXPECT_EQ(network.resolve("").error().text, "(-2) Name or service not known");
}

TEST(UdpNetwork, lists_the_loopback_interface) {
    const auto interfaces = UdpNetwork{}.interfaces();
    const auto lo = std::find_if(interfaces.begin(), interfaces.end(),
                                 [](const auto& one) { return one.address == kThisHost; });
    ASSERT_NE(lo, interfaces.end());
    EXPECT_EQ(lo->name, "lo");
    EXPECT_EQ(lo->index, 1U);
    EXPECT_EQ(lo->prefix_length, 8);
    EXPECT_TRUE(lo->is_up);
    EXPECT_TRUE(lo->is_loopback);

    const auto lo6 = std::find_if(interfaces.begin(), interfaces.end(),
                                  [](const auto& one) { return one.address.text() == "::1"; });
    ASSERT_NE(lo6, interfaces.end());
    EXPECT_EQ(lo6->prefix_length, 128);
}

TEST(UdpNetwork, knows_what_the_system_makes_of_buffer_lengths) {
    UdpNetwork network;
    const driver::SocketBufferLimits limits = network.buffer_limits();
    EXPECT_GT(limits.default_send, 0);
    EXPECT_GT(limits.default_receive, 0);
    for (const std::int64_t asked : {std::int64_t{0}, std::int64_t{1}, std::int64_t{10'000},
                                     std::int64_t{131'072}, std::int64_t{1} << 40}) {
        const auto socket = *network.open({.receive_buffer = asked, .send_buffer = asked});
        EXPECT_EQ(socket->send_buffer_length(), limits.granted_send(asked)) << asked;
        EXPECT_EQ(socket->receive_buffer_length(), limits.granted_receive(asked)) << asked;
    }
}

}  // namespace
}  // namespace tern::platform

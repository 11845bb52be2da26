#include "tern/driver/media/port_manager.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace tern::driver {
namespace {

TEST(PortManager, leaves_the_choice_to_the_system_without_a_range) {
    PortManager ports{{}};
    EXPECT_EQ(ports.take(0, true)->port(), 0);
    EXPECT_EQ(ports.in_use(), 0U);
}

TEST(PortManager, leaves_the_choice_to_the_system_where_it_may_not_choose) {
    PortManager ports{{20000, 20009}};
    EXPECT_EQ(ports.take(0, false)->port(), 0);
}

TEST(PortManager, goes_on_after_the_last_port_and_wraps) {
    PortManager ports{{20000, 20002}};
    EXPECT_EQ(ports.take(0, true)->port(), 20000);  // each is given back at once
    EXPECT_EQ(ports.take(0, true)->port(), 20001);
    EXPECT_EQ(ports.take(0, true)->port(), 20002);
    EXPECT_EQ(ports.take(0, true)->port(), 20000);
}

TEST(PortManager, skips_ports_in_use_also_those_that_channels_name) {
    PortManager ports{{20000, 20003}};
    const PortLease named = *ports.take(20001, true);
    const PortLease first = *ports.take(0, true);
    const PortLease second = *ports.take(0, true);
    EXPECT_EQ(named.port(), 20001);
    EXPECT_EQ(first.port(), 20000);
    EXPECT_EQ(second.port(), 20002);
}

TEST(PortManager, says_so_when_all_are_in_use_until_one_is_given_back) {
    PortManager ports{{20000, 20001}};
    PortLease first = *ports.take(0, true);
    const PortLease second = *ports.take(0, true);

    const auto third = ports.take(0, true);
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().code, ErrorCode::generic_error);
    EXPECT_EQ(third.error().text.rfind("no available ports in range 20000 20001", 0), 0U);

    first = PortLease{};
    EXPECT_EQ(ports.take(0, true)->port(), 20000);
}

TEST(PortManager, a_port_of_several_sockets_is_in_use_until_the_last_is_closed) {
    PortManager ports{{20000, 20000}};
    std::vector<PortLease> leases;
    leases.push_back(*ports.take(20000, true));
    leases.push_back(*ports.take(20000, true));
    leases.pop_back();
    EXPECT_FALSE(ports.take(0, true));
    leases.pop_back();
    EXPECT_TRUE(ports.take(0, true));
}

TEST(PortManager, never_gives_out_port_0_and_reaches_the_highest) {
    PortManager low{{0, 1}};
    const PortLease only = *low.take(0, true);
    EXPECT_EQ(only.port(), 1);
    EXPECT_FALSE(low.take(0, true));

    PortManager high{{65535, 65535}};
    EXPECT_EQ(high.take(0, true)->port(), 65535);
    EXPECT_EQ(high.take(0, true)->port(), 65535);
}

TEST(PortManager, puts_the_port_into_the_socket_to_be) {
    PortManager ports{{20000, 20009}};
    SocketSpec bound{.bind = SocketAddress::wildcard(AddressFamily::ipv4)};
    SocketSpec unbound;
    const PortLease lease = *ports.take_for(bound, true);
    EXPECT_EQ(bound.bind->port, 20000);
    EXPECT_EQ(ports.take_for(unbound, true)->port(), 0);
    EXPECT_EQ(ports.in_use(), 1U);
}

}  // namespace
}  // namespace tern::driver

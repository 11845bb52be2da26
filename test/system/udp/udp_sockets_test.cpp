/// What sockets of the operating system do where loopback does not get them to: a send buffer that
/// is full, and IPv6 groups, on interfaces of a namespace of its own. And that moving datagrams
/// takes nothing from the heap.

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/child_process.hpp"
#include "support/heap_calls.hpp"
#include "support/two_hosts.hpp"
#include "tern/platform/testing/in_child.hpp"
#include "tern/platform/udp_network.hpp"

namespace tern::test {
namespace {

using driver::ReceiveBatch;
using driver::SendOutcome;
using driver::UdpSocket;

const IpAddress kLoopback = IpAddress::ipv4(127, 0, 0, 1);

std::unique_ptr<UdpSocket> open(const driver::SocketSpec& spec) {
    auto socket = platform::UdpNetwork{}.open(spec);
    EXPECT_TRUE(socket) << socket.error().text;
    return *std::move(socket);
}

/// With the interface v0 (10.78.0.1, fd78::1), behind which nobody answers.
void in_own_network(const std::function<void()>& body) {
    const int status = platform::in_child([&] {
        if (const std::string why = enter_own_network(); !why.empty()) {
            ADD_FAILURE() << why;
            return 1;
        }
        const Finished done = run({.argv = {"ip", "-batch", "-"}, .stderr_to_stdout = true},
                                  "link add v0 type veth peer name v1\n"
                                  "link set v1 up\nlink set v0 up\n"
                                  "addr add 10.78.0.1/24 dev v0\n"
                                  "addr add fd78::1/64 dev v0 nodad\n");
        EXPECT_EQ(done.output, "");
        if (!::testing::Test::HasFailure()) body();
        return ::testing::Test::HasFailure() ? 1 : 0;
    });
    EXPECT_EQ(status, 0);
}

TEST(UdpSockets, a_full_send_buffer_takes_less_and_is_no_error) {
    in_own_network([] {
        // Nobody says which station has that address, so datagrams stay where they are.
        const auto socket =
            open({.connect = SocketAddress{IpAddress::ipv4(10, 78, 0, 2), 5000}, .send_buffer = 1});
        const std::string text(1000, 'x');
        const std::vector<ConstBytes> datagrams(8, bytes_of(text));

        const SendOutcome some = socket->send(datagrams);
        EXPECT_GT(some.accepted, 0U);
        EXPECT_LT(some.accepted, 8U);
        EXPECT_EQ(some.system_error, 0);

        const SendOutcome none = socket->send({datagrams.data(), 1});
        EXPECT_EQ(none.accepted, 0U);
        EXPECT_EQ(none.system_error, 0);
    });
}

TEST(UdpSockets, ipv6_groups_are_joined_and_sent_to_by_interface) {
    in_own_network([] {
        platform::UdpNetwork network;
        unsigned index = 0;
        for (const auto& one : network.interfaces()) {
            if (one.name == "v0") index = one.index;
        }
        ASSERT_NE(index, 0U);
        for (const char* const name : {"ff15::fd", "ff02::fd"}) {
            const IpAddress group = *IpAddress::parse(name);
            const IpAddress interface = *IpAddress::parse("fd78::1");
            const auto member = open({.family = AddressFamily::ipv6,
                                      .bind = SocketAddress{*IpAddress::parse("::"), 40456},
                                      .join = group,
                                      .multicast_interface = interface,
                                      .interface_index = index,
                                      .shares_port = true});
            const auto from = open({.family = AddressFamily::ipv6,
                                    .connect = SocketAddress{group, 40456},
                                    .multicast_interface = interface,
                                    .interface_index = index,
                                    .multicast_ttl = 4});
            EXPECT_EQ(from->multicast_ttl(), 4);
            const std::array datagrams{bytes_of("a"), bytes_of("b")};
            EXPECT_EQ(from->send(datagrams).accepted, 2U);

            ReceiveBatch batch{4, 100};
            ASSERT_EQ(member->receive(batch), 2) << name;
            EXPECT_EQ(batch.received()[0].source, from->local_address());
            // Back to the sender, whose address may need the interface as well.
            const SocketAddress source = batch.received()[0].source;
            EXPECT_EQ(member->send_to(source, datagrams).accepted, 2U);
        }
    });
}

// Of one sender, over so many sockets that the system is asked which are ready.
void expect_no_heap_calls(const IpAddress& ip, std::size_t count) {
    platform::UdpNetwork network;
    const auto poller = network.make_poller(5);
    std::vector<std::unique_ptr<UdpSocket>> sockets;
    for (std::size_t i = 0; i < count; ++i) {
        sockets.push_back(open({.family = ip.family(),
                                .bind = SocketAddress{ip, 0},
                                .wants_kernel_time = i % 2 == 0}));
        poller->add(*sockets.back(), sockets.back().get());
    }
    const auto connected = open({.family = ip.family(), .connect = sockets[0]->local_address()});
    const std::array datagrams{bytes_of("a"), bytes_of("bc"), bytes_of("def")};
    ReceiveBatch batch{64, 2048};
    std::size_t arrived = 0;

    const std::uint64_t before = heap_calls();
    for (std::size_t i = 0; i < 1000; ++i) {
        UdpSocket& from = *sockets[i % count];
        (void)connected->send(datagrams);
        (void)connected->send(std::span(datagrams).first(1));
        (void)from.send_to(sockets[(i + 1) % count]->local_address(), datagrams);
        for (void* const token : poller->poll()) {
            const int read = static_cast<UdpSocket*>(token)->receive(batch);
            arrived += static_cast<std::size_t>(read);
        }
    }
    EXPECT_EQ(heap_calls() - before, 0U);
    EXPECT_EQ(arrived, 7000U);
}

TEST(UdpSockets, moving_datagrams_takes_nothing_from_the_heap) {
    expect_no_heap_calls(kLoopback, 3);
    expect_no_heap_calls(kLoopback, 20);
    expect_no_heap_calls(*IpAddress::parse("::1"), 20);
}

}  // namespace
}  // namespace tern::test

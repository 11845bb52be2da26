#include "tern/driver/testing/memory_network.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tern/driver/testing/fake_socket.hpp"

namespace tern::driver {
namespace {

const IpAddress kGroupAddress = *IpAddress::parse("224.20.30.39");

class MemoryNetworkTest : public ::testing::Test {
  protected:
    ManualClock clock;
    MemoryNetwork network{clock};
    MemoryHost& alice =
        network.add_host("alice", {*IpAddress::parse("10.0.0.1"), *IpAddress::parse("fd00::1")});
    MemoryHost& bob =
        network.add_host("bob", {*IpAddress::parse("10.0.0.2"), *IpAddress::parse("fd00::2")});
    ReceiveBatch batch{8, 2048};

    static SocketAddress at(std::string_view ip, std::uint16_t port) {
        return {*IpAddress::parse(ip), port};
    }
    static std::unique_ptr<UdpSocket> open(MemoryHost& host, const SocketSpec& spec) {
        return host.open(spec).value();
    }
    static std::unique_ptr<UdpSocket> bound(MemoryHost& host, std::string_view ip,
                                            std::uint16_t port) {
        return open(host, {.family = IpAddress::parse(ip)->family(), .bind = at(ip, port)});
    }
    static std::unique_ptr<UdpSocket> connected(MemoryHost& host, const SocketAddress& peer) {
        return open(host, {.family = peer.ip.family(), .connect = peer});
    }
    static std::unique_ptr<UdpSocket> member(MemoryHost& host, std::string_view interface) {
        return open(host, {.bind = SocketAddress{IpAddress{}, 40456},
                           .join = kGroupAddress,
                           .multicast_interface = IpAddress::parse(interface),
                           .shares_port = true});
    }
    static SendOutcome send(UdpSocket& socket, std::initializer_list<std::string_view> texts) {
        std::vector<ConstBytes> datagrams;
        for (const std::string_view text : texts) datagrams.push_back(bytes_of(text));
        return socket.send(datagrams);
    }
    static SendOutcome send_to(UdpSocket& socket, const SocketAddress& to, std::string_view text) {
        const ConstBytes datagram = bytes_of(text);
        return socket.send_to(to, std::span(&datagram, 1));
    }
    /// "a b": what has arrived.
    std::string received(UdpSocket& socket) {
        std::string texts;
        while (socket.receive(batch) > 0) {
            for (const ReceivedDatagram& datagram : batch.received()) {
                texts += (texts.empty() ? "" : " ") + std::string(text_of(datagram.bytes));
            }
        }
        return texts;
    }
};

TEST_F(MemoryNetworkTest, carries_datagrams_between_hosts_in_order_and_says_who_sent_them) {
    const auto to = bound(bob, "10.0.0.2", 4000);
    const auto from = connected(alice, at("10.0.0.2", 4000));

    EXPECT_EQ(send(*from, {"a", "b"}).accepted, 2U);

    ASSERT_EQ(to->receive(batch), 2);
    EXPECT_EQ(text_of(batch.received()[1].bytes), "b");
    EXPECT_EQ(batch.received()[0].source, from->local_address());
    EXPECT_EQ(from->local_address().ip, *IpAddress::parse("10.0.0.1"));
    EXPECT_EQ(batch.received()[0].kernel_time_ns, 0);
}

TEST_F(MemoryNetworkTest, a_connected_socket_hears_only_its_peer) {
    const auto peer = bound(bob, "10.0.0.2", 4000);
    const auto stranger = bound(bob, "10.0.0.2", 4001);
    const auto socket = connected(alice, at("10.0.0.2", 4000));

    send_to(*stranger, socket->local_address(), "no");
    send_to(*peer, socket->local_address(), "yes");

    EXPECT_EQ(received(*socket), "yes");
}

TEST_F(MemoryNetworkTest, loopback_stays_on_the_host) {
    const auto here = bound(alice, "0.0.0.0", 4000);
    const auto there = bound(bob, "0.0.0.0", 4000);

    const auto from = connected(alice, at("127.0.0.1", 4000));
    send(*from, {"x"});

    EXPECT_EQ(received(*here), "x");
    EXPECT_EQ(received(*there), "");
    EXPECT_EQ(from->local_address().ip, *IpAddress::parse("127.0.0.1"));
}

TEST_F(MemoryNetworkTest, a_group_reaches_every_member_of_the_interface_even_on_the_same_host) {
    const auto first = member(alice, "10.0.0.1");
    const auto second = member(bob, "10.0.0.2");
    const auto third = member(bob, "10.0.0.2");
    const auto on_loopback = member(bob, "127.0.0.1");
    const auto from = open(alice, {.connect = SocketAddress{kGroupAddress, 40456},
                                   .multicast_interface = IpAddress::parse("10.0.0.1")});

    send(*from, {"x"});

    EXPECT_EQ(received(*first), "x");
    EXPECT_EQ(received(*second), "x");
    EXPECT_EQ(received(*third), "x");
    EXPECT_EQ(received(*on_loopback), "");
}

TEST_F(MemoryNetworkTest, a_group_on_loopback_stays_on_the_host) {
    const auto here = member(alice, "127.0.0.1");
    const auto there = member(bob, "127.0.0.1");
    const auto from = open(alice, {.connect = SocketAddress{kGroupAddress, 40456},
                                   .multicast_interface = IpAddress::parse("127.0.0.1")});

    send(*from, {"x"});

    EXPECT_EQ(received(*here), "x");
    EXPECT_EQ(received(*there), "");
}

TEST_F(MemoryNetworkTest, refuses_ports_in_use_and_addresses_of_others) {
    const auto socket = bound(alice, "0.0.0.0", 4000);

    const auto again = alice.open({.bind = at("10.0.0.1", 4000)});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::generic_error);
    EXPECT_FALSE(alice.open({.bind = at("10.0.0.2", 4001)}));
    EXPECT_TRUE(bob.open({.bind = at("10.0.0.2", 4000)}));
}

TEST_F(MemoryNetworkTest, gives_ephemeral_ports_and_frees_them) {
    const auto first = bound(alice, "0.0.0.0", 0);
    const auto second = bound(alice, "0.0.0.0", 0);
    EXPECT_NE(first->local_address().port, 0);
    EXPECT_NE(first->local_address().port, second->local_address().port);

    bound(alice, "10.0.0.1", 4000).reset();
    EXPECT_TRUE(alice.open({.bind = at("10.0.0.1", 4000)}));
}

TEST_F(MemoryNetworkTest, a_port_that_nobody_listens_on_is_told_once_to_the_next_send) {
    const auto from = connected(alice, at("10.0.0.2", 4000));

    EXPECT_EQ(send(*from, {"a", "b"}).accepted, 1U);
    EXPECT_EQ(send(*from, {"c"}).accepted, 1U);
    EXPECT_EQ(send(*from, {"d"}).accepted, 0U);
    bob.set_port_unreachable(false);
    alice.set_port_unreachable(false);
    EXPECT_EQ(send(*from, {"e", "f"}).accepted, 2U);
}

TEST_F(MemoryNetworkTest, drops_what_finds_the_receive_buffer_full) {
    const auto to = open(bob, {.bind = at("10.0.0.2", 4000), .receive_buffer = 131'072});
    const auto from = connected(alice, at("10.0.0.2", 4000));
    const std::string text(1408, 'x');

    for (int i = 0; i < 200; ++i) EXPECT_EQ(send(*from, {text}).accepted, 1U);

    int count = 0;
    while (const int more = to->receive(batch)) count += more;
    EXPECT_EQ(count, 110);  // spec wire-protocol.md 6.10
    EXPECT_EQ(bob.sockets()[0]->overflows(), 90U);
}

TEST_F(MemoryNetworkTest, faults_drop_duplicate_and_hold) {
    const auto to = bound(bob, "10.0.0.2", 4000);
    const auto from = connected(alice, at("10.0.0.2", 4000));
    network.set_fault([](const Passage& passage) {
        const std::string_view text = text_of(passage.bytes);
        return text == "lost"    ? Fate::drop
               : text == "twice" ? Fate::duplicate
               : text == "late"  ? Fate::hold
                                 : Fate::deliver;
    });

    EXPECT_EQ(send(*from, {"late", "lost", "twice", "once"}).accepted, 4U);

    EXPECT_EQ(received(*to), "twice twice once");
    network.release_held();
    EXPECT_EQ(received(*to), "late");
}

TEST_F(MemoryNetworkTest, takes_only_as_much_as_there_is_room_for) {
    const auto to = bound(bob, "10.0.0.2", 4000);
    const auto from = connected(alice, at("10.0.0.2", 4000));

    alice.set_send_room(2);
    EXPECT_EQ(send(*from, {"a", "b", "c"}).accepted, 2U);
    EXPECT_EQ(send(*from, {"c"}).accepted, 0U);
    alice.set_send_room(std::nullopt);
    alice.set_send_error(EPERM);
    EXPECT_EQ(send(*from, {"c"}).system_error, EPERM);

    EXPECT_EQ(received(*to), "a b");
}

TEST_F(MemoryNetworkTest, gives_virtual_kernel_times_to_those_who_want_them) {
    const auto to = open(bob, {.bind = at("10.0.0.2", 4000), .wants_kernel_time = true});
    const auto from = connected(alice, at("10.0.0.2", 4000));
    const std::int64_t before = bob.epoch_ns();
    clock.advance(Nanos{123});

    send(*from, {"x"});

    ASSERT_EQ(to->receive(batch), 1);
    EXPECT_EQ(batch.received()[0].kernel_time_ns, before + 123);
}

TEST_F(MemoryNetworkTest, a_socket_can_turn_to_another_peer) {
    const auto first = bound(bob, "10.0.0.2", 4000);
    const auto second = bound(bob, "10.0.0.2", 4001);
    const auto from = connected(alice, at("10.0.0.2", 4000));

    ASSERT_TRUE(from->connect(at("10.0.0.2", 4001)));
    send(*from, {"x"});

    EXPECT_EQ(received(*first), "");
    EXPECT_EQ(received(*second), "x");
}

TEST_F(MemoryNetworkTest, a_socket_can_have_a_peer_and_hear_all) {
    const auto to = bound(bob, "10.0.0.2", 4000);
    const auto stranger = bound(bob, "10.0.0.2", 4001);
    const auto from =
        open(alice, {.bind = at("10.0.0.1", 4000), .unconnected_peer = at("10.0.0.2", 4000)});

    send(*from, {"x"});
    send_to(*stranger, from->local_address(), "y");

    EXPECT_EQ(received(*to), "x");
    EXPECT_EQ(received(*from), "y");
}

TEST_F(MemoryNetworkTest, names_change_and_fail) {
    alice.set_name("bob.example", *IpAddress::parse("10.0.0.2"));
    EXPECT_EQ(alice.resolve("bob.example").value(), *IpAddress::parse("10.0.0.2"));
    alice.set_name("bob.example", *IpAddress::parse("10.0.0.3"));
    EXPECT_EQ(alice.resolve("bob.example").value(), *IpAddress::parse("10.0.0.3"));
    alice.forget_name("bob.example");
    EXPECT_EQ(alice.resolve("bob.example").error().code, ErrorCode::unknown_host);
}

TEST_F(MemoryNetworkTest, ipv6_is_a_network_of_its_own) {
    const auto four = bound(bob, "0.0.0.0", 4000);
    const auto six = bound(bob, "::", 4000);

    send(*connected(alice, at("fd00::2", 4000)), {"x"});

    EXPECT_EQ(received(*four), "");
    EXPECT_EQ(received(*six), "x");
}

TEST_F(MemoryNetworkTest, a_poller_names_the_sockets_that_have_something) {
    const auto first = bound(bob, "10.0.0.2", 4000);
    const auto second = bound(bob, "10.0.0.2", 4001);
    const auto poller = bob.make_poller(1);
    int tokens[2];
    poller->add(*first, &tokens[0]);
    poller->add(*second, &tokens[1]);
    EXPECT_TRUE(poller->poll().empty());

    send(*connected(alice, at("10.0.0.2", 4001)), {"x"});

    ASSERT_EQ(poller->poll().size(), 1U);
    EXPECT_EQ(poller->poll()[0], &tokens[1]);
    poller->remove(*second);
    EXPECT_EQ(poller->poll().size(), 1U);  // not above the threshold: all
}

TEST(FakeSocket, records_what_is_sent_and_hands_up_what_is_put_in) {
    FakeSocket socket;
    socket.room = 1;
    const std::array datagrams{bytes_of("a"), bytes_of("b")};
    EXPECT_EQ(socket.send(datagrams).accepted, 1U);
    ASSERT_EQ(socket.sent.size(), 1U);
    EXPECT_EQ(text_of(socket.sent[0].bytes), "a");

    ReceiveBatch batch{2, 100};
    const SocketAddress source{IpAddress::ipv4(10, 0, 0, 1), 5};
    socket.arrive(source, bytes_of("c"));
    ASSERT_EQ(socket.receive(batch), 1);
    EXPECT_EQ(batch.received()[0].source, source);
    EXPECT_EQ(socket.receive(batch), 0);
}

}  // namespace
}  // namespace tern::driver

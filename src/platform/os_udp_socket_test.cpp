#include "tern/platform/os_udp_socket.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "tern/platform/socket_options.hpp"
#include "tern/platform/udp_network.hpp"

namespace tern::platform {
namespace {

using driver::ReceiveBatch;
using driver::ReceivedDatagram;
using driver::SendOutcome;
using driver::SocketSpec;

const IpAddress kLoopback = IpAddress::ipv4(127, 0, 0, 1);
const IpAddress kLoopback6 = *IpAddress::parse("::1");
const IpAddress kGroup = *IpAddress::parse("224.20.30.39");

std::unique_ptr<OsUdpSocket> open(const SocketSpec& spec) {
    auto socket = OsUdpSocket::open(spec);
    EXPECT_TRUE(socket) << socket.error().text;
    return *std::move(socket);
}
std::unique_ptr<OsUdpSocket> bound(const IpAddress& ip, SocketSpec spec = {}) {
    spec.family = ip.family();
    spec.bind = SocketAddress{ip, 0};
    return open(spec);
}
std::unique_ptr<OsUdpSocket> connected(const SocketAddress& peer) {
    return open({.family = peer.ip.family(), .connect = peer});
}
std::vector<ConstBytes> views(const std::vector<std::string>& texts) {
    std::vector<ConstBytes> bytes;
    for (const std::string& text : texts) bytes.push_back(bytes_of(text));
    return bytes;
}
SendOutcome send(driver::UdpSocket& socket, const std::vector<std::string>& texts) {
    return socket.send(views(texts));
}
// What is sent on loopback is there when the call returns.
std::vector<std::string> received(driver::UdpSocket& socket) {
    ReceiveBatch batch{16, 65'536};
    std::vector<std::string> texts;
    while (socket.receive(batch) > 0) {
        for (const ReceivedDatagram& datagram : batch.received()) {
            texts.emplace_back(text_of(datagram.bytes));
        }
    }
    return texts;
}
using Texts = std::vector<std::string>;

TEST(OsUdpSocket, carries_one_datagram_and_names_its_source) {
    const auto to = bound(kLoopback);
    const auto from = connected(to->local_address());

    EXPECT_EQ(send(*from, {"one"}).accepted, 1U);

    ReceiveBatch batch{4, 100};
    ASSERT_EQ(to->receive(batch), 1);
    const ReceivedDatagram& datagram = batch.received()[0];
    EXPECT_EQ(text_of(datagram.bytes), "one");
    EXPECT_EQ(datagram.source, from->local_address());
    EXPECT_EQ(datagram.kernel_time_ns, 0);
    EXPECT_EQ(datagram.segment_length, 0U);
    EXPECT_EQ(from->local_address().ip, kLoopback);
    EXPECT_EQ(to->receive(batch), 0);
    EXPECT_TRUE(batch.received().empty());
}

TEST(OsUdpSocket, carries_batches_of_any_size_in_order) {
    const auto to = bound(kLoopback, {.receive_buffer = 1 << 20});
    const auto from = connected(to->local_address());
    for (const std::size_t count : {2U, 64U, 150U}) {
        Texts texts;
        for (std::size_t i = 0; i < count; ++i) texts.push_back(std::to_string(i));
        const SendOutcome outcome = send(*from, texts);
        EXPECT_EQ(outcome.accepted, count);
        EXPECT_EQ(outcome.system_error, 0);
        EXPECT_EQ(received(*to), texts);
    }
    EXPECT_EQ(send(*from, {}).accepted, 0U);
}

TEST(OsUdpSocket, reads_no_more_than_the_batch_holds) {
    const auto to = bound(kLoopback);
    send(*connected(to->local_address()), {"a", "b", "c"});
    ReceiveBatch batch{2, 100};
    EXPECT_EQ(to->receive(batch), 2);
    EXPECT_EQ(to->receive(batch), 1);
    EXPECT_EQ(text_of(batch.received()[0].bytes), "c");
}

TEST(OsUdpSocket, cuts_off_what_is_longer_than_the_buffer) {
    const auto to = bound(kLoopback);
    send(*connected(to->local_address()), {"0123456789", "", "ab"});
    ReceiveBatch batch{4, 4};
    ASSERT_EQ(to->receive(batch), 3);
    EXPECT_EQ(text_of(batch.received()[0].bytes), "0123");
    EXPECT_EQ(text_of(batch.received()[1].bytes), "");
    EXPECT_EQ(text_of(batch.received()[2].bytes), "ab");
}

TEST(OsUdpSocket, a_datagram_that_is_too_long_is_a_hard_error_behind_those_before_it) {
    const auto to = bound(kLoopback);
    const auto from = connected(to->local_address());

    const SendOutcome outcome = send(*from, {"a", std::string(65'508, 'x'), "b"});
    EXPECT_EQ(outcome.accepted, 1U);
    EXPECT_EQ(outcome.system_error, EMSGSIZE);
    EXPECT_EQ(send(*from, {std::string(65'508, 'x')}).system_error, EMSGSIZE);

    EXPECT_EQ(received(*to), Texts{"a"});
    EXPECT_EQ(send(*from, {std::string(65'507, 'x')}).accepted, 1U);
    EXPECT_EQ(received(*to).at(0).size(), 65'507U);
}

TEST(OsUdpSocket, sends_to_anyone_where_it_is_not_connected) {
    const auto first = bound(kLoopback);
    const auto second = bound(kLoopback);
    const auto from = bound(IpAddress::any(AddressFamily::ipv4));
    EXPECT_NE(from->local_address().port, 0);

    EXPECT_EQ(from->send_to(first->local_address(), views({"a", "b"})).accepted, 2U);
    EXPECT_EQ(from->send_to(second->local_address(), views({"c"})).accepted, 1U);

    EXPECT_EQ(received(*first), (Texts{"a", "b"}));
    EXPECT_EQ(received(*second), Texts{"c"});
    EXPECT_EQ(send(*from, {"x"}).system_error, EDESTADDRREQ);
    EXPECT_EQ(send(*from, {"x", "y"}).system_error, EDESTADDRREQ);
}

TEST(OsUdpSocket, hears_only_its_peer_where_it_is_connected) {
    const auto peer = bound(kLoopback);
    const auto stranger = bound(kLoopback);
    const auto socket = connected(peer->local_address());

    stranger->send_to(socket->local_address(), views({"no"}));
    peer->send_to(socket->local_address(), views({"yes"}));

    EXPECT_EQ(received(*socket), Texts{"yes"});
}

TEST(OsUdpSocket, has_a_peer_and_hears_all_where_it_is_not_to_be_connected) {
    const auto peer = bound(kLoopback);
    const auto other = bound(kLoopback);
    const auto socket =
        open({.bind = SocketAddress{kLoopback, 0}, .unconnected_peer = peer->local_address()});

    EXPECT_EQ(send(*socket, {"a"}).accepted, 1U);
    ASSERT_TRUE(socket->connect(other->local_address()));
    EXPECT_EQ(send(*socket, {"b", "c"}).accepted, 2U);
    peer->send_to(socket->local_address(), views({"d"}));

    EXPECT_EQ(received(*peer), Texts{"a"});
    EXPECT_EQ(received(*other), (Texts{"b", "c"}));
    EXPECT_EQ(received(*socket), Texts{"d"});
}

TEST(OsUdpSocket, a_port_that_nobody_listens_on_is_no_error) {
    auto gone = bound(kLoopback);
    const SocketAddress address = gone->local_address();
    const auto from = connected(address);
    gone.reset();

    EXPECT_EQ(send(*from, {"a"}).accepted, 1U);
    const SendOutcome refused = send(*from, {"b"});
    EXPECT_EQ(refused.accepted, 0U);
    EXPECT_EQ(refused.system_error, 0);

    EXPECT_EQ(send(*from, {"c"}).accepted, 1U);
    ReceiveBatch batch{4, 100};
    EXPECT_EQ(from->receive(batch), 0);  // reports the same ICMP message
    EXPECT_EQ(send(*from, {"d", "e", "f"}).system_error, 0);

    (void)from->receive(batch);
    const auto back = open({.bind = address});
    EXPECT_EQ(send(*from, {"g"}).accepted, 1U);
    EXPECT_EQ(received(*back), Texts{"g"});
}

TEST(OsUdpSocket, turns_to_another_peer_and_keeps_its_port) {
    const auto first = bound(kLoopback);
    const auto second = bound(IpAddress::ipv4(127, 0, 0, 2));
    const auto from = open(
        {.bind = SocketAddress::wildcard(AddressFamily::ipv4), .connect = first->local_address()});
    const std::uint16_t port = from->local_address().port;

    ASSERT_TRUE(from->connect(second->local_address()));
    EXPECT_EQ(send(*from, {"x"}).accepted, 1U);

    EXPECT_EQ(received(*first), Texts{});
    ReceiveBatch batch{4, 100};
    ASSERT_EQ(second->receive(batch), 1);
    EXPECT_EQ(batch.received()[0].source.port, port);
    second->send_to(batch.received()[0].source, views({"back"}));
    EXPECT_EQ(received(*from), Texts{"back"});
}

TEST(OsUdpSocket, keeps_the_address_that_it_is_bound_to_when_it_turns_to_another_peer) {
    const auto first = bound(kLoopback);
    const auto second = bound(kLoopback);
    const auto from = open({.bind = SocketAddress{IpAddress::ipv4(127, 0, 0, 3), 0},
                            .connect = first->local_address()});
    ASSERT_TRUE(from->connect(second->local_address()));
    send(*from, {"x"});
    ReceiveBatch batch{4, 100};
    ASSERT_EQ(second->receive(batch), 1);
    EXPECT_EQ(batch.received()[0].source, from->local_address());
}

TEST(OsUdpSocket, carries_ipv6) {
    const auto to = bound(kLoopback6);
    const auto from = connected(to->local_address());
    EXPECT_EQ(from->local_address().ip, kLoopback6);

    EXPECT_EQ(send(*from, {"a", "b"}).accepted, 2U);
    EXPECT_EQ(bound(kLoopback6)->send_to(to->local_address(), views({"c"})).accepted, 1U);

    ReceiveBatch batch{4, 100};
    ASSERT_EQ(to->receive(batch), 3);
    EXPECT_EQ(batch.received()[0].source, from->local_address());
    EXPECT_EQ(text_of(batch.received()[2].bytes), "c");
}

TEST(OsUdpSocket, a_group_reaches_every_member_also_on_this_machine_and_no_other_group) {
    const auto member = [](const IpAddress& group, std::uint16_t port) {
        return open({.bind = SocketAddress{IpAddress::any(AddressFamily::ipv4), port},
                     .join = group,
                     .multicast_interface = kLoopback,
                     .shares_port = true,
                     .multicast_ttl = 3});
    };
    const auto first = member(kGroup, 0);
    const std::uint16_t port = first->local_address().port;
    const auto second = member(kGroup, port);
    const auto of_other = member(kGroup.with_last_byte_incremented(), port);
    const auto from = open({.connect = SocketAddress{kGroup, port},
                            .multicast_interface = kLoopback,
                            .multicast_ttl = 5});
    EXPECT_EQ(from->multicast_ttl(), 5);
    EXPECT_EQ(from->local_address().ip, kLoopback);

    EXPECT_EQ(send(*from, {"a", "b"}).accepted, 2U);
    first->send_to({kGroup.with_last_byte_incremented(), port}, views({"c"}));

    EXPECT_EQ(received(*first), (Texts{"a", "b"}));
    EXPECT_EQ(received(*second), (Texts{"a", "b"}));
    EXPECT_EQ(received(*of_other), Texts{"c"});
    EXPECT_EQ(received(*from), Texts{});
}

TEST(OsUdpSocket, has_the_time_of_the_kernel_where_it_is_wanted) {
    UdpNetwork network;
    const auto to = bound(kLoopback, {.wants_kernel_time = true});
    const auto from = connected(to->local_address());
    const std::int64_t before = network.epoch_ns();
    send(*from, {"a", "b"});

    ReceiveBatch batch{4, 100};
    ASSERT_EQ(to->receive(batch), 2);
    // The kernel begins to stamp arrivals some time after it was asked to; until then it takes the
    // time of the read.
    const std::int64_t after = network.epoch_ns();
    for (const ReceivedDatagram& datagram : batch.received()) {
        EXPECT_GE(datagram.kernel_time_ns, before);
        EXPECT_LE(datagram.kernel_time_ns, after);
    }
}

TEST(OsUdpSocket, has_the_options_that_are_asked_for) {
    const auto plain = bound(kLoopback);
    const auto socket =
        bound(kLoopback, {.receive_buffer = 65'536, .send_buffer = 32'768, .traffic_class = 0x28});
    EXPECT_EQ(socket->receive_buffer_length(), 2 * 65'536);
    EXPECT_EQ(socket->send_buffer_length(), 2 * 32'768);
    EXPECT_EQ(socket_option(socket->descriptor(), IPPROTO_IP, IP_TOS), 0x28);
    EXPECT_EQ(socket_option(plain->descriptor(), IPPROTO_IP, IP_TOS), 0);
    EXPECT_EQ(socket_option(plain->descriptor(), SOL_SOCKET, SO_REUSEADDR), 0);
    EXPECT_EQ(plain->multicast_ttl(), 1);

    const auto six = bound(kLoopback6, {.traffic_class = 0x28});
    EXPECT_EQ(socket_option(six->descriptor(), IPPROTO_IPV6, IPV6_TCLASS), 0x28);
    EXPECT_EQ(six->multicast_ttl(), 1);
}

TEST(OsUdpSocket, drops_what_finds_the_receive_buffer_full_without_telling_the_sender) {
    const auto to = bound(kLoopback, {.receive_buffer = 8192});
    const auto from = connected(to->local_address());
    for (int i = 0; i < 100; ++i) EXPECT_EQ(send(*from, {std::string(1408, 'x')}).accepted, 1U);
    EXPECT_LT(received(*to).size(), 20U);
    send(*from, {"after"});
    EXPECT_EQ(received(*to), Texts{"after"});
}

}  // namespace
}  // namespace tern::platform

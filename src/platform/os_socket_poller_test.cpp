#include "tern/platform/os_socket_poller.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "tern/platform/os_udp_socket.hpp"

namespace tern::platform {
namespace {

class OsSocketPollerTest : public ::testing::Test {
  protected:
    static constexpr std::size_t kThreshold = 5;
    OsSocketPoller poller{kThreshold};
    std::vector<std::unique_ptr<OsUdpSocket>> sockets;
    driver::ReceiveBatch batch{4, 100};

    void add(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            sockets.push_back(
                *OsUdpSocket::open({.bind = SocketAddress{IpAddress::ipv4(127, 0, 0, 1), 0}}));
            poller.add(*sockets.back(), sockets.back().get());
        }
    }
    void send_to(std::size_t index) {
        const ConstBytes datagram = bytes_of("x");
        ASSERT_EQ(sockets[0]->send_to(sockets[index]->local_address(), {&datagram, 1}).accepted,
                  1U);
    }
    std::vector<std::size_t> ready() {
        std::vector<std::size_t> indexes;
        for (void* const token : poller.poll()) {
            for (std::size_t i = 0; i < sockets.size(); ++i) {
                if (sockets[i].get() == token) indexes.push_back(i);
            }
        }
        std::sort(indexes.begin(), indexes.end());
        return indexes;
    }
};
using Indexes = std::vector<std::size_t>;

TEST_F(OsSocketPollerTest, names_all_of_a_few_sockets) {
    EXPECT_EQ(ready(), Indexes{});
    add(kThreshold);
    EXPECT_EQ(ready(), (Indexes{0, 1, 2, 3, 4}));
}

TEST_F(OsSocketPollerTest, names_those_of_many_that_have_something_until_it_is_read) {
    add(20);
    EXPECT_EQ(ready(), Indexes{});

    send_to(3);
    send_to(19);
    EXPECT_EQ(ready(), (Indexes{3, 19}));
    EXPECT_EQ(ready(), (Indexes{3, 19}));

    EXPECT_EQ(sockets[3]->receive(batch), 1);
    EXPECT_EQ(ready(), Indexes{19});
}

TEST_F(OsSocketPollerTest, names_all_of_many_when_all_have_something) {
    add(20);
    for (std::size_t i = 0; i < 20; ++i) send_to(i);
    EXPECT_EQ(ready().size(), 20U);
}

TEST_F(OsSocketPollerTest, does_not_name_a_socket_that_was_removed) {
    add(20);
    send_to(3);
    send_to(4);
    poller.remove(*sockets[3]);
    poller.remove(*sockets[3]);
    EXPECT_EQ(ready(), Indexes{4});

    for (std::size_t i = 5; i < 20; ++i) poller.remove(*sockets[i]);
    EXPECT_EQ(ready(), (Indexes{0, 1, 2, 4}));  // few again: all
}

}  // namespace
}  // namespace tern::platform

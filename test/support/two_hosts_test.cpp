#include "support/two_hosts.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tern::test {
namespace {

// Python is there wherever these tests run. Few enough datagrams for a socket's buffer; each has a
// frame's type at its place.
const std::string kReceive =
    "import socket\n"
    "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
    "s.bind(('0.0.0.0', 40000))\n"
    "s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton('224.0.1.1') + "
    "socket.inet_aton('0.0.0.0'))\n"
    "s.settimeout(60)\n"
    "print('ready', flush=True)\n"
    "seen = {}\n"
    "while True:\n"
    "    d = s.recv(100)\n"
    "    if d == b'end': break\n"
    "    seen[d[6]] = seen.get(d[6], 0) + 1\n"
    "print('seen', seen, flush=True)\n";

std::string send_to(const std::string& address) {
    return "import socket\n"
           "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
           "for i in range(50):\n"
           "    for t in (1, 3):\n"
           "        s.sendto(bytes([0, 0, 0, 0, 0, 0, t, 0]), ('" +
           address +
           "', 40000))\n"
           "s.sendto(b'end', ('" +
           address + "', 40000))\n";
}

/// What one host got of 50 data frames and 50 status messages of another.
std::string seen_by_second(Hosts& hosts, const std::string& address) {
    ChildProcess receiver{hosts.on(1, {.argv = {"python3", "-c", kReceive}})};
    EXPECT_TRUE(receiver.read_until("ready")) << receiver.errors();
    const Finished sender = run(hosts.on(0, {.argv = {"python3", "-c", send_to(address)}}));
    EXPECT_EQ(sender.ended, (ChildProcess::Ended{0, 0})) << sender.errors;
    return receiver.read_until("seen").value_or(receiver.errors());
}

class HostsTest : public ::testing::Test {
  protected:
    void SetUp() override {
        try {
            const Hosts probe{1};
        } catch (const Hosts::Forbidden& reason) { GTEST_SKIP() << reason.what(); }
    }
};

TEST_F(HostsTest, reach_each_other_and_their_groups) {
    Hosts hosts{3};
    EXPECT_EQ(seen_by_second(hosts, hosts.address(1)), "seen {1: 50, 3: 50}");
    EXPECT_EQ(seen_by_second(hosts, "224.0.1.1"), "seen {1: 50, 3: 50}");
    const Finished ping = run(hosts.on(2, {.argv = {"ip", "route", "get", hosts.address(0)}}));
    EXPECT_NE(ping.output.find("dev eth0"), std::string::npos) << ping.output << ping.errors;
}

TEST_F(HostsTest, lose_frames_of_one_kind_until_healed) {
    Hosts hosts{2};
    hosts.lose(1, 100, Frames::control);
    EXPECT_EQ(seen_by_second(hosts, hosts.address(1)), "seen {1: 50}");
    EXPECT_EQ(hosts.lost(1), 50U);
    hosts.heal();
    EXPECT_EQ(hosts.lost(1), 0U);
    hosts.lose(1, 100, Frames::data);
    EXPECT_EQ(seen_by_second(hosts, hosts.address(1)), "seen {3: 50}");
    hosts.heal();
    EXPECT_EQ(seen_by_second(hosts, hosts.address(1)), "seen {1: 50, 3: 50}");
}

}  // namespace
}  // namespace tern::test

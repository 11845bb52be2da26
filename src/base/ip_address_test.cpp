#include "tern/base/ip_address.hpp"

#include <gtest/gtest.h>

namespace tern {
namespace {

std::string shown(std::string_view text) {
    const auto address = IpAddress::parse(text);
    return address ? address->text() : "none";
}

TEST(IpAddress, prints_what_it_read_in_the_shortest_form) {
    EXPECT_EQ(shown("127.0.0.1"), "127.0.0.1");
    EXPECT_EQ(shown("255.255.255.255"), "255.255.255.255");
    EXPECT_EQ(shown("::"), "::");
    EXPECT_EQ(shown("::1"), "::1");
    EXPECT_EQ(shown("FF01::FD"), "ff01::fd");
    EXPECT_EQ(shown("ff01:0:0:0:0:0:0:fd"), "ff01::fd");
    EXPECT_EQ(shown("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
    EXPECT_EQ(shown("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");
    EXPECT_EQ(shown("2001:db8::1:0:0:1"), "2001:db8::1:0:0:1");
    EXPECT_EQ(shown("1:2:3:4:5:6:0:0"), "1:2:3:4:5:6::");
    EXPECT_EQ(shown("::ffff:192.0.2.1"), "::ffff:192.0.2.1");
    EXPECT_EQ(shown("::192.0.2.1"), "::192.0.2.1");
    EXPECT_EQ(shown("64:ff9b::192.0.2.33"), "64:ff9b::c000:221");
}

TEST(IpAddress, refuses_what_is_no_address) {
    for (const char* text :
         {"", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1..2.3", "1.2.3.4 ", "0001.2.3.4", "localhost",
          ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "::g", "1:",
          ":1", "::1:", "1.2.3.4::", "::1.2.3", "::ffff:1.2.3.4:5", "1:2:3:4:5:6:7::8", "-1.2.3.4",
          "+1.2.3.4"}) {
        EXPECT_EQ(shown(text), "none") << text;
    }
}

TEST(IpAddress, knows_multicast_and_any) {
    EXPECT_TRUE(IpAddress::parse("224.0.1.1")->is_multicast());
    EXPECT_TRUE(IpAddress::parse("239.255.255.255")->is_multicast());
    EXPECT_FALSE(IpAddress::parse("240.0.0.1")->is_multicast());
    EXPECT_FALSE(IpAddress::parse("223.255.255.255")->is_multicast());
    EXPECT_TRUE(IpAddress::parse("ff01::fd")->is_multicast());
    EXPECT_FALSE(IpAddress::parse("fe80::1")->is_multicast());
    EXPECT_TRUE(IpAddress::parse("::")->is_any());
    EXPECT_TRUE(IpAddress{}.is_any());
    EXPECT_FALSE(IpAddress::parse("::1")->is_any());
}

TEST(IpAddress, compares_prefixes_of_one_family) {
    const IpAddress a = *IpAddress::parse("192.168.1.10");
    EXPECT_TRUE(a.shares_prefix(*IpAddress::parse("192.168.1.99"), 24));
    EXPECT_FALSE(a.shares_prefix(*IpAddress::parse("192.168.1.99"), 26));
    EXPECT_TRUE(a.shares_prefix(*IpAddress::parse("1.2.3.4"), 0));
    EXPECT_FALSE(a.shares_prefix(*IpAddress::parse("::"), 0));
    EXPECT_TRUE(IpAddress::parse("fe80::1")->shares_prefix(*IpAddress::parse("fe80::2"), 126));
    EXPECT_FALSE(IpAddress::parse("fe80::1")->shares_prefix(*IpAddress::parse("fe80::2"), 127));
}

TEST(IpAddress, wraps_its_last_byte) {
    EXPECT_EQ(IpAddress::parse("224.0.1.1")->with_last_byte_incremented().text(), "224.0.1.2");
    EXPECT_EQ(IpAddress::parse("239.255.0.255")->with_last_byte_incremented().text(),
              "239.255.0.0");
    EXPECT_EQ(IpAddress::parse("ff01::fd")->with_last_byte_incremented().text(), "ff01::fe");
}

TEST(SocketAddress, prints_ipv6_in_brackets) {
    EXPECT_EQ((SocketAddress{*IpAddress::parse("::1"), 40456}).text(), "[::1]:40456");
    EXPECT_EQ((SocketAddress{*IpAddress::parse("127.0.0.1"), 0}).text(), "127.0.0.1:0");
    EXPECT_TRUE(SocketAddress::wildcard(AddressFamily::ipv6).is_wildcard());
}

}  // namespace
}  // namespace tern

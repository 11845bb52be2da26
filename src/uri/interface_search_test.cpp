#include "tern/uri/interface_search.hpp"

#include <gtest/gtest.h>

#include "tern/uri/fake_network_for_test.hpp"

namespace tern::uri {
namespace {

std::string found(FakeNetwork& network, std::string_view text,
                  AddressFamily family = AddressFamily::ipv4) {
    Result<InterfaceSearch> search = parse_interface_search(text);
    if (!search) return search.error().text;
    Result<LocalInterface> local = find_interface(*search, text, family, network);
    if (!local) return local.error().text;
    return local->address.text() + " #" + std::to_string(local->index);
}

std::string found(std::string_view text, AddressFamily family = AddressFamily::ipv4) {
    FakeNetwork network;
    return found(network, text, family);
}

TEST(InterfaceSearch, finds_an_interface_by_address_prefix_or_host_name) {
    EXPECT_EQ(found("127.0.0.1"), "127.0.0.1:0 #1");
    EXPECT_EQ(found("localhost:40455"), "127.0.0.1:40455 #1");
    EXPECT_EQ(found("192.168.0.0/24"), "192.168.0.20:0 #2");
    EXPECT_EQ(found("192.168.0.99:7/24"), "192.168.0.20:7 #2");
    EXPECT_EQ(found("[::1]"), "[::1]:0 #1");
    EXPECT_EQ(found("[fe80::%eth0]:5/10"), "[fe80::20]:5 #2");
}

TEST(InterfaceSearch, finds_an_interface_by_name_in_the_family_of_the_endpoint) {
    EXPECT_EQ(found("{eth0}"), "192.168.0.20:0 #2");
    EXPECT_EQ(found("{eth0}:99", AddressFamily::ipv6), "[fe80::20]:99 #2");
    EXPECT_EQ(found("{lo}"), "127.0.0.1:0 #1");
}

TEST(InterfaceSearch, prefers_the_narrowest_multicast_network_to_loopback) {
    FakeNetwork network;
    network.interfaces_ = {FakeNetwork::loopback("127.0.0.1", 8),
                           FakeNetwork::ethernet("eth0", 2, "10.0.0.1", 8),
                           FakeNetwork::ethernet("eth1", 3, "10.1.0.1", 16),
                           FakeNetwork::ethernet("eth2", 4, "10.2.0.1", 16)};
    EXPECT_EQ(found(network, "0.0.0.0/0"), "10.1.0.1:0 #3");
    network.interfaces_[2].is_up = false;
    EXPECT_EQ(found(network, "0.0.0.0/0"), "10.2.0.1:0 #4");
    network.interfaces_[3].is_multicast_capable = false;
    EXPECT_EQ(found(network, "0.0.0.0/0"), "10.0.0.1:0 #2");
    network.interfaces_[1].is_up = false;
    EXPECT_EQ(found(network, "0.0.0.0/0"), "127.0.0.1:0 #1");
}

TEST(InterfaceSearch, does_not_take_loopback_after_another) {
    FakeNetwork network;
    network.interfaces_ = {FakeNetwork::ethernet("eth0", 2, "10.0.0.1", 8),
                           FakeNetwork::loopback("127.0.0.1", 30)};
    EXPECT_EQ(found(network, "0.0.0.0/0"), "10.0.0.1:0 #2");
}

TEST(InterfaceSearch, names_what_it_does_not_find) {
    EXPECT_EQ(found("192.0.2.77"), "could not find matching interface='192.0.2.77'");
    EXPECT_EQ(found("{nope}"), "unknown interface nope");
    EXPECT_EQ(found("nowhere"),
              "Unable to resolve host=(nowhere): (-2) Name or service not known");
    FakeNetwork network;
    network.interfaces_ = {FakeNetwork::loopback("127.0.0.1", 8)};
    EXPECT_EQ(found(network, "{lo}", AddressFamily::ipv6),
              "no INET6 addresses found on interface lo");
    network.interfaces_ = {FakeNetwork::loopback("::1", 128)};
    EXPECT_EQ(found(network, "{lo}"), "no INET addresses found on interface lo");
}

TEST(InterfaceSearch, names_what_is_malformed) {
    const auto fault = [](std::string_view text, std::string_view cause) {
        EXPECT_EQ(found(text), std::string{cause} + ": could not parse interface='" +
                                   std::string{text} + "'");
    };
    fault("127.0.0.1/33", "prefixlen out of range: 33");
    fault("[::1]/129", "prefixlen out of range: 129");
    fault("127.0.0.1/x", "prefixlen invalid: x");
    fault("127.0.0.1/-1", "prefixlen invalid: -1");
    fault("127.0.0.1/", "subnet prefix invalid: 127.0.0.1/");
    fault("127.0.0.1:99999", "port out of range: '99999'");
    fault("{}", "name length 0 out of bounds");
    fault("{abcdefghijklmnop}", "name length 16 out of bounds");
    fault("{lo}x", "unexpected character after name closing brace");
    fault("{lo}:", "port length 0 out of bounds");
    fault("{lo}:123456", "port length 6 out of bounds");
    fault("{lo}:99999", "port out of range: '99999'");
    fault("{lo", "name closing brace missing");
}

}  // namespace
}  // namespace tern::uri

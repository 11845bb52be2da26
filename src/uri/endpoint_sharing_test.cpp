#include "tern/uri/endpoint_sharing.hpp"

#include <gtest/gtest.h>

#include "tern/uri/fake_network_for_test.hpp"

namespace tern::uri {
namespace {

struct SharingMachine {
    FakeNetwork      network;
    WildcardSuffixes suffixes;

    UdpChannel resolve(std::string_view parameters) {
        Result<ChannelUri> uri = ChannelUri::parse("aeron:udp?" + std::string{parameters});
        EXPECT_TRUE(uri) << uri.error().text;
        Result<UdpChannel> channel = UdpChannel::resolve(*uri, network, suffixes);
        EXPECT_TRUE(channel) << channel.error().text;
        return *std::move(channel);
    }
    std::string by_tag(std::string_view requested, std::string_view existing) {
        const UdpChannel old = resolve(existing);
        const auto match = matches_by_tag(resolve(requested), {old, old.remote_data, old.local});
        if (!match) return match.error().text;
        return *match ? "match" : "no match";
    }
};

TEST(EndpointSharing, matches_a_tag_without_address_or_with_the_same) {
    SharingMachine machine;
    EXPECT_EQ(machine.by_tag("tags=7", "endpoint=localhost:1|tags=7"), "match");
    EXPECT_EQ(machine.by_tag("endpoint=127.0.0.1:1|tags=7", "endpoint=localhost:1|tags=7"),
              "match");
    EXPECT_EQ(machine.by_tag("tags=8", "endpoint=localhost:1|tags=7"), "no match");
    EXPECT_EQ(machine.by_tag("endpoint=localhost:1", "endpoint=localhost:1|tags=7"), "no match");
    EXPECT_EQ(machine.by_tag("tags=7", "control-mode=manual|tags=7"), "match");
}

TEST(EndpointSharing, refuses_a_tag_with_other_addresses_or_another_mode) {
    SharingMachine machine;
    EXPECT_EQ(machine.by_tag("endpoint=localhost:2|tags=7", "endpoint=localhost:1|tags=7"),
              "matching tag 7 has mismatched endpoint or control: "
              "aeron:udp?endpoint=localhost:2|tags=7 <> aeron:udp?endpoint=localhost:1|tags=7");
    EXPECT_EQ(machine.by_tag("control-mode=manual|tags=7", "endpoint=localhost:1|tags=7"),
              "matching tag 7 has mismatched control-mode: "
              "aeron:udp?control-mode=manual|tags=7 <> aeron:udp?endpoint=localhost:1|tags=7");
}

TEST(EndpointSharing, compares_a_tagged_channel_with_the_addresses_that_the_endpoint_has_now) {
    SharingMachine machine;
    const UdpChannel old = machine.resolve("endpoint=localhost:1|tags=7");
    const UdpChannel moved = machine.resolve("endpoint=10.0.0.9:1|tags=7");
    EXPECT_TRUE(*matches_by_tag(moved, {old, moved.remote_data, old.local}));
    EXPECT_FALSE(matches_by_tag(moved, {old, old.remote_data, old.local}));
}

TEST(EndpointSharing, matches_equal_canonical_forms_unless_both_have_different_tags) {
    SharingMachine machine;
    const UdpChannel plain = machine.resolve("endpoint=localhost:1|mtu=2048");
    const UdpChannel seven = machine.resolve("endpoint=localhost:1|tags=7");
    const UdpChannel eight = machine.resolve("endpoint=localhost:1|tags=8");
    EXPECT_TRUE(matches_by_canonical_form(plain, seven));
    EXPECT_TRUE(matches_by_canonical_form(seven, plain));
    EXPECT_FALSE(matches_by_canonical_form(seven, eight));
    EXPECT_FALSE(matches_by_canonical_form(plain, machine.resolve("endpoint=127.0.0.1:1")));
    EXPECT_FALSE(matches_by_canonical_form(machine.resolve("endpoint=localhost:0"),
                                           machine.resolve("endpoint=localhost:0")));
}

TEST(EndpointSharing, wants_an_address_of_the_first_publication_of_a_tag) {
    SharingMachine machine;
    EXPECT_FALSE(check_can_be_first_of_tag(machine.resolve("tags=7")));
    EXPECT_TRUE(check_can_be_first_of_tag(machine.resolve("tags=7|endpoint=localhost:1")));
    EXPECT_TRUE(check_can_be_first_of_tag(machine.resolve("tags=7|control=localhost:1")));
    EXPECT_TRUE(check_can_be_first_of_tag(machine.resolve("tags=7|control-mode=manual")));
}

TEST(EndpointSharing, wants_publications_to_agree_in_the_order_of_the_driver) {
    SharingMachine machine;
    const UdpChannel old = machine.resolve("endpoint=localhost:1|so-sndbuf=2m|so-rcvbuf=1m");
    const auto fault = [&](std::string_view parameters) {
        const UdpChannel added =
            machine.resolve("endpoint=localhost:1" + std::string{parameters});
        const auto shared = check_can_share_send_endpoint(added, old, {});
        return shared ? std::string{} : shared.error().text;
    };
    const std::string both = " existingChannel=" + old.uri.text() + " channel=aeron:udp?endpoint=";
    EXPECT_EQ(fault(""), "");
    EXPECT_EQ(fault("|so-sndbuf=2m|so-rcvbuf=1m"), "");
    EXPECT_TRUE(fault("|so-sndbuf=1m|so-rcvbuf=2m|so-tos=3")
                    .starts_with("so-rcvbuf=2097152 does not match existing value of 1048576:" +
                                 both));
    EXPECT_TRUE(fault("|so-sndbuf=1m|so-tos=3")
                    .starts_with("so-tos=3 does not match existing value of OS default:" + both));
    EXPECT_TRUE(fault("|so-sndbuf=1m")
                    .starts_with("so-sndbuf=1048576 does not match existing value of 2097152:"));
    EXPECT_TRUE(fault("|channel-snd-ts-offset=reserved|so-tos=3")
                    .starts_with("option conflicts with existing subscription: "
                                 "channel-snd-ts-offset=-8 (reserved)" + both));
    EXPECT_TRUE(fault("|ats=true").starts_with("ATS is not enabled and thus ats=true"));
}

TEST(EndpointSharing, wants_subscriptions_to_agree_in_effective_sizes) {
    SharingMachine machine;
    const UdpChannel old = machine.resolve("endpoint=localhost:1|channel-rcv-ts-offset=0");
    const UdpChannel plain = machine.resolve("endpoint=localhost:1");
    const UdpChannel larger = machine.resolve("endpoint=localhost:1|so-rcvbuf=1m");
    const SocketDefaults defaults{.receive_buffer = 128 * 1024};
    EXPECT_TRUE(check_can_share_receive_sockets(plain, old, defaults));
    EXPECT_FALSE(check_can_share_receive_sockets(larger, old, defaults));
    EXPECT_FALSE(check_can_share_receive_sockets(plain, larger, defaults));
    EXPECT_TRUE(check_same_receive_timestamps(plain, plain));
    EXPECT_TRUE(check_same_receive_timestamps(plain, old).error().text.starts_with(
        "option conflicts with existing subscription: channel-rcv-ts-offset=-1 (not specified) "
        "existingChannel="));
}

TEST(EndpointSharing, wants_subscriptions_of_one_stream_to_agree_in_their_options) {
    const ChannelUri old = *ChannelUri::parse("aeron:udp?endpoint=a:1");
    const auto fault = [&](const SubscriptionParams& added) {
        const auto agree = check_subscriptions_agree(added, old, SubscriptionParams{}, old);
        return agree ? std::string{} : agree.error().text.substr(44);
    };
    EXPECT_EQ(fault({}), "");
    EXPECT_TRUE(fault({.is_reliable = false, .rejoins = false}).starts_with(" reliable=false "));
    EXPECT_TRUE(fault({.rejoins = false}).starts_with(" rejoin=false "));
    EXPECT_TRUE(fault({.is_response = true}).starts_with(" isResponse=true "));
    EXPECT_EQ(fault({.is_tethered = false}), "");
}

TEST(EndpointSharing, shows_spies_what_has_their_tag_or_their_canonical_form_and_session) {
    SharingMachine machine;
    const UdpChannel publication = machine.resolve("endpoint=localhost:1|tags=7");
    EXPECT_TRUE(spy_sees(machine.resolve("tags=7"), publication, false));
    EXPECT_TRUE(spy_sees(machine.resolve("endpoint=localhost:1"), publication, true));
    EXPECT_FALSE(spy_sees(machine.resolve("endpoint=localhost:1"), publication, false));
    EXPECT_FALSE(spy_sees(machine.resolve("endpoint=localhost:2"), publication, true));
}

}  // namespace
}  // namespace tern::uri

#include "tern/uri/channel_uri.hpp"

#include <gtest/gtest.h>

namespace tern {
namespace {

ChannelUri parsed(std::string_view text) {
    Result<ChannelUri> uri = ChannelUri::parse(text);
    EXPECT_TRUE(uri) << uri.error().text;
    return *std::move(uri);
}

Error fault_of(std::string_view text) {
    Result<ChannelUri> uri = ChannelUri::parse(text);
    EXPECT_FALSE(uri) << text;
    return std::move(uri).error();
}

TEST(ChannelUri, takes_golden_vector_22_5_apart) {
    const ChannelUri uri = parsed(
        "aeron:udp?endpoint=224.10.9.8:4567|term-length=128k|alias=x=1|tags=12,34|foo");
    EXPECT_EQ(uri.media(), Media::udp);
    EXPECT_EQ(uri.get("endpoint"), "224.10.9.8:4567");
    EXPECT_EQ(uri.channel_tag_text(), "12");
    EXPECT_EQ(uri.entity_tag_text(), "34");
    EXPECT_EQ(uri.get("term-length"), "128k");
    EXPECT_EQ(uri.get("alias"), "x=1");
    EXPECT_FALSE(uri.has("foo"));
}

TEST(ChannelUri, keeps_its_text_and_all_parameters_in_order) {
    const ChannelUri uri = parsed("aeron:ipc?b=1|a=2|b=3|");
    EXPECT_EQ(uri.text(), "aeron:ipc?b=1|a=2|b=3|");
    const std::vector<ChannelUri::Parameter> expected{{"b", "1"}, {"a", "2"}, {"b", "3"}};
    EXPECT_EQ(uri.parameters(), expected);
    EXPECT_EQ(uri.get("b"), "1");
}

TEST(ChannelUri, takes_the_last_of_six_keys_and_the_first_of_all_others) {
    for (const char* key : {"endpoint", "interface", "control", "control-mode", "ttl", "tags"}) {
        const std::string text = std::string{"aeron:udp?"} + key + "=1|" + key + "=2";
        EXPECT_EQ(parsed(text).get(key), "2") << key;
    }
    for (const char* key : {"mtu", "alias", "session-id", "endpointx"}) {
        const std::string text = std::string{"aeron:udp?"} + key + "=1|" + key + "=2";
        EXPECT_EQ(parsed(text).get(key), "1") << key;
    }
    EXPECT_EQ(parsed("aeron:ipc?tags=1|tags=2").get("tags"), "2");
    EXPECT_EQ(parsed("aeron:ipc?endpoint=1|endpoint=2").get("endpoint"), "1");
}

TEST(ChannelUri, compares_keys_whole) {
    EXPECT_EQ(parsed("aeron:ipc?mtux=1").get("mtu"), std::nullopt);
    EXPECT_EQ(parsed("aeron:ipc?mt=1").get("mtu"), std::nullopt);
    EXPECT_EQ(parsed("aeron:ipc? mtu=1").get("mtu"), std::nullopt);
}

TEST(ChannelUri, halves_tags_at_the_first_comma) {
    const auto halves = [](std::string_view tags) {
        const ChannelUri uri = parsed("aeron:ipc?tags=" + std::string{tags});
        return std::pair{std::string{uri.channel_tag_text().value_or("none")},
                         std::string{uri.entity_tag_text().value_or("none")}};
    };
    EXPECT_EQ(halves("1"), std::pair(std::string{"1"}, std::string{"none"}));
    EXPECT_EQ(halves("1,"), std::pair(std::string{"1"}, std::string{"none"}));
    EXPECT_EQ(halves(",2"), std::pair(std::string{"none"}, std::string{"2"}));
    EXPECT_EQ(halves(","), std::pair(std::string{"none"}, std::string{"none"}));
    EXPECT_EQ(halves("1,2,3"), std::pair(std::string{"1"}, std::string{"2,3"}));
}

TEST(ChannelUri, knows_control_modes_and_takes_other_text_as_none) {
    EXPECT_EQ(parsed("aeron:udp?control-mode=manual").control_mode(), ControlMode::manual);
    EXPECT_EQ(parsed("aeron:udp?control-mode=dynamic").control_mode(), ControlMode::dynamic);
    EXPECT_EQ(parsed("aeron:ipc?control-mode=response").control_mode(), ControlMode::response);
    EXPECT_EQ(parsed("aeron:ipc?control-mode=Manual").control_mode(), ControlMode::none);
    EXPECT_EQ(parsed("aeron:ipc?control-mode=none").control_mode(), ControlMode::none);
    EXPECT_EQ(parsed("aeron:ipc").control_mode(), ControlMode::none);
}

TEST(ChannelUri, recognises_spies_and_measures_them_without_their_prefix) {
    const ChannelUri spy = parsed("aeron-spy:aeron:udp?endpoint=localhost:4040");
    EXPECT_TRUE(spy.is_spy());
    EXPECT_EQ(spy.media(), Media::udp);
    EXPECT_EQ(spy.text(), "aeron-spy:aeron:udp?endpoint=localhost:4040");
    EXPECT_FALSE(ChannelUri::parse("aeron-spy:aeron-spy:aeron:udp?endpoint=localhost:4040"));

    std::string longest = "aeron:udp?alias=";
    longest.resize(ChannelUri::kMaxLength, 'x');
    EXPECT_TRUE(ChannelUri::parse("aeron-spy:" + longest));
    EXPECT_FALSE(ChannelUri::parse("aeron-spy:" + longest + "x"));
}

TEST(ChannelUri, names_the_channel_in_every_error) {
    EXPECT_EQ(fault_of("aeron:ipc?=1").text, "empty key not allowed: channel=aeron:ipc?=1");
    EXPECT_EQ(fault_of("aeron:tcp?a=1").text, "invalid URI scheme or transport: aeron:tcp?a=1");
    EXPECT_EQ(fault_of("aeron:ipc?=1").code, ErrorCode::invalid_channel);
}

TEST(ChannelUri, repeats_no_more_of_a_long_channel_than_its_limit) {
    EXPECT_LT(fault_of(std::string(100'000, 'x')).text.size(), 4300u);
}

TEST(ChannelUri, refuses_a_nul_byte_wherever_it_is) {
    EXPECT_FALSE(ChannelUri::parse(std::string_view{"aeron:ipc\0", 10}));
    EXPECT_FALSE(ChannelUri::parse(std::string_view{"aeron:ipc?a\0=1", 14}));
    EXPECT_FALSE(ChannelUri::parse(std::string_view{"\0", 1}));
}

TEST(ChannelUri, forbids_each_key_that_no_destination_may_have) {
    for (const char* parameter : {"mtu=1408", "rcv-wnd=64k", "so-rcvbuf=1m", "so-sndbuf=1m",
                                  "so-tos=1", "response-correlation-id=1"}) {
        const std::string text = std::string{"aeron:udp?endpoint=a:1|"} + parameter;
        EXPECT_FALSE(parse_send_destination(text)) << parameter;
        EXPECT_FALSE(parse_receive_destination(text)) << parameter;
        // Local destinations are not checked for them.
        EXPECT_TRUE(parse_receive_destination("aeron-spy:" + text)) << parameter;
        EXPECT_TRUE(parse_receive_destination(std::string{"aeron:ipc?"} + parameter));
    }
    EXPECT_TRUE(parse_send_destination("aeron:udp?endpoint=a:1|term-length=1|ttl=3"));
}

}  // namespace
}  // namespace tern

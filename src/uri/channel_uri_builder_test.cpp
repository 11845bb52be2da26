#include "tern/uri/channel_uri_builder.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tern/uri/publication_params.hpp"

namespace tern {
namespace {

std::string fault(const ChannelUriBuilder& builder) {
    const Result<std::string> text = builder.build();
    EXPECT_FALSE(text) << *text;
    return text.error().text;
}

ChannelUriBuilder udp() {
    return ChannelUriBuilder::udp().endpoint("localhost:1");
}

TEST(ChannelUriBuilder, prints_in_one_order_whatever_the_order_of_the_calls) {
    EXPECT_EQ(ChannelUriBuilder::ipc().str(), "aeron:ipc");
    EXPECT_EQ(ChannelUriBuilder::udp()
                  .put("zoo", "z")
                  .publication_window(1 << 20)
                  .alias("a")
                  .session_id(-3)
                  .mtu(8192)
                  .put("bar", 7)
                  .endpoint("localhost:40123")
                  .tags(12, 34)
                  .str(),
              "aeron:udp?tags=12,34|endpoint=localhost:40123|mtu=8k|session-id=-3|alias=a|"
              "pub-wnd=1m|bar=7|zoo=z");
}

TEST(ChannelUriBuilder, prints_every_parameter_in_the_order_of_the_reference) {
    EXPECT_EQ(
        ChannelUriBuilder::udp()
            .tags(1).endpoint("e:1").network_interface("i").control("c:1")
            .control_mode(ControlMode::dynamic).mtu(64).term_length(65536).initial_term_id(1)
            .term_id(2).term_offset(32).session_id(3).ttl(4).reliable(true).linger(Nanos{5})
            .alias("al").congestion_control("cubic").flow_control("min,t:1s").group_tag(6)
            .sparse(false).end_of_stream(true).tether(false).group(std::nullopt).rejoin(true)
            .spies_simulate_connection(false).send_buffer(7).receive_buffer(8).traffic_class(9)
            .receiver_window(10).media_receive_timestamp_offset("reserved")
            .channel_receive_timestamp_offset("0").channel_send_timestamp_offset("8")
            .response_endpoint("r:1").response_correlation_id(11).nak_delay(Nanos{12'000})
            .untethered_window_limit_timeout(Nanos{13}).untethered_linger_timeout(Nanos{14})
            .untethered_resting_timeout(Nanos{15}).max_resend(16).stream_id(17)
            .publication_window(18).str(),
        "aeron:udp?tags=1|endpoint=e:1|interface=i|control=c:1|control-mode=dynamic|mtu=64|"
        "term-length=64k|init-term-id=1|term-id=2|term-offset=32|session-id=3|ttl=4|reliable=true|"
        "linger=5ns|alias=al|cc=cubic|fc=min,t:1s|gtag=6|sparse=false|eos=true|tether=false|"
        "group=infer|rejoin=true|ssc=false|so-sndbuf=7|so-rcvbuf=8|so-tos=9|rcv-wnd=10|"
        "media-rcv-ts-offset=reserved|channel-rcv-ts-offset=0|channel-snd-ts-offset=8|"
        "response-endpoint=r:1|response-correlation-id=11|nak-delay=12us|"
        "untethered-window-limit-timeout=13ns|untethered-linger-timeout=14ns|"
        "untethered-resting-timeout=15ns|max-resend=16|stream-id=17|pub-wnd=18");
}

TEST(ChannelUriBuilder, sets_the_initial_position_of_vector_22_4) {
    EXPECT_EQ(ChannelUriBuilder::ipc().initial_position(393280, 777, 131072).str(),
              "aeron:ipc?term-length=131072|init-term-id=777|term-id=780|term-offset=64");
}

TEST(ChannelUriBuilder, sets_initial_positions_that_parse_back_to_themselves) {
    for (std::int64_t position : {std::int64_t{0}, std::int64_t{65536}, std::int64_t{1} << 40,
                                  (std::int64_t{1} << 47) - 32}) {
        for (std::int32_t initial : {0, -1, INT32_MAX, INT32_MIN}) {
            const std::string text =
                ChannelUriBuilder::ipc().initial_position(position, initial, 65536).str();
            const auto params = uri::PublicationParams::parse(
                *ChannelUri::parse(text), {}, [](std::int64_t) { return std::nullopt; });
            ASSERT_TRUE(params) << params.error().text;
            EXPECT_EQ(uri::position_of(*params->start, params->term_length), position);
        }
    }
}

TEST(ChannelUriBuilder, begins_with_what_a_channel_has) {
    auto builder = ChannelUriBuilder::from("aeron-spy:aeron:udp?foo=1|endpoint=a:1|endpoint=b:2|"
                                           "foo=2|alias=x=1|");
    ASSERT_TRUE(builder);
    EXPECT_EQ(builder->str(), "aeron-spy:aeron:udp?endpoint=b:2|alias=x=1|foo=1");
    EXPECT_EQ(builder->erase("foo").erase("bar").spy(false).str(),
              "aeron:udp?endpoint=b:2|alias=x=1");
    EXPECT_EQ(builder->get("alias"), "x=1");
    EXPECT_FALSE(ChannelUriBuilder::from("aeron:tcp"));
}

TEST(ChannelUriBuilder, replaces_and_erases) {
    EXPECT_EQ(udp().mtu(2048).mtu(4096).str(), "aeron:udp?endpoint=localhost:1|mtu=4k");
    EXPECT_EQ(udp().control_mode(ControlMode::manual).control_mode(ControlMode::none).str(),
              "aeron:udp?endpoint=localhost:1");
    EXPECT_EQ(udp().tags(1).tags(std::nullopt).str(), "aeron:udp?endpoint=localhost:1");
    EXPECT_EQ(udp().tags(std::nullopt, 5).str(), "aeron:udp?tags=,5|endpoint=localhost:1");
    EXPECT_EQ(udp().session_id_of_tag(5).str(), "aeron:udp?endpoint=localhost:1|session-id=tag:5");
    EXPECT_EQ(udp().response_correlation_id(-2).str(),
              "aeron:udp?endpoint=localhost:1|response-correlation-id=prototype");
}

TEST(ChannelUriBuilder, remembers_the_first_wrong_value) {
    EXPECT_EQ(fault(udp().mtu(100).ttl(256)),
              "mtuLength must be a multiple of FRAME_ALIGNMENT: mtuLength=100");
    EXPECT_EQ(fault(udp().ttl(256)), "ttl must be from 0 to 255: 256");
    EXPECT_EQ(fault(udp().traffic_class(-1)), "so-tos must be from 0 to 255: -1");
    EXPECT_EQ(fault(udp().term_length(100'000)), "term length not a power of 2: length=100000");
    EXPECT_EQ(fault(udp().term_offset(1)),
              "term-offset must be a multiple of 32 from 0 to 1073741824: 1");
    EXPECT_EQ(fault(udp().max_resend(0)), "max-resend must be from 1 to 256: 0");
    EXPECT_EQ(fault(udp().linger(Nanos{-1})), "linger must be at least 0 ns: -1");
    EXPECT_EQ(fault(udp().send_buffer(-1)), "so-sndbuf must be at least 0: -1");
    EXPECT_EQ(fault(udp().tags(-1)), "-1 tag is reserved");
    EXPECT_EQ(fault(udp().response_correlation_id(-3)),
              "response-correlation-id must be -1, the prototype's -2, or an id: -3");
    EXPECT_EQ(fault(udp().initial_position(33, 0, 65536)),
              "position not multiple of FRAME_ALIGNMENT: 33");
    EXPECT_EQ(fault(udp().initial_position(-32, 0, 65536)),
              "position not multiple of FRAME_ALIGNMENT: -32");
    EXPECT_EQ(fault(udp().initial_position(std::int64_t{1} << 62, 0, 65536)),
              "position must be within 2^31 terms: 4611686018427387904");
}

TEST(ChannelUriBuilder, keeps_separators_out_of_keys_and_values) {
    for (const char* bad : {"", "a|b", "a=b", "a?b"}) {
        EXPECT_FALSE(udp().put("key", bad).build()) << bad;
        EXPECT_FALSE(udp().put(bad, "value").build()) << bad;
    }
    EXPECT_FALSE(udp().put("key", std::string_view{"a\0b", 3}).build());
}

TEST(ChannelUriBuilder, refuses_parameters_that_do_not_go_together) {
    EXPECT_TRUE(fault(ChannelUriBuilder::udp()).starts_with("URIs for UDP must specify endpoint"));
    EXPECT_EQ(fault(udp().control_mode(ControlMode::dynamic)),
              "explicit control expected with dynamic control mode");
    EXPECT_EQ(fault(ChannelUriBuilder::ipc().term_id(1)),
              "params: init-term-id term-id term-offset must be used as a complete set");
    EXPECT_EQ(fault(ChannelUriBuilder::ipc().spy()), "a spy needs a UDP channel");
    EXPECT_EQ(fault(ChannelUriBuilder::ipc().alias(std::string(5000, 'x'))),
              "URI length (5016) exceeds max supported length (4095)");
    EXPECT_THROW(ChannelUriBuilder::udp().str(), std::invalid_argument);
    EXPECT_EQ(ChannelUriBuilder::udp().control_mode(ControlMode::manual).str(),
              "aeron:udp?control-mode=manual");
}

TEST(ChannelEdits, set_session_and_alias) {
    EXPECT_EQ(*with_session_id("aeron:ipc?session-id=4|alias=x", -1),
              "aeron:ipc?session-id=-1|alias=x");
    EXPECT_EQ(*with_alias_if_absent("aeron:ipc", "me"), "aeron:ipc?alias=me");
    EXPECT_EQ(*with_alias_if_absent("aeron:ipc?mtu=64|alias=you|", "me"),
              "aeron:ipc?mtu=64|alias=you|");
    EXPECT_FALSE(with_session_id("aeron:", 1));
    EXPECT_FALSE(with_alias_if_absent("aeron:ipc", "a|b"));
}

TEST(ChannelEdits, replace_a_wildcard_port) {
    EXPECT_EQ(*with_wildcard_port_replaced("aeron:udp?endpoint=localhost:0", "127.0.0.1:4040"),
              "aeron:udp?endpoint=localhost:4040");
    EXPECT_EQ(*with_wildcard_port_replaced("aeron:udp?endpoint=[::]:0", "[::1]:4040"),
              "aeron:udp?endpoint=[::]:4040");
    EXPECT_EQ(*with_wildcard_port_replaced("aeron:udp?endpoint=localhost:10", "127.0.0.1:4040"),
              "aeron:udp?endpoint=localhost:10");
    EXPECT_EQ(*with_wildcard_port_replaced("aeron:udp?control=a:1", "127.0.0.1:4040"),
              "aeron:udp?endpoint=127.0.0.1:4040|control=a:1");
    EXPECT_FALSE(with_wildcard_port_replaced("aeron:udp?endpoint=localhost:0", "127.0.0.1:0"));
    EXPECT_FALSE(with_wildcard_port_replaced("aeron:udp?endpoint=localhost:0", "127.0.0.1"));
}

TEST(ChannelEdits, make_destinations) {
    EXPECT_EQ(*destination_channel("aeron:udp?control-mode=manual|interface=eth|mtu=64", "a:1"),
              "aeron:udp?endpoint=a:1|interface=eth");
    EXPECT_EQ(*destination_channel("aeron:udp?control-mode=manual", "a:1"),
              "aeron:udp?endpoint=a:1");
    EXPECT_FALSE(destination_channel("aeron:udpx", "a:1"));
}

}  // namespace
}  // namespace tern

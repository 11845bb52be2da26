#include "tern/uri/subscription_params.hpp"

#include <gtest/gtest.h>

namespace tern::uri {
namespace {

Result<SubscriptionParams> try_parse(std::string_view text,
                                     const SubscriptionDefaults& defaults = {}) {
    Result<ChannelUri> channel = parse_subscription_channel(text);
    EXPECT_TRUE(channel) << channel.error().text;
    return SubscriptionParams::parse(*channel, defaults);
}

SubscriptionParams parsed(std::string_view text, const SubscriptionDefaults& defaults = {}) {
    Result<SubscriptionParams> result = try_parse(text, defaults);
    EXPECT_TRUE(result) << result.error().text;
    return *std::move(result);
}

TEST(SubscriptionParams, take_other_text_for_group_as_off_which_is_example_114) {
    EXPECT_EQ(parsed("aeron:udp?endpoint=a:1|group=maybe").group, TriState::force_false);
    EXPECT_EQ(parsed("aeron:udp?endpoint=a:1|group=true").group, TriState::force_true);
    EXPECT_EQ(parsed("aeron:udp?endpoint=a:1|group=infer", {.group = TriState::force_true}).group,
              TriState::infer);
}

TEST(SubscriptionParams, keep_an_unknown_congestion_control_which_is_example_115) {
    EXPECT_EQ(parsed("aeron:udp?endpoint=a:1|cc=nonsense").congestion_control, "nonsense");
    EXPECT_EQ(parsed("aeron:udp?endpoint=a:1").congestion_control, "");
}

TEST(SubscriptionParams, fall_back_to_the_settings) {
    const SubscriptionDefaults defaults{.is_reliable = false,
                                        .is_sparse = false,
                                        .is_tethered = false,
                                        .rejoins = false,
                                        .group = TriState::force_true,
                                        .receiver_window_length = 4096,
                                        .group_tag = 3,
                                        .untethered_window_limit_timeout = Nanos{1},
                                        .untethered_linger_timeout = Nanos{2},
                                        .untethered_resting_timeout = Nanos{3}};
    const SubscriptionParams plain = parsed("aeron:udp?endpoint=a:1", defaults);
    EXPECT_FALSE(plain.is_reliable || plain.is_sparse || plain.is_tethered || plain.rejoins);
    EXPECT_EQ(plain.group, TriState::force_true);
    EXPECT_EQ(plain.receiver_window_length, 4096);
    EXPECT_EQ(plain.group_tag, 3);
    EXPECT_EQ(plain.untethered.window_limit, Nanos{1});
    EXPECT_EQ(plain.untethered.linger, Nanos{2});
    EXPECT_EQ(plain.untethered.resting, Nanos{3});
    EXPECT_EQ(plain.session_id, std::nullopt);
    EXPECT_FALSE(plain.is_response);
}

TEST(SubscriptionParams, let_the_channel_override_the_settings) {
    const SubscriptionParams given =
        parsed("aeron:udp?endpoint=a:1|reliable=false|sparse=false|tether=false|rejoin=false|"
               "session-id=-7|rcv-wnd=64k|nak-delay=5us|gtag=-12|cc=cubic");
    EXPECT_FALSE(given.is_reliable || given.is_sparse || given.is_tethered || given.rejoins);
    EXPECT_EQ(given.session_id, -7);
    EXPECT_EQ(given.receiver_window_length, 65536);
    EXPECT_EQ(given.nak_delay, Nanos{5'000});
    EXPECT_EQ(given.group_tag, -12);
    EXPECT_EQ(given.congestion_control, "cubic");
}

TEST(SubscriptionParams, of_ipc_are_always_reliable_and_never_a_group) {
    const SubscriptionParams ipc = parsed("aeron:ipc?reliable=false|group=true|tether=false|"
                                          "control-mode=response|gtag=x|nak-delay=x");
    EXPECT_TRUE(ipc.is_reliable);
    EXPECT_EQ(ipc.group, TriState::infer);
    EXPECT_FALSE(ipc.is_tethered);
    EXPECT_TRUE(ipc.is_response);
    EXPECT_EQ(ipc.group_tag, std::nullopt);
}

TEST(SubscriptionParams, of_spies_do_not_look_at_what_only_receivers_use) {
    EXPECT_TRUE(try_parse("aeron-spy:aeron:udp?endpoint=a:1|gtag=x|nak-delay=x"));
    EXPECT_FALSE(try_parse("aeron-spy:aeron:udp?endpoint=a:1|reliable=x"));
}

TEST(SubscriptionParams, report_the_first_fault_in_the_drivers_order) {
    const auto fault = [](std::string_view parameters) {
        return try_parse("aeron:udp?endpoint=a:1|" + std::string{parameters}).error().text;
    };
    EXPECT_TRUE(fault("rcv-wnd=x|session-id=y|rejoin=z")
                    .starts_with("could not parse rejoin=z as bool from URI"));
    EXPECT_TRUE(fault("gtag=x|nak-delay=y").starts_with("nak-delay is not parseable: y"));
    EXPECT_TRUE(fault("untethered-linger-timeout=-1")
                    .starts_with("could not parse untethered-linger-timeout=-1 in URI"));
}

}  // namespace
}  // namespace tern::uri

#include "tern/driver/sender/flow_control.hpp"

#include <gtest/gtest.h>

#include "tern/base/coverage_mark.hpp"

namespace tern::driver {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Nanos at(std::int64_t ms) { return milliseconds{ms}; }

struct Fixture {
    explicit Fixture(const FlowControlConfig& config)
        : control(make_flow_control(config, Counter(word))) {}

    Position status(std::int64_t receiver, Position position, Nanos now, Position limit = 0,
                    std::int32_t window = 2000) {
        protocol::StatusMessage message{.window = window, .receiver_id = receiver};
        message.group_tag = tag;
        message.is_end_of_stream = is_end_of_stream;
        return control->on_status_message(message, position, limit, now);
    }
    void setup_wanted(std::int64_t receiver) {
        protocol::StatusMessage message{.elicits_setup = true, .receiver_id = receiver};
        message.group_tag = tag;
        control->on_setup_triggered(message);
    }
    Position idle(Nanos now, Position limit = 77) { return control->on_idle(limit, false, now); }
    std::int64_t count() const { return Counter(word).get(); }

    mutable SharedWord<std::int64_t> word{};
    std::unique_ptr<FlowControl> control;
    std::optional<std::int64_t> tag;
    bool is_end_of_stream = false;
};

Fixture min_control(Nanos timeout = seconds{5}, std::int32_t min_size = 0) {
    return Fixture({.strategy = FlowControlStrategy::min,
                    .receiver_timeout = timeout,
                    .group_min_size = min_size});
}

TEST(MaxFlowControl, follows_the_fastest_receiver_and_never_goes_back) {
    Fixture max({.strategy = FlowControlStrategy::multicast_max});
    EXPECT_EQ(max.status(1, 1000, at(0)), 3000);
    EXPECT_EQ(max.status(2, 500, at(0), 3000), 3000);
    EXPECT_EQ(max.idle(at(60'000), 3000), 3000);
    EXPECT_TRUE(max.control->has_required_receivers());
}

TEST(MinFlowControl, follows_the_slowest_receiver) {
    Fixture min = min_control();
    EXPECT_EQ(min.status(1, 1000, at(0)), 3000);
    EXPECT_EQ(min.status(2, 2000, at(0)), 3000);
    EXPECT_EQ(min.status(3, 994, at(0)), 2994);
    EXPECT_EQ(min.count(), 3);
    EXPECT_EQ(min.status(3, 5000, at(0)), 3000);
    EXPECT_EQ(min.status(1, 5000, at(0)), 4000);
    EXPECT_EQ(min.status(2, 1500, at(0), 4000), 4000);  // a window that shrank: never back on a SM
    EXPECT_EQ(min.idle(at(0), 4000), 3500);             // but when idle
}

TEST(MinFlowControl, forgets_receivers_after_their_timeout) {
    Fixture min = min_control(milliseconds{500});
    min.status(1, 1000, at(100));
    min.status(2, 2000, at(200));
    EXPECT_EQ(min.idle(at(599)), 3000);
    EXPECT_EQ(min.idle(at(600)), 3000);
    EXPECT_EQ(min.idle(at(601)), 4000);
    EXPECT_EQ(min.count(), 1);
    EXPECT_EQ(min.idle(at(701)), 77);
    EXPECT_EQ(min.count(), 0);
}

TEST(MinFlowControl, keeps_receivers_that_go_on_answering) {
    Fixture min = min_control(milliseconds{500});
    min.status(1, 1000, at(0));
    for (int t = 0; t < 5000; t += 400) {
        min.status(1, 1000, at(t));
        EXPECT_EQ(min.idle(at(t + 399)), 3000);
    }
    EXPECT_EQ(min.idle(at(5302)), 77);
}

TEST(MinFlowControl, does_not_track_a_newcomer_that_is_more_than_a_window_behind) {
    Fixture min = min_control();
    EXPECT_EQ(min.status(1, 32768 - 2000, at(0)), 32768);
    EXPECT_EQ(min.status(2, 0, at(0), 32768, 64), 32768);
    EXPECT_EQ(min.count(), 1);
    EXPECT_EQ(min.status(2, 32768 - 128, at(0), 32768, 64), 32768);  // on the edge
    EXPECT_EQ(min.count(), 2);
}

TEST(MinFlowControl, lets_go_of_a_receiver_that_ends_or_reports_an_error) {
    Fixture min = min_control();
    min.status(1, 1000, at(0));
    min.status(2, 2000, at(0));
    min.is_end_of_stream = true;
    min.status(1, 1000, at(1));
    min.status(9, 0, at(1));  // an unknown one that ends is not taken in
    EXPECT_EQ(min.count(), 2);
    EXPECT_EQ(min.idle(at(2)), 4000);
    EXPECT_EQ(min.count(), 1);
    protocol::ErrorFrame error;
    error.receiver_id = 2;
    min.control->on_error(error, at(2));
    EXPECT_EQ(min.idle(at(3)), 77);
    EXPECT_EQ(min.count(), 0);
}

TEST(MinFlowControl, leaves_the_limit_alone_until_the_group_is_large_enough) {
    Fixture min = min_control(seconds{5}, 2);
    EXPECT_FALSE(min.control->has_required_receivers());
    EXPECT_EQ(min.status(1, 1000, at(0), 5), 5);
    EXPECT_EQ(min.idle(at(1)), 77);
    EXPECT_EQ(min.status(2, 1200, at(2), 5), 3000);
    EXPECT_TRUE(min.control->has_required_receivers());
    EXPECT_EQ(min.idle(at(5002), 3000), 3000);
    EXPECT_FALSE(min.control->has_required_receivers());
}

TEST(MinFlowControl, holds_the_limit_for_a_receiver_that_is_about_to_join) {
    Fixture min = min_control();
    EXPECT_EQ(min.status(1, 1000, at(0)), 3000);
    min.setup_wanted(2);
    EXPECT_EQ(min.control->on_elicited_setup(3000, at(1)), 3000);
    EXPECT_EQ(min.status(1, 2000, at(2), 3000), 3000);  // held
    EXPECT_EQ(min.idle(at(3), 3000), 3000);
    EXPECT_EQ(min.status(2, 1500, at(4), 3000), 3000);  // joined: no longer held
    EXPECT_EQ(min.status(2, 1700, at(5), 3000), 3700);
}

TEST(MinFlowControl, holds_the_limit_no_longer_than_the_receiver_timeout) {
    Fixture min = min_control(milliseconds{500});
    min.status(1, 1000, at(0));
    min.setup_wanted(2);
    min.control->on_elicited_setup(3000, at(100));
    EXPECT_EQ(min.status(1, 2000, at(600), 3000), 3000);
    EXPECT_EQ(min.status(1, 2000, at(601), 3000), 4000);
    min.control->on_elicited_setup(4000, at(602));  // the mark was cleared
    EXPECT_EQ(min.status(1, 3000, at(603), 4000), 5000);
}

TEST(MinFlowControl, does_not_hold_the_limit_for_the_first_receiver) {
    Fixture min = min_control();
    min.setup_wanted(1);
    min.control->on_elicited_setup(0, at(0));
    EXPECT_EQ(min.status(1, 1000, at(1)), 3000);
}

TEST(TaggedFlowControl, tracks_receivers_with_its_tag_only) {
    Fixture tagged({.strategy = FlowControlStrategy::tagged, .group_tag = 5});
    EXPECT_EQ(tagged.status(1, 1000, at(0), 10), 3000);  // nobody tracked: as max
    EXPECT_EQ(tagged.count(), 0);
    tagged.tag = 5;
    EXPECT_EQ(tagged.status(2, 2000, at(0), 10), 4000);
    EXPECT_EQ(tagged.count(), 1);
    tagged.tag = 6;
    EXPECT_EQ(tagged.status(3, 100, at(0), 10), 4000);
    EXPECT_EQ(tagged.status(2, 9000, at(0), 10), 4000);  // its id with another tag
    EXPECT_EQ(tagged.count(), 1);
    tagged.setup_wanted(3);
    tagged.control->on_elicited_setup(4000, at(1));
    tagged.tag = 5;
    EXPECT_EQ(tagged.status(2, 9000, at(2), 4000), 11000);  // not held for a stranger
}

TEST(MinFlowControl, bounds_the_receivers_that_a_storm_of_ids_can_make) {
    CoverageMark::forget_all();
    Fixture min = min_control();
    for (std::int64_t id = 0; id < 100'000; ++id) min.status(id, 1000, at(0), 3000);
    EXPECT_EQ(min.count(), static_cast<std::int64_t>(kMaxReceivers));
    EXPECT_TRUE(CoverageMark::was_reached("flow_control_receiver_table_full"));
    EXPECT_EQ(min.idle(at(5001), 3000), 3000);
    EXPECT_EQ(min.count(), 0);
}

class FlowControlConfigOf : public testing::Test {
  protected:
    Result<FlowControlConfig> of(const std::string& uri) {
        const ChannelUri parsed = ChannelUri::parse(uri).value();
        uri::UdpChannel channel;
        channel.uri = parsed;
        channel.control_mode = parsed.control_mode();
        channel.is_multicast = uri.find("endpoint=224.") != std::string::npos;
        return flow_control_config(channel, settings);
    }
    Settings settings;
};

TEST_F(FlowControlConfigOf, multicast_is_max_or_what_fc_says) {
    const std::string group = "aeron:udp?endpoint=224.20.30.39:40180";
    EXPECT_EQ(of(group).value().strategy, FlowControlStrategy::multicast_max);
    EXPECT_EQ(of(group).value().retransmit_window_multiple, 4);
    const FlowControlConfig tagged = of(group + "|fc=tagged,t:10s,g:100/10,rrwm:6").value();
    EXPECT_EQ(tagged.strategy, FlowControlStrategy::tagged);
    EXPECT_EQ(tagged.receiver_timeout, seconds{10});
    EXPECT_EQ(tagged.group_tag, 100);
    EXPECT_EQ(tagged.group_min_size, 10);
    EXPECT_EQ(tagged.retransmit_window_multiple, 6);
    EXPECT_FALSE(of(group + "|fc=minute"));
}

TEST_F(FlowControlConfigOf, settings_fill_what_the_channel_leaves_open) {
    settings.multicast_flow_control_supplier = "multicast_min";
    settings.flow_control_group_min_size = 3;
    settings.flow_control_receiver_timeout = seconds{2};
    const std::string mdc = "aeron:udp?control=127.0.0.1:40130|control-mode=dynamic";
    EXPECT_EQ(of(mdc).value().strategy, FlowControlStrategy::min);
    EXPECT_EQ(of(mdc).value().group_min_size, 3);
    EXPECT_EQ(of(mdc).value().receiver_timeout, seconds{2});
    EXPECT_EQ(of(mdc + "|fc=max").value().strategy, FlowControlStrategy::multicast_max);
    settings.multicast_flow_control_supplier = "multicast_fastest";
    EXPECT_FALSE(of(mdc));
}

TEST_F(FlowControlConfigOf, unicast_does_not_look_at_fc) {
    const FlowControlConfig unicast = of("aeron:udp?endpoint=127.0.0.1:40123|fc=nonsense").value();
    EXPECT_EQ(unicast.strategy, FlowControlStrategy::unicast_max);
    EXPECT_EQ(unicast.retransmit_window_multiple, 16);
    EXPECT_FALSE(unicast.counts_receivers());
}

}  // namespace
}  // namespace tern::driver

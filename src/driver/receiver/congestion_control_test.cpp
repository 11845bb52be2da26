#include "tern/driver/receiver/congestion_control.hpp"

#include <gtest/gtest.h>

namespace tern::driver {
namespace {

using namespace std::chrono_literals;

constexpr std::int32_t kBigTerm = 16 * 1024 * 1024;

std::unique_ptr<CongestionControl> cubic(const Settings& settings = {},
                                         CongestionControlParams params = {}) {
    params.kind = CongestionControlKind::cubic;
    params.term_length = params.term_length == 0 ? kBigTerm : params.term_length;
    params.mtu_length = params.mtu_length == 0 ? 1408 : params.mtu_length;
    return make_congestion_control(params, settings, Nanos{0});
}

std::int32_t cwnd_after(CongestionControl& control, Nanos now, bool loss = false) {
    return control.on_rebuild(now, 0, 0, loss).length / 1408;
}

TEST(FixedWindow, IsHalfATermAtMost) {
    Settings settings;
    CongestionControlParams params{
        .receiver_window = 128 * 1024, .term_length = 64 * 1024, .mtu_length = 1408};
    EXPECT_EQ(make_congestion_control(params, settings, 0ns)->initial_window(), 32 * 1024);
    params.term_length = kBigTerm;
    EXPECT_EQ(make_congestion_control(params, settings, 0ns)->max_window(), 128 * 1024);
}

TEST(FixedWindow, NeverChangesAndNeverForcesAStatusMessage) {
    Settings settings;
    const auto control = make_congestion_control(
        {.receiver_window = 128 * 1024, .term_length = kBigTerm, .mtu_length = 1408}, settings,
        0ns);
    const auto window = control->on_rebuild(1s, 4096, 0, true);
    EXPECT_EQ(window.length, 128 * 1024);
    EXPECT_FALSE(window.forces_status);
    EXPECT_FALSE(control->should_measure_rtt(100s));
}

// The example of spec wire-protocol.md 5.12.
TEST(Cubic, BeginsWithTenDatagrams) {
    const auto control = cubic();
    EXPECT_EQ(control->initial_window(), 14080);
    EXPECT_EQ(control->max_window(), 131072);
}

TEST(Cubic, GrowsAsInTheExample) {
    const auto control = cubic();
    EXPECT_EQ(cwnd_after(*control, 200us), 75);
    EXPECT_EQ(cwnd_after(*control, 500ms), 82);
    EXPECT_EQ(cwnd_after(*control, 1s), 87);
    EXPECT_EQ(cwnd_after(*control, 2s), 92);
    EXPECT_EQ(cwnd_after(*control, 3s), 93);
}

TEST(Cubic, ShrinksAfterALossAndGrowsAgainAsInTheExample) {
    const auto control = cubic();
    ASSERT_EQ(cwnd_after(*control, 200us), 75);
    ASSERT_EQ(cwnd_after(*control, 4s), 93);
    const auto window = control->on_rebuild(10s, 0, 0, true);
    EXPECT_EQ(window.length, 104192);
    EXPECT_TRUE(window.forces_status);
    EXPECT_EQ(cwnd_after(*control, 10s + 500ms), 82);
    EXPECT_EQ(cwnd_after(*control, 11s), 87);
    EXPECT_EQ(cwnd_after(*control, 12s), 92);
    EXPECT_EQ(cwnd_after(*control, 13s), 93);
}

TEST(Cubic, AWindowOfOneDatagramForcesStatusMessages) {
    const auto control = cubic({}, {.receiver_window = 2048});
    EXPECT_EQ(control->initial_window(), 1408);
    EXPECT_FALSE(control->on_rebuild(1s, 0, 0, false).forces_status);
    EXPECT_TRUE(control->on_rebuild(1s, 64, 0, false).forces_status);
}

TEST(Cubic, NeverGrantsMoreThanTheReceiversWindow) {
    const auto control = cubic({}, {.receiver_window = 1000});
    EXPECT_EQ(control->initial_window(), 1000);
    EXPECT_EQ(control->on_rebuild(1s, 0, 0, false).length, 1000);
}

TEST(Cubic, MeasuresTheRoundTripWhereAsked) {
    Settings settings;
    EXPECT_FALSE(cubic(settings)->should_measure_rtt(100s));
    settings.cubic_measure_rtt = true;
    const auto control = cubic(settings);
    EXPECT_FALSE(control->should_measure_rtt(400us));
    EXPECT_TRUE(control->should_measure_rtt(401us));
    control->on_rtt_request_sent(401us);
    EXPECT_FALSE(control->should_measure_rtt(500us));
    control->on_rtt(500us, 1ms);
    EXPECT_FALSE(control->should_measure_rtt(4ms));
    EXPECT_TRUE(control->should_measure_rtt(4ms + 501us));
}

TEST(CongestionControl, IsChosenByChannelUnlessTheSettingSaysMore) {
    Settings settings;
    EXPECT_EQ(*congestion_control_kind("", settings), CongestionControlKind::fixed);
    EXPECT_EQ(*congestion_control_kind("static", settings), CongestionControlKind::fixed);
    EXPECT_EQ(*congestion_control_kind("cubic", settings), CongestionControlKind::cubic);
    EXPECT_FALSE(congestion_control_kind("quadratic", settings));
    settings.congestion_control_supplier = "cubic";
    EXPECT_EQ(*congestion_control_kind("static", settings), CongestionControlKind::cubic);
    settings.congestion_control_supplier = "static";
    EXPECT_EQ(*congestion_control_kind("cubic", settings), CongestionControlKind::fixed);
}

}  // namespace
}  // namespace tern::driver

#include "tern/driver/receiver/loss_detector.hpp"

#include <gtest/gtest.h>

#include "tern/driver/receiver/status_schedule.hpp"
#include "tern/logbuffer/testing/test_log.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;

// The table of spec wire-protocol.md 5.9, to a nanosecond of rounding.
TEST(FeedbackDelay, OfAGroupFollowsTheFormula) {
    const FeedbackDelay delay{.kind = FeedbackDelay::Kind::group};
    const std::pair<double, std::int64_t> table[] = {
        {0.0, 0},         {0.01, 704'180},   {0.1, 3'893'917}, {0.25, 6'119'383},
        {0.5, 8'010'589}, {0.75, 9'165'823}, {0.9, 9'693'327}};
    for (const auto& [random, expected] : table)
        EXPECT_NEAR(static_cast<double>(delay.group_delay(random).count()),
                    static_cast<double>(expected), 1.0)
            << random;
    EXPECT_LT(delay.group_delay(0.999999), 10ms);
}

TEST(FeedbackDelay, ComesFromChannelAndSettings) {
    const Settings settings;
    EXPECT_EQ(feedback_delay(false, true, {}, settings).kind, FeedbackDelay::Kind::none);
    EXPECT_EQ(feedback_delay(true, true, {}, settings).kind, FeedbackDelay::Kind::group);
    const FeedbackDelay unicast = feedback_delay(true, false, {}, settings);
    EXPECT_EQ(unicast.initial, 1us);
    EXPECT_EQ(unicast.retry, 100us);
    const FeedbackDelay own = feedback_delay(true, false, Nanos{2ms}, settings);
    EXPECT_EQ(own.initial, 2ms);
    EXPECT_EQ(own.retry, 200ms);
}

class LossDetectorTest : public ::testing::Test {
  protected:
    /// A frame of 64 bytes at this position.
    void put(Position position) { put_frame(position, 64); }
    void put_frame(Position position, std::int32_t length) {
        const TermGeometry& geometry = log().geometry();
        std::byte* const frame =
            log().term(geometry.partition_at(position)) + geometry.offset_at(position);
        header_at(frame).type = kDataFrame;
        header_at(frame).frame_length.store_release(length);
    }
    LossDetector::Scan scan(Position from, Position high, Nanos now) {
        return detector.scan(log(), from, high, now);
    }
    const LogBuffers& log() { return test_log.log; }

    tern::testing::TestLog test_log;
    SeededRandom random{1};
    LossDetector detector{FeedbackDelay{}, random};
};

TEST_F(LossDetectorTest, FindsNothingWhereNothingIsMissing) {
    put(0);
    put(64);
    const auto result = scan(0, 128, 1s);
    EXPECT_EQ(result.rebuild_position, 128);
    EXPECT_FALSE(result.has_found_loss);
    EXPECT_FALSE(result.report);
    EXPECT_EQ(detector.next_deadline(), kNever);
}

TEST_F(LossDetectorTest, ReportsAGapAfterItsDelay) {
    put(0);
    put(192);
    auto result = scan(0, 256, 1s);
    EXPECT_EQ(result.rebuild_position, 64);
    EXPECT_TRUE(result.has_found_loss);
    EXPECT_FALSE(result.report);
    EXPECT_EQ(detector.next_deadline(), 1s + 1us);
    result = scan(64, 256, 1s + 1us);
    EXPECT_FALSE(result.has_found_loss);
    ASSERT_TRUE(result.report);
    EXPECT_EQ(result.report->offset, 64);
    EXPECT_EQ(result.report->length, 128);
}

TEST_F(LossDetectorTest, ReportsAgainEverMoreSlowlyUntilTheGapIsFilled) {
    put(64);
    Nanos now = 1s;
    scan(0, 128, now);
    now += 1us;
    ASSERT_TRUE(scan(0, 128, now).report);
    for (const Nanos wait : {Nanos{100us}, Nanos{200us}, Nanos{400us}, Nanos{800us}, Nanos{1600us},
                             Nanos{3200us}, Nanos{3200us}}) {
        EXPECT_FALSE(scan(0, 128, now + wait - 1ns).report);
        now += wait;
        EXPECT_TRUE(scan(0, 128, now).report);
    }
    put(0);
    EXPECT_EQ(scan(0, 128, now + 10s).rebuild_position, 128);
}

TEST_F(LossDetectorTest, AGapThatChangesIsANewOne) {
    put(128);
    scan(0, 192, 1s);
    put(64);
    const auto result = scan(0, 192, 2s);
    EXPECT_TRUE(result.has_found_loss);
    EXPECT_FALSE(result.report);
    EXPECT_EQ(scan(0, 192, 2s + 1us).report->length, 64);
}

TEST_F(LossDetectorTest, AGapEndsWithItsTerm) {
    const Position term = log().term_length();
    const auto result = scan(term - 64, term + 128, 1s);
    EXPECT_TRUE(result.has_found_loss);
    const auto report = scan(term - 64, term + 128, 2s).report;
    ASSERT_TRUE(report);
    EXPECT_EQ(report->offset, term - 64);
    EXPECT_EQ(report->length, 64);
}

// spec wire-protocol.md 5.8 and, for the last two, the stall of 5.11.
TEST(StatusSchedule, IsDueAfterAQuarterOfTheWindow) {
    StatusNeed need{.min_position = 32'768,
                    .window = 131'072,
                    .scheduled_window = 131'072,
                    .mtu_length = 1'408};
    EXPECT_FALSE(is_status_due(need));
    need.min_position += 32;
    EXPECT_TRUE(is_status_due(need));
}
TEST(StatusSchedule, IsDueWhereTheWindowChangesOrItIsForced) {
    EXPECT_TRUE(is_status_due({.window = 100, .scheduled_window = 200}));
    EXPECT_TRUE(is_status_due({.window = 100, .scheduled_window = 100, .is_forced = true}));
}
TEST(StatusSchedule, AWindowOfOneDatagramIsReportedWithEveryFrame) {
    StatusNeed need{.window = 8'192, .scheduled_window = 8'192, .mtu_length = 8'192};
    EXPECT_FALSE(is_status_due(need));
    need.min_position = 32;
    EXPECT_TRUE(is_status_due(need));
}
TEST(StatusSchedule, ASenderAlwaysKeepsRoomForItsLongestFrame) {
    StatusNeed need{
        .min_position = 1'024, .window = 9'216, .scheduled_window = 9'216, .mtu_length = 8'192};
    EXPECT_FALSE(is_status_due(need));
    need.min_position = 1'056;
    EXPECT_TRUE(is_status_due(need));
}

}  // namespace
}  // namespace tern::driver

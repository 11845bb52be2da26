#include "tern/driver/conductor/untethered.hpp"

#include <gtest/gtest.h>

namespace tern::driver {
namespace {

using namespace std::chrono_literals;

// Defaults of the settings.
constexpr UntetheredTimeouts kTimeouts{.window_limit = 5s, .linger = 5s, .resting = 10s};
constexpr bool kAbove = true, kBehind = false, kActive = false, kDraining = true;

struct Subscriber {
    explicit Subscriber(bool rejoins) {
        link.is_rejoin = rejoins;
        position.link = &link;
        position.since = 1s;
    }
    TetherAction at(Nanos now, bool is_above, bool is_draining = kActive) {
        return advance_tether(position, is_above, is_draining, kTimeouts, now);
    }
    SubscriptionLink link;
    SubscriberPosition position;
};

// Worked example 21.5 of the control protocol.
TEST(Untethered, limit_is_three_quarters_of_a_window_behind_the_fastest) {
    EXPECT_EQ(untethered_limit(1'000'000, 65'536), 950'848);
    EXPECT_EQ(untethered_limit(0, 65'536), -49'152);
}

TEST(Untethered, subscriber_that_holds_back_is_put_aside_and_comes_back) {
    Subscriber subscriber(true);
    EXPECT_EQ(subscriber.at(6s, kBehind),
              TetherAction::none);  // exactly the time-out: not exceeded yet
    EXPECT_EQ(subscriber.at(6s + 1ns, kBehind), TetherAction::announce_unavailable);
    EXPECT_TRUE(subscriber.position.is_working());  // lingers: still in flow control
    EXPECT_EQ(subscriber.at(11s + 1ns, kBehind), TetherAction::none);
    EXPECT_EQ(subscriber.at(11s + 2ns, kBehind), TetherAction::rest);
    EXPECT_FALSE(subscriber.position.is_working());
    EXPECT_EQ(subscriber.at(21s + 2ns, kBehind), TetherAction::none);
    EXPECT_EQ(subscriber.at(21s + 3ns, kBehind), TetherAction::rejoin);
    EXPECT_EQ(subscriber.position.tether, TetherState::active);
}

TEST(Untethered, reading_on_starts_the_time_over) {
    Subscriber subscriber(true);
    EXPECT_EQ(subscriber.at(6s, kAbove), TetherAction::none);
    EXPECT_EQ(subscriber.at(11s, kBehind), TetherAction::none);
    EXPECT_EQ(subscriber.at(11s + 1ns, kBehind), TetherAction::announce_unavailable);
}

TEST(Untethered, is_closed_for_good_where_it_may_not_rejoin) {
    Subscriber subscriber(false);
    EXPECT_EQ(subscriber.at(7s, kBehind), TetherAction::announce_unavailable);
    EXPECT_EQ(subscriber.at(13s, kBehind), TetherAction::close);
    EXPECT_FALSE(subscriber.position.owns_counter());
    EXPECT_EQ(subscriber.at(1000s, kBehind), TetherAction::none);
}

TEST(Untethered, nobody_rejoins_a_stream_that_drains) {
    Subscriber lingering(true);
    EXPECT_EQ(lingering.at(7s, kBehind, kDraining), TetherAction::announce_unavailable);
    EXPECT_EQ(lingering.at(12s, kBehind, kDraining), TetherAction::none);
    EXPECT_EQ(lingering.at(13s, kBehind, kDraining), TetherAction::close);

    Subscriber resting(true);
    resting.position.tether = TetherState::resting;
    resting.position.since = 7s;
    EXPECT_EQ(resting.at(7s, kBehind, kDraining),
              TetherAction::close);  // at once, whatever its time
}

}  // namespace
}  // namespace tern::driver

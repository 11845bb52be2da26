#include "tern/base/idle_strategy.hpp"

#include <gtest/gtest.h>

namespace tern {
namespace {

TEST(ParseIdleStrategy, knows_every_name_and_symbol) {
    const std::pair<const char*, IdleKind> names[] = {
        {"sleeping", IdleKind::sleeping},
        {"sleep-ns", IdleKind::sleeping},
        {"yield", IdleKind::yielding},
        {"spin", IdleKind::busy_spinning},
        {"noop", IdleKind::noop},
        {"backoff", IdleKind::backoff},
        {"aeron_idle_strategy_sleeping", IdleKind::sleeping},
        {"aeron_idle_strategy_yielding", IdleKind::yielding},
        {"aeron_idle_strategy_busy_spinning", IdleKind::busy_spinning},
        {"aeron_idle_strategy_noop", IdleKind::noop},
        {"aeron_idle_strategy_backoff", IdleKind::backoff},
    };
    for (auto [name, kind] : names) {
        auto options = parse_idle_strategy(name, "");
        ASSERT_TRUE(options) << name;
        EXPECT_EQ(options->kind, kind) << name;
    }
}

TEST(ParseIdleStrategy, has_the_defaults_of_the_specification) {
    EXPECT_EQ(*parse_idle_strategy("backoff", ""), (IdleOptions{.kind = IdleKind::backoff,
                                                                .max_spins = 10,
                                                                .max_yields = 20,
                                                                .min_park = Nanos{1000},
                                                                .max_park = Nanos{1'000'000}}));
    EXPECT_EQ(parse_idle_strategy("sleep-ns", "")->sleep, Nanos{1});
}

// driver-config.md 21.2: AERON_SENDER_IDLE_STRATEGY=backoff with 1-2-1us-1ms.
TEST(ParseIdleStrategy, reads_the_arguments_of_backoff) {
    auto options = parse_idle_strategy("backoff", "1-2-1us-1ms");
    ASSERT_TRUE(options);
    EXPECT_EQ(options->max_spins, 1);
    EXPECT_EQ(options->max_yields, 2);
    EXPECT_EQ(options->min_park, Nanos{1'000});
    EXPECT_EQ(options->max_park, Nanos{1'000'000});
    EXPECT_EQ(parse_idle_strategy("backoff", "1-2-300-1s")->min_park, Nanos{300});
}

std::string fault(std::string_view name, std::string_view args) {
    auto options = parse_idle_strategy(name, args);
    return options ? "accepted" : options.error().text;
}

// driver-config.md 21.2: 1-2-1us finds three values.
TEST(ParseIdleStrategy, says_what_is_wrong_with_the_arguments) {
    EXPECT_EQ(fault("backoff", "1-2-1us")
                  .find("init args malformed, 4 values required, found: 3 for args: 1-2-1us"),
              0u);
    EXPECT_EQ(
        fault("backoff", "1-2-1us-1ms-5").find("init args malformed, 4 values required, found: 5"),
        0u);
    EXPECT_EQ(fault("backoff", "x-2-1us-1ms"), "max spins not parseable: x");
    EXPECT_EQ(fault("backoff", "1-y-1us-1ms"), "max yields not parseable: y");
    EXPECT_EQ(fault("backoff", "1-2-1ns-1ms"), "min park period ns not parseable: 1ns");
    EXPECT_EQ(fault("backoff", "1-2-1us-12345678901234567"),
              "max park period ns not parseable: 12345678901234567");
    EXPECT_EQ(fault("sleep-ns", "soon").find("sleep period not parseable: soon"), 0u);
    EXPECT_EQ(fault("busy", "").find("could not find idle strategy object busy"), 0u);
}

TEST(ParseIdleStrategy, ignores_arguments_of_a_strategy_without_any) {
    EXPECT_EQ(*parse_idle_strategy("spin", "whatever"),
              (IdleOptions{.kind = IdleKind::busy_spinning}));
}

TEST(IdleOptions, are_written_as_they_are_read) {
    for (auto [name, args] : {std::pair{"backoff", "10-20-1us-1ms"},
                              {"backoff", "0-0-15-2s"},
                              {"sleep-ns", "1ms"},
                              {"yield", ""},
                              {"spin", ""},
                              {"noop", ""}}) {
        auto options = parse_idle_strategy(name, args);
        ASSERT_TRUE(options);
        EXPECT_EQ(idle_strategy_name(options->kind), name);
        EXPECT_EQ(idle_strategy_arguments(*options), args);
    }
}

// driver-config.md 8.2: the 1st call does nothing, 2..11 pause, 12..31 yield, 32 changes state, 33
// parks.
TEST(BackoffIdle, goes_through_its_states_as_the_specification_counts_them) {
    using State = BackoffIdle::State;
    BackoffIdle idle{IdleOptions{}};
    EXPECT_EQ(idle.state(), State::not_idle);
    idle.idle(0);
    EXPECT_EQ(idle.state(), State::spinning);
    for (int call = 2; call <= 10; ++call) idle.idle(0);
    EXPECT_EQ(idle.state(), State::spinning);
    idle.idle(0);  // the 11th
    EXPECT_EQ(idle.state(), State::yielding);
    for (int call = 12; call <= 31; ++call) idle.idle(0);
    EXPECT_EQ(idle.state(), State::yielding);
    idle.idle(0);  // the 32nd
    EXPECT_EQ(idle.state(), State::parking);
    EXPECT_EQ(idle.next_park(), Nanos{1'000});
    for (std::int64_t us : {2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 1000}) {
        idle.idle(0);
        EXPECT_EQ(idle.next_park(), Nanos{us * 1000});
    }
}

TEST(BackoffIdle, starts_over_after_work) {
    BackoffIdle idle{IdleOptions{.max_spins = 1, .max_yields = 1}};
    for (int call = 0; call < 8; ++call) idle.idle(0);
    ASSERT_EQ(idle.state(), BackoffIdle::State::parking);
    idle.idle(1);
    EXPECT_EQ(idle.state(), BackoffIdle::State::not_idle);
    EXPECT_EQ(idle.next_park(), Nanos{1'000});
}

TEST(IdleStrategy, runs_any_of_them) {
    for (auto kind : {IdleKind::sleeping, IdleKind::yielding, IdleKind::busy_spinning,
                      IdleKind::noop, IdleKind::backoff}) {
        IdleStrategy idle{IdleOptions{.kind = kind}};
        for (int call = 0; call < 40; ++call) idle.idle(call % 7 == 0 ? 1 : 0);
        idle.reset();
    }
}

}  // namespace
}  // namespace tern

#include <gtest/gtest.h>

#include <tuple>

#include "checkers/received_checker.hpp"
#include "doom.hpp"
#include "runner.hpp"
#include "scenarios.hpp"
#include "tern/base/shared_word.hpp"

namespace tern::sim {
namespace {

TEST(Simulation, ARunRepeatsExactly) {
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
        const Outcome first = run_plan(draw_plan(seed));
        const Outcome second = run_plan(draw_plan(seed));
        EXPECT_EQ(first.digest, second.digest) << "seed " << seed;
        EXPECT_EQ(first.steps, second.steps) << "seed " << seed;
    }
}

class HardScenario : public testing::TestWithParam<Plan> {};

TEST_P(HardScenario, EndsWell) {
    const Outcome outcome = run_plan(GetParam());
    EXPECT_FALSE(outcome.violation) << outcome.report;
    EXPECT_GT(outcome.messages, 0u);
}

INSTANTIATE_TEST_SUITE_P(All, HardScenario, testing::ValuesIn(hard_scenarios()),
                         [](const testing::TestParamInfo<Plan>& scenario) {
                             std::string name = scenario.param.name;
                             for (char& c : name)
                                 if (c == '-' || c == '.') c = '_';
                             return name;
                         });

/// A publisher, a subscriber or the driver of one host dies before its `writes`-th write.
Outcome run_with_a_death(Happening what, std::int64_t writes) {
    Plan plan;
    plan.seed = static_cast<std::uint64_t>(writes);
    plan.hosts.assign(1, quick_settings());
    plan.chaos = std::chrono::milliseconds{450};
    plan.messages_in_chaos = 1'200;  // everybody is busy all the time
    const PublisherPlan publisher{.channel = "aeron:ipc",
                                  .stream_id = 7,
                                  .claim_share = 0.5,
                                  .interval = std::chrono::microseconds{500}};
    const SubscriberPlan subscriber{.channel = "aeron:ipc", .stream_id = 7};
    plan.streams.push_back({"ipc",
                            {{.plan = publisher}, {.plan = publisher}},
                            {{.plan = subscriber}, {.plan = subscriber}}});
    plan.events.push_back({.at = std::chrono::milliseconds{350},
                           .what = what,
                           .duration = std::chrono::milliseconds{50},
                           .amount = writes});
    return run_plan(plan);
}

class Death : public testing::TestWithParam<Happening> {};

// By then each has been through all that it does over and over.
TEST_P(Death, BeforeAnyWriteHarmsNobodyElse) {
#ifdef __SANITIZE_ADDRESS__
    constexpr std::int64_t kStep = 10;  // runs take ten times as long
#else
    constexpr std::int64_t kStep = 1;
#endif
    for (std::int64_t writes = 1; writes <= 100; writes += kStep) {
        const Outcome outcome = run_with_a_death(GetParam(), writes);
        ASSERT_FALSE(outcome.violation) << writes << " writes: " << outcome.report;
        ASSERT_EQ(outcome.deaths_in_midst, 1u);
    }
}

INSTANTIATE_TEST_SUITE_P(All, Death,
                         testing::Values(Happening::driver_crashes, Happening::publisher_crashes,
                                         Happening::subscriber_crashes),
                         [](const testing::TestParamInfo<Happening>& what) {
                             switch (what.param) {
                                 case Happening::driver_crashes: return "OfADriver";
                                 case Happening::publisher_crashes: return "OfAPublisher";
                                 default: return "OfASubscriber";
                             }
                         });

TEST(Doom, StrikesBeforeTheWriteThatItWasSetTo) {
    alignas(8) std::byte memory[8]{};
    auto& word = shared_word<std::int64_t>(memory);
    Doom doom{5};
    const auto write_two = [&] {
        word.fetch_add(1);
        word.store_release(word.load_acquire() + 1);
    };
    EXPECT_FALSE(doom.strikes(write_two));
    EXPECT_FALSE(doom.strikes(write_two));
    write_two();  // of somebody else
    bool has_gone_on = false;
    EXPECT_TRUE(doom.strikes([&] {
        write_two();
        has_gone_on = true;
    }));
    EXPECT_EQ(word.load_acquire(), 6);
    EXPECT_FALSE(has_gone_on);
}

TEST(Doom, LetsAnExceptionThrough) {
    Doom doom{1};
    EXPECT_THROW(std::ignore = doom.strikes([] { throw Violation("found"); }), Violation);
    EXPECT_FALSE(doom.strikes([] {}));
}

TEST(Link, CarriesEverythingWhereNothingIsWrong) {
    Link link;
    Dice dice(1);
    std::vector<Nanos> arrivals;
    const std::vector<std::byte> datagram(100);
    for (int i = 0; i < 1'000; ++i) {
        link.carry(datagram, Nanos{i}, dice, arrivals);
        ASSERT_EQ(arrivals.size(), 1u);
        ASSERT_GT(arrivals[0], Nanos{i});
    }
}

TEST(Link, LosesTheShareThatItIsToldTo) {
    Link link;
    link.set({.loss = 0.2});
    Dice dice(1);
    std::vector<Nanos> arrivals;
    int lost = 0;
    const std::vector<std::byte> datagram(100);
    for (int i = 0; i < 10'000; ++i) {
        link.carry(datagram, Nanos{i}, dice, arrivals);
        lost += arrivals.empty() ? 1 : 0;
    }
    EXPECT_NEAR(lost, 2'000, 200);
}

/// A checker that finds nothing proves nothing.
class ReceivedCheckerTest : public testing::Test {
  protected:
    ReceivedCheckerTest() {
        Position at = 0;
        for (std::uint64_t i = 0; i < 10; ++i, at += 128)
            ledger.published(stream, {.begin = at, .end = at + 128, .name = {7, i}});
    }
    void receive(std::uint64_t number, Position end) {
        std::vector<std::byte> message(90);
        write_message({7, number}, message);
        checker.on_message(message, end);
    }
    StreamKey stream{.stream_id = 1, .session_id = 2, .initial_term_id = 3};
    Ledger ledger;
    ReceivedChecker checker{ledger, "a test", stream, 256, true};
};

TEST_F(ReceivedCheckerTest, TakesARunFromTheJoinPosition) {
    for (std::uint64_t i = 2; i < 10; ++i) receive(i, static_cast<Position>(i + 1) * 128);
}
TEST_F(ReceivedCheckerTest, FindsAMissingMessage) {
    receive(2, 384);
    EXPECT_THROW(receive(4, 640), Violation);
}
TEST_F(ReceivedCheckerTest, FindsAMissingFirstMessage) { EXPECT_THROW(receive(3, 512), Violation); }
TEST_F(ReceivedCheckerTest, FindsAMessageTwice) {
    receive(2, 384);
    EXPECT_THROW(receive(2, 384), Violation);
}
TEST_F(ReceivedCheckerTest, FindsAMessageAtTheWrongPlace) {
    EXPECT_THROW(receive(3, 384), Violation);
}
TEST_F(ReceivedCheckerTest, TakesAMessageWhoseWriterDiedMeanwhile) {
    ledger.in_doubt(stream, {7, 10}, 128);
    for (std::uint64_t i = 2; i < 11; ++i) receive(i, static_cast<Position>(i + 1) * 128);
    EXPECT_THROW(receive(10, 12 * 128), Violation);  // but once, and for all at the same place
}
TEST_F(ReceivedCheckerTest, FindsAWrongByte) {
    std::vector<std::byte> message(90);
    write_message({7, 2}, message);
    message[80] ^= std::byte{1};
    EXPECT_THROW(checker.on_message(message, 384), Violation);
}

}  // namespace
}  // namespace tern::sim

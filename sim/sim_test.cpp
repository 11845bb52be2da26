#include <gtest/gtest.h>

#include "runner.hpp"
#include "scenarios.hpp"

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
TEST_F(ReceivedCheckerTest, FindsAWrongByte) {
    std::vector<std::byte> message(90);
    write_message({7, 2}, message);
    message[80] ^= std::byte{1};
    EXPECT_THROW(checker.on_message(message, 384), Violation);
}

}  // namespace
}  // namespace tern::sim

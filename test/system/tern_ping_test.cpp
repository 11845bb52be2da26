/// tern ping and tern pong.

#include <gtest/gtest.h>

#include <csignal>

#include "system/tern_process.hpp"

namespace tern::test {
namespace {

using TernPing = TernOnDriver;

TEST_F(TernPing, shows_percentiles_of_round_trips) {
    ChildProcess pong{tern_options(here({"pong"}))};
    const Finished ping =
        run_here({"ping", "--count", "200", "--warm-up", "10", "--wait", "60", "--timeout", "60"});
    ASSERT_EQ(ping.ended, kCleanEnd) << ping.errors;
    for (const std::string part :
         {"200 round trips of 32 bytes over aeron:ipc", "min", "p50", "p99.9", "max"}) {
        EXPECT_TRUE(has(ping.output, part)) << ping.output;
    }
    pong.signal(SIGINT);
    EXPECT_EQ(pong.wait(), kCleanEnd) << pong.errors();
}

TEST_F(TernPing, gives_percentiles_as_json_on_channels_streams_and_sizes_of_choice) {
    const std::vector<std::string> where{
        "--channel",      "aeron:ipc?alias=there", "--stream",      "5",
        "--pong-channel", "aeron:ipc?alias=back",  "--pong-stream", "6"};
    const auto command = [&](std::vector<std::string> words) {
        words.insert(words.end(), where.begin(), where.end());
        return here(words);
    };
    ChildProcess pong{tern_options(command({"pong"}))};
    const Finished ping =
        run_tern(command({"ping", "--json", "-n", "100", "--warm-up", "0", "--rate", "1000",
                          "--size", "10k", "--wait", "60", "--timeout", "60"}));
    ASSERT_EQ(ping.ended, kCleanEnd) << ping.errors;
    const auto json = parse_json(ping.output);
    EXPECT_EQ(json.at("size"), 10'240);
    EXPECT_EQ(json.at("rate"), 1000);
    const auto& trip = json.at("round_trip");
    EXPECT_EQ(trip.at("count"), 100);
    EXPECT_GT(trip.at("min_ns"), 0);
    EXPECT_LE(trip.at("min_ns"), trip.at("p50_ns"));
    EXPECT_LE(trip.at("p50_ns"), trip.at("p99_ns"));
    EXPECT_LE(trip.at("p99_ns"), trip.at("max_ns"));
    EXPECT_GE(json.at("seconds"), 0.099);  // 99 periods of a millisecond
}

TEST_F(TernPing, says_how_to_start_the_other_side) {
    const Finished ping = run_here({"ping", "--wait", "0.01"});
    EXPECT_EQ(ping.ended.exit_code, 1);
    EXPECT_TRUE(has(ping.errors, "start the other side with: tern pong --dir " + directory_))
        << ping.errors;
}

TEST_F(TernPing, fails_where_answers_stop) {
    ChildProcess pong{tern_options(here({"pong"}))};
    ChildProcess ping{tern_options(here({"ping", "-n", "1000000000", "--warm-up", "0", "--rate",
                                         "1000", "--wait", "60", "--timeout", "0.2"}))};
    ASSERT_EQ(run_here({"ping", "-n", "1", "--warm-up", "0", "--wait", "60", "--timeout", "60",
                        "--stream", "1002"})
                  .ended,
              kCleanEnd);
    pong.signal(SIGSTOP);
    EXPECT_EQ(ping.wait().exit_code, 1);
    EXPECT_TRUE(has(ping.errors(), "start the other side with: tern pong")) << ping.errors();
    pong.signal(SIGCONT);
}

}  // namespace
}  // namespace tern::test

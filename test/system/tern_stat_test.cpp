/// tern stat, beside a driver with a stream.

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "support/wait_until.hpp"
#include "system/tern_process.hpp"

namespace tern::test {
namespace {

class TernStat : public TernOnDriver {
  protected:
    nlohmann::json stat(std::vector<std::string> arguments = {}) const {
        arguments.insert(arguments.begin(), {"stat", "--json"});
        const Finished finished = run_here(arguments);
        EXPECT_EQ(finished.ended, kCleanEnd) << finished.errors;
        return parse_json(finished.output);
    }
};

TEST_F(TernStat, shows_a_driver_without_streams) {
    const auto json = stat();
    EXPECT_EQ(json.at("driver"), "alive");
    EXPECT_TRUE(json.at("streams").empty());
    EXPECT_TRUE(json.at("clients").empty());
    EXPECT_EQ(json.at("system").at("errors"), 0);
    EXPECT_FALSE(json.contains("counters"));
    EXPECT_TRUE(has(run_here({"stat"}).output, "\nno streams\n"));
}

TEST_F(TernStat, names_the_subscriber_that_a_stream_waits_for) {
    ChildProcess slow{tern_options(here({"sub", "--format", "count", "--stream", "7"}))};
    ChildProcess publisher{tern_options(
        here({"pub", "--size", "1k", "--stream", "7", "--wait", "60", "--timeout", "600"}))};
    ASSERT_TRUE(slow.read_until(" msgs, ")) << slow.errors();
    slow.signal(SIGSTOP);
    nlohmann::json stream;
    EXPECT_TRUE(wait_until([&] {
        const auto json = stat({"--stream", "7"});
        if (json.at("streams").size() != 1) return false;
        stream = json.at("streams")[0];
        return stream.at("waits_for") == "subscriber";
    })) << stream;
    EXPECT_EQ(stream.at("channel"), "aeron:ipc");
    EXPECT_GE(stream.at("publication").at("position"), stream.at("publication").at("limit"));
    EXPECT_EQ(stream.at("slowest").at("client"), "tern sub");
    EXPECT_GT(stream.at("slowest").at("behind"), 0);
    EXPECT_TRUE(stat({"--stream", "8"}).at("streams").empty());
    const std::string text = run_here({"stat"}).output;
    EXPECT_TRUE(has(text, "waits for its slowest subscriber: 'tern sub', ")) << text;
    slow.signal(SIGCONT);
}

TEST_F(TernStat, shows_rates_from_the_second_look_on) {
    ChildProcess subscriber{tern_options(here({"sub", "--format", "count"}))};
    ChildProcess publisher{tern_options(here({"pub", "--size", "1k", "--wait", "60"}))};
    ASSERT_TRUE(subscriber.read_until(" msgs, ")) << subscriber.errors();
    ChildProcess watch{tern_options(here({"stat", "--json", "--watch", "0.2"}))};
    const auto next_stream = [&] {
        const std::optional<std::string> line = watch.read_line();
        return parse_json(line.value_or("")).at("streams").at(0);
    };
    EXPECT_FALSE(next_stream().at("publication").contains("position_per_second"));
    // The driver may be busy for longer than one look takes: it zeroes a term.
    double published = 0, read = 0;
    EXPECT_TRUE(wait_until([&] {
        const auto stream = next_stream();
        published += stream.at("publication").at("position_per_second").get<double>();
        read += stream.at("subscribers").at(0).at("position_per_second").get<double>();
        return published > 0 && read > 0;
    })) << published << " " << read;
}

TEST_F(TernStat, shows_all_counters_where_it_is_asked_to) {
    const auto json = stat({"--all"});
    ASSERT_GE(json.at("counters").size(), 46u);
    EXPECT_EQ(json.at("counters")[43].at("value"), 65536);
    EXPECT_EQ(stat({"--label", "NAKs"}).at("counters").size(), 2u);
    const std::string text = run_here({"stat", "--all"}).output;
    EXPECT_TRUE(has(text, "\n    0:                          0 - Bytes sent\n")) << text;
    EXPECT_TRUE(has(text, "\n   43:                     65,536 - Control protocol version\n"));
}

TEST_F(TernStat, tells_a_monitor_by_its_exit_status) {
    EXPECT_EQ(run_here({"stat", "--fail-on-errors"}).ended, kCleanEnd);
    const Finished refused = run_here({"pub", "--channel", "aeron:no-such-medium", "x"});
    EXPECT_EQ(refused.ended.exit_code, 1);
    EXPECT_EQ(run_here({"stat", "--fail-on-errors"}).ended.exit_code, 4);
    EXPECT_EQ(run_here({"stat"}).ended, kCleanEnd);
    driver_.stop(SIGKILL);
    EXPECT_EQ(run_here({"stat", "--max-age", "0"}).ended.exit_code, 3);
    EXPECT_EQ(run_tern({"stat", "--file", directory_ + "/cnc.dat"}).ended, kCleanEnd);
}

TEST(TernStatFile, that_is_wrong_says_nothing_about_drivers) {
    TempDir temp;
    std::ofstream{temp / "zeros"} << std::string(100'000, '\0');
    for (const std::string name : {"none", "zeros"}) {
        const Finished finished = run_tern({"stat", "--file", temp / name});
        EXPECT_EQ(finished.ended.exit_code, 1) << name;
        EXPECT_TRUE(has(finished.errors, "tern stat: ")) << finished.errors;
        EXPECT_TRUE(has(finished.errors, temp / name)) << finished.errors;
        EXPECT_FALSE(has(finished.errors, "driver")) << finished.errors;
    }
}

}  // namespace
}  // namespace tern::test

/// Sending and receiving make no system calls, as the kernel sees it: strace writes down all calls
/// of a real process, and between the markers of a hot loop there must be none by its thread.

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "system/ternd_process.hpp"

namespace tern::test {
namespace {

/// The calls between the markers of each loop, by its name.
using CallsInLoop = std::map<std::string, std::vector<std::string>>;

CallsInLoop calls_between_markers(const std::string& file) {
    std::map<std::string, std::string> inside_of;  // by thread: the loop that it is in, or none
    CallsInLoop calls;
    std::ifstream trace{file};
    for (std::string line; std::getline(trace, line);) {
        const std::size_t space = line.find(' ');
        std::string& loop = inside_of[line.substr(0, space)];
        const std::string call = line.substr(line.find_first_not_of(' ', space));
        const std::string begin = "write(1, \"begin ", end = "write(1, \"end ";
        if (call.starts_with("<... ")) continue;  // returns from a call that stands further up
        if (call.starts_with(begin)) {
            loop = call.substr(begin.size(), call.find('\\', begin.size()) - begin.size());
            calls[loop];
        } else if (call.starts_with(end)) {
            loop.clear();
        } else if (!loop.empty()) {
            calls[loop].push_back(call);
        }
    }
    return calls;
}

CallsInLoop trace_of(const std::string& mode, const std::vector<std::string>& more = {}) {
    TempDir temp;
    Ternd ternd{temp / "aeron"};
    ternd.wait_until_ready();
    std::vector<std::string> argv{"strace",      "-f", "-o", temp / "trace", TERN_HOT_LOOP,
                                  temp / "aeron", mode};
    argv.insert(argv.end(), more.begin(), more.end());
    const Finished finished = run({.argv = argv});
    EXPECT_EQ(finished.ended, (ChildProcess::Ended{.exit_code = 0, .signal = 0}))
        << finished.output << finished.errors;
    EXPECT_EQ(ternd.stop(SIGTERM).exit_code, 0);
    return calls_between_markers(temp / "trace");
}

struct HotLoop : ::testing::TestWithParam<std::string> {};

TEST_P(HotLoop, makes_no_system_call_in_a_hundred_thousand_messages) {
    const CallsInLoop none{{"publisher", {}}, {"subscriber", {}}};
    EXPECT_EQ(trace_of(GetParam()), none);
}
INSTANTIATE_TEST_SUITE_P(Calls, HotLoop,
                         ::testing::Values("offer", "claim", "fragments", "everyday"),
                         [](const auto& mode) { return mode.param; });

TEST(HotLoopTrace, shows_a_single_system_call) {
    const CallsInLoop calls = trace_of("offer", {"slip"});
    ASSERT_EQ(calls.size(), 2u);
    for (const auto& [who, made] : calls) {
        ASSERT_EQ(made.size(), 1u) << who;
        EXPECT_TRUE(made[0].starts_with("getppid(")) << made[0];
    }
}

}  // namespace
}  // namespace tern::test

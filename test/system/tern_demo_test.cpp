/// tern demo: what a newcomer runs first.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "system/tern_process.hpp"

namespace tern::test {
namespace {

namespace fs = std::filesystem;

/// The directory that the demo says it uses.
std::string directory_in(const std::string& output) {
    const std::string before = "files in ";
    const std::size_t at = output.find(before);
    if (at == output.npos) return "";
    const std::size_t start = at + before.size();
    return output.substr(start, output.find('\n', start) - start);
}

std::string text_of_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The process that `parent` started with this word among its arguments.
std::optional<pid_t> child_with(pid_t parent, const std::string& word) {
    for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != name.npos) continue;
        const std::string stat = text_of_file(entry.path() / "stat");
        const std::size_t end = stat.rfind(") ");  // "pid (name) S ppid ..."
        if (end == stat.npos || end + 4 > stat.size()) continue;
        if (std::strtol(stat.c_str() + end + 4, nullptr, 10) != parent) continue;
        if (has(text_of_file(entry.path() / "cmdline"), word)) return std::stoi(name);
    }
    return std::nullopt;
}

/// Files may come and go meanwhile.
std::uintmax_t bytes_used_in(const std::string& directory) {
    std::uintmax_t bytes = 0;
    std::error_code gone;
    for (fs::recursive_directory_iterator at(directory, gone), end; at != end; at.increment(gone)) {
        struct stat status {};
        if (::stat(at->path().c_str(), &status) == 0) {
            bytes += static_cast<std::uintmax_t>(status.st_blocks) * 512;
        }
    }
    return bytes;
}

TEST(TernDemo, shows_rate_and_latency_ends_by_itself_and_leaves_nothing) {
    const Finished demo = run_tern({"demo", "--seconds", "1"});
    ASSERT_EQ(demo.ended, kCleanEnd) << demo.output << demo.errors;
    for (const std::string part :
         {"messages/s", "bytes/s", "latency p50", "p99", "10,000-byte", "Shared memory",
          "UDP unicast", "UDP multicast", "as fast as they go", "2,000 messages/s", "Summary",
          "messages arrived, once, in order and whole"}) {
        EXPECT_TRUE(has(demo.output, part)) << part << " is missing in\n" << demo.output;
    }
    EXPECT_EQ(demo.errors, "");
    EXPECT_FALSE(has(demo.output, "\x1b")) << "colours without a terminal";
    const std::string directory = directory_in(demo.output);
    ASSERT_FALSE(directory.empty()) << demo.output;
    EXPECT_FALSE(exists(directory));
}

/// Both halves of a round.
void expect_all_came(const nlohmann::json& round) {
    SCOPED_TRACE(round.dump());
    ASSERT_EQ(round.at("phases").size(), 2u);
    for (const auto& phase : round.at("phases")) {
        EXPECT_GT(phase.at("messages"), 0);
        EXPECT_EQ(phase.at("bytes"), phase.at("messages").get<std::int64_t>() * 10'000);
        EXPECT_EQ(phase.at("wrong"), 0);
        EXPECT_GT(phase.at("messages_per_second"), 0);
        EXPECT_GT(phase.at("latency").at("p50_ns"), 0);
        EXPECT_LE(phase.at("latency").at("p50_ns"), phase.at("latency").at("max_ns"));
    }
    EXPECT_LE(round.at("phases")[1].at("messages"), 1000);  // 2000 a second for half a second
}

TEST(TernDemo, gives_its_summary_as_json) {
    const Finished demo = run_tern({"demo", "--seconds", "3", "--json", "--rate", "2000"});
    ASSERT_EQ(demo.ended, kCleanEnd) << demo.output << demo.errors;
    const auto json = parse_json(demo.output);
    EXPECT_EQ(json.at("size"), 10'000);
    ASSERT_EQ(json.at("rounds").size(), 3u);
    const std::vector<std::string> transports{"ipc", "udp", "multicast"};
    for (std::size_t i = 0; i < transports.size(); ++i) {
        const auto& round = json.at("rounds")[i];
        EXPECT_EQ(round.at("transport"), transports[i]);
        const bool may_be_missing = transports[i] == "multicast";  // that is up to the machine
        if (!may_be_missing || !round.contains("skipped")) expect_all_came(round);
    }
}

TEST(TernDemo, is_as_short_as_it_may_be) {
    const Finished demo = run_tern({"demo", "--seconds", "0.01", "--rate", "10"});
    EXPECT_EQ(demo.ended, kCleanEnd) << demo.output << demo.errors;
}

TEST(TernDemo, fits_into_shared_memory_of_64_mib) {
    TempDir temp;
    ChildProcess demo{tern_options({"demo", "--seconds", "6", "--dir", temp / "aeron"})};
    std::uintmax_t used = 0;
    while (demo.read_line()) used = std::max(used, bytes_used_in(temp / "aeron"));
    EXPECT_GT(used, 6u << 20) << "that is less than its terms";
    EXPECT_LT(used, 48u << 20);
    EXPECT_EQ(demo.wait(), kCleanEnd) << demo.errors();
}

TEST(TernDemo, stops_when_asked_to_and_cleans_up) {
    ChildProcess demo{tern_options({"demo", "--seconds", "600"})};
    ASSERT_TRUE(demo.read_until("as fast as they go")) << demo.output() << demo.errors();
    const auto publisher = child_with(demo.pid(), "publisher");
    const auto subscriber = child_with(demo.pid(), "subscriber");
    ASSERT_TRUE(publisher && subscriber);
    demo.signal(SIGINT);
    EXPECT_EQ(demo.wait().exit_code, 1);
    EXPECT_TRUE(has(demo.errors(), "stopped before it was done")) << demo.errors();
    EXPECT_FALSE(exists(directory_in(demo.output())));
    EXPECT_NE(::kill(*publisher, 0), 0);
    EXPECT_NE(::kill(*subscriber, 0), 0);
}

TEST(TernDemo, fails_where_one_of_its_processes_dies) {
    for (const std::string role : {"publisher", "subscriber"}) {
        ChildProcess demo{tern_options({"demo", "--seconds", "600"})};
        ASSERT_TRUE(demo.read_until("as fast as they go")) << demo.output() << demo.errors();
        const auto child = child_with(demo.pid(), role);
        ASSERT_TRUE(child) << role;
        ASSERT_EQ(::kill(*child, SIGKILL), 0);
        EXPECT_EQ(demo.wait().exit_code, 1) << role;
        EXPECT_TRUE(has(demo.errors(), "the demo's " + role + " was killed by signal 9"))
            << demo.errors();
        EXPECT_FALSE(exists(directory_in(demo.output())));
    }
}

TEST(TernDemo, says_why_its_driver_does_not_start) {
    TempDir temp;
    Ternd driver{temp / "aeron"};
    driver.wait_until_ready();
    const Finished demo = run_tern({"demo", "--dir", temp / "aeron"});
    EXPECT_EQ(demo.ended.exit_code, 1);
    EXPECT_TRUE(has(demo.errors, "tern demo: Active media driver detected")) << demo.errors;
    EXPECT_TRUE(has(demo.errors, "; aeron.dir is --dir here\n")) << demo.errors;
    EXPECT_EQ(demo.errors.find('\n'), demo.errors.size() - 1) << demo.errors;
}

}  // namespace
}  // namespace tern::test

/// ternd begins, says so, and ends as it is told.

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "system/ternd_process.hpp"

namespace tern::test {
namespace {

TEST(Ternd, ends_its_start_up_log_by_saying_that_it_is_ready_and_what_to_type_next) {
    TempDir temp;
    Ternd ternd{temp / "aeron"};
    const std::string ready = ternd.wait_until_ready();
    EXPECT_NE(ready.find("directory=" + temp / "aeron"), ready.npos) << ready;
    EXPECT_NE(ready.find("version=0."), ready.npos) << ready;
    EXPECT_NE(ready.find("pid=" + std::to_string(ternd.process().pid())), ready.npos) << ready;
    auto next = ternd.process().read_line();
    ASSERT_TRUE(next);
    EXPECT_NE(next->find("tern stat --dir " + temp / "aeron"), next->npos) << *next;
    EXPECT_EQ(ternd.stop(SIGTERM), kCleanEnd);
    EXPECT_EQ(ternd.process().errors(), "");
}

TEST(Ternd, keeps_its_files_private_by_default_and_opens_them_on_request) {
    struct Case {
        std::string access;
        std::string rights;  // of directory and file, as find prints them
    };
    for (const Case& c : {Case{"owner", "700 600"}, Case{"group", "770 660"}}) {
        TempDir temp;
        Ternd ternd{temp / "aeron", {"-Dtern.file.access=" + c.access}};
        ternd.wait_until_ready();
        const Finished stat =
            run({.argv = {"stat", "-c", "%a", temp / "aeron", temp / "aeron/cnc.dat"}});
        EXPECT_EQ(stat.output, c.rights.substr(0, 3) + "\n" + c.rights.substr(4) + "\n");
        EXPECT_EQ(ternd.stop(SIGTERM), kCleanEnd);
    }
}

TEST(Ternd, stops_on_SIGINT_and_on_SIGTERM_and_tells_its_clients) {
    for (const int signal : {SIGINT, SIGTERM}) {
        TempDir temp;
        Ternd ternd{temp / "aeron"};
        ternd.wait_until_ready();
        const CncFile cnc = open_cnc(temp / "aeron");
        EXPECT_EQ(cnc.version(), kCncVersion);
        EXPECT_GT(cnc.consumer_heartbeat_ms(), 0);
        EXPECT_EQ(cnc.layout().pid, ternd.process().pid());
        EXPECT_EQ(ternd.stop(signal), kCleanEnd);
        EXPECT_EQ(cnc.consumer_heartbeat_ms(), -1);
        EXPECT_NE(ternd.process().output().find("shutting down driver"), std::string::npos);
        EXPECT_TRUE(exists(temp / "aeron/cnc.dat"));  // stays for inspection
    }
}

TEST(Ternd, writes_its_heartbeat_at_every_timer_interval) {
    TempDir temp;
    Ternd ternd{temp / "aeron"};
    ternd.wait_until_ready();
    const CncFile cnc = open_cnc(temp / "aeron");
    const std::int64_t first = cnc.consumer_heartbeat_ms();
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (cnc.consumer_heartbeat_ms() == first && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
    }
    EXPECT_GT(cnc.consumer_heartbeat_ms(), first);
    EXPECT_EQ(ternd.stop(SIGTERM), kCleanEnd);
}

/// "name" of each thread of a process, sorted.
std::vector<std::string> thread_names(pid_t pid) {
    std::vector<std::string> names;
    const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
    for (const auto& entry : std::filesystem::directory_iterator(tasks)) {
        std::ifstream file{entry.path() / "comm"};
        std::string name;
        std::getline(file, name);
        names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

TEST(Ternd, runs_in_every_threading_mode) {
    struct Case {
        std::string mode, naming;
        std::vector<std::string> threads;
    };
    // The sanitizers have a thread of their own, so these must be among the threads.
    for (const Case& c :
         {Case{"DEDICATED",
               "classic",
               {"aeron-md-names", "aeron-md-nra", "conductor", "receiver", "sender"}},
          Case{"SHARED_NETWORK",
               "new",
               {"aeron-md-cnd", "aeron-md-names", "aeron-md-net", "aeron-md-nra"}},
          Case{"SHARED", "new", {"aeron-md-names", "aeron-md-nra", "aeron-md-shd"}},
          Case{"INVOKER", "classic", {"ternd"}}}) {
        TempDir temp;
        Ternd ternd{temp / "aeron", {"--threading=" + c.mode, "-Daeron.thread.naming=" + c.naming}};
        ternd.wait_until_ready();
        // The names are given by the threads themselves, which may not have come to it.
        std::vector<std::string> threads;
        const auto has_all = [&] {
            return std::includes(threads.begin(), threads.end(), c.threads.begin(),
                                 c.threads.end());
        };
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        do {
            threads = thread_names(ternd.process().pid());
        } while (!has_all() && std::chrono::steady_clock::now() < deadline);
        EXPECT_TRUE(has_all()) << c.mode << " " << ::testing::PrintToString(threads);
        EXPECT_EQ(ternd.stop(SIGTERM), kCleanEnd) << c.mode;
    }
}

TEST(Ternd, starts_with_every_idle_strategy) {
    for (const std::string strategy : {"backoff", "sleep-ns", "yield", "spin", "noop"}) {
        TempDir temp;
        Ternd ternd{temp / "aeron", {"-Daeron.conductor.idle.strategy=" + strategy}};
        ternd.wait_until_ready();
        EXPECT_NE(ternd.process().output().find("conductor (" + strategy), std::string::npos)
            << ternd.process().output();
        EXPECT_EQ(ternd.stop(SIGTERM), kCleanEnd);
    }
}

TEST(Ternd, finds_its_directory_in_the_environment) {
    TempDir temp;
    ChildProcess process{{.argv = {TERN_TERND}, .env = {{"AERON_DIR", temp / "from-variable"}}}};
    auto line = process.read_until("is ready");
    ASSERT_TRUE(line) << process.errors();
    EXPECT_NE(line->find("directory=" + temp / "from-variable"), line->npos);
    process.signal(SIGTERM);
    EXPECT_EQ(process.wait(), kCleanEnd);
}

TEST(Ternd, prints_help_and_version_and_no_more) {
    const Finished help = run_ternd({"--help"});
    EXPECT_EQ(help.ended, kCleanEnd);
    EXPECT_NE(help.output.find("Exit status"), std::string::npos);
    EXPECT_EQ(help.errors, "");
    const Finished version = run_ternd({"--version"});
    EXPECT_EQ(version.ended, kCleanEnd);
    EXPECT_EQ(version.output.find("ternd 0."), 0u) << version.output;
}

TEST(Ternd, answers_wrong_usage_with_what_would_be_right) {
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--dri=/x"},
                                                      {"-Daeron.dir"},
                                                      {"--dir"},
                                                      {"--threading=SHRAED"}}) {
        const Finished finished = run_ternd(arguments);
        EXPECT_EQ(finished.ended.exit_code, 2);
        EXPECT_NE(finished.errors.find("see ternd --help"), std::string::npos) << finished.errors;
        EXPECT_EQ(finished.output, "");
    }
}

}  // namespace
}  // namespace tern::test

/// What ternd does about what it finds where its directory should be.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>

#include "system/ternd_process.hpp"
#include "tern/base/version.hpp"
#include "tern/shm/distinct_error_log.hpp"
#include "tern/shm/many_to_one_ring.hpp"

namespace tern::test {
namespace {

namespace fs = std::filesystem;

const ChildProcess::Ended kFailure{.exit_code = 1, .signal = 0};

Finished run_small(const std::string& directory, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = small_driver_arguments(directory);
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_ternd(arguments);
}

void expect_starts(const std::string& directory, const std::vector<std::string>& more = {}) {
    Ternd ternd{directory, more};
    ternd.wait_until_ready();
    EXPECT_EQ(ternd.stop(SIGTERM), kCleanEnd) << ternd.process().errors();
}

TEST(TerndDirectory, is_refused_to_a_second_driver_and_the_first_goes_on) {
    TempDir temp;
    Ternd first{temp / "aeron"};
    first.wait_until_ready();
    const Finished second = run_small(temp / "aeron");
    EXPECT_EQ(second.ended, kFailure);
    EXPECT_NE(second.errors.find("Active media driver detected: " + temp / "aeron/cnc.dat"),
              std::string::npos)
        << second.errors;
    EXPECT_NE(second.errors.find("set aeron.dir to another directory"), std::string::npos)
        << second.errors;
    EXPECT_TRUE(first.process().running());
    EXPECT_EQ(open_cnc(temp / "aeron").layout().pid, first.process().pid());
    EXPECT_EQ(first.stop(SIGTERM), kCleanEnd);
}

TEST(TerndDirectory, is_won_by_one_of_several_drivers_that_start_at_once) {
    for (int round = 0; round < 5; ++round) {
        TempDir temp;
        std::vector<std::unique_ptr<Ternd>> drivers;
        for (int i = 0; i < 4; ++i) drivers.push_back(std::make_unique<Ternd>(temp / "aeron"));
        int ready = 0;
        Ternd* winner = nullptr;
        for (auto& driver : drivers) {
            // One that fails ends its output without the line.
            if (driver->process().read_until("is ready")) {
                ++ready;
                winner = driver.get();
            }
        }
        ASSERT_EQ(ready, 1) << "round " << round;
        EXPECT_EQ(open_cnc(temp / "aeron").layout().pid, winner->process().pid());
        for (auto& driver : drivers) {
            if (driver.get() == winner) continue;
            EXPECT_EQ(driver->process().wait(), kFailure);
            EXPECT_NE(driver->process().errors().find("Active media driver detected"),
                      std::string::npos);
        }
        EXPECT_EQ(winner->stop(SIGTERM), kCleanEnd);
    }
}

TEST(TerndDirectory, is_taken_over_from_a_driver_that_was_killed) {
    TempDir temp;
    Ternd killed{temp / "aeron"};
    killed.wait_until_ready();
    EXPECT_EQ(killed.stop(SIGKILL).signal, SIGKILL);
    ASSERT_TRUE(std::ofstream{temp / "aeron/publications/99.logbuffer"});
    // Its last heartbeat is fresh, so it counts as active until the time-out has passed.
    const Finished too_early = run_small(temp / "aeron", {"-Daeron.driver.timeout=60000"});
    EXPECT_EQ(too_early.ended, kFailure);
    EXPECT_NE(too_early.errors.find("there is no process " +
                                    std::to_string(killed.process().pid()) + " here any more"),
              std::string::npos)
        << too_early.errors;
    ManyToOneRing{open_cnc(temp / "aeron").to_driver()}.set_consumer_heartbeat_ms(1);  // long ago
    expect_starts(temp / "aeron");
    EXPECT_FALSE(exists(temp / "aeron/publications/99.logbuffer"));
}

TEST(TerndDirectory, keeps_the_errors_of_a_dead_driver) {
    TempDir temp;
    expect_starts(temp / "aeron");
    {
        const CncFile cnc = open_cnc(temp / "aeron");
        DistinctErrorLog log{cnc.error_log()};
        ASSERT_TRUE(
            log.record(ErrorCode::generic_error, "the disk is on fire", Millis{1'700'000'000'000}));
    }
    Ternd ternd{temp / "aeron"};
    ternd.wait_until_ready();
    EXPECT_EQ(ternd.stop(SIGTERM), kCleanEnd);
    const std::string errors = ternd.process().errors();
    const std::string saved_to = "WARNING: Existing errors saved to: ";
    ASSERT_NE(errors.find(saved_to), errors.npos) << errors;
    const std::size_t begin = errors.find(saved_to) + saved_to.size();
    const std::string file = errors.substr(begin, errors.find('\n', begin) - begin);
    EXPECT_EQ(file.find(temp / "aeron-20"), 0u) << file;
    std::ifstream saved{file};
    const std::string text{std::istreambuf_iterator<char>{saved}, {}};
    EXPECT_NE(text.find("1 observations from 2023-11-1"), text.npos) << text;
    EXPECT_NE(text.find(" the disk is on fire\n"), text.npos) << text;
    EXPECT_NE(text.find("1 distinct errors observed."), text.npos) << text;
}

TEST(TerndDirectory, may_hold_a_cnc_file_that_is_truncated) {
    for (const std::uintmax_t length : {0, 1, 128, 129, 5000, 1'000'000}) {
        TempDir temp;
        expect_starts(temp / "aeron");
        fs::resize_file(temp / "aeron/cnc.dat", length);
        expect_starts(temp / "aeron", {"-Daeron.driver.timeout=200"});
    }
}

TEST(TerndDirectory, that_is_half_made_is_waited_for_aloud_and_until_a_signal) {
    TempDir temp;
    expect_starts(temp / "aeron");
    store_plain(open_cnc(temp / "aeron").mapping()->bytes().data(), std::int32_t{0});
    std::vector<std::string> argv = small_driver_arguments(temp / "aeron");
    argv.insert(argv.begin(), TERN_TERND);
    argv.push_back("-Daeron.driver.timeout=600000");
    ChildProcess ternd{{.argv = argv, .stderr_to_stdout = true}};
    ASSERT_TRUE(ternd.read_until("is unfinished: waiting up to 600s")) << ternd.output();
    ternd.signal(SIGINT);
    EXPECT_EQ(ternd.wait(), kCleanEnd) << ternd.output();
    EXPECT_NE(ternd.output().find("ternd: stopped (SIGINT) before it was ready"), std::string::npos)
        << ternd.output();
    EXPECT_TRUE(exists(temp / "aeron/cnc.dat"));
}

TEST(TerndDirectory, may_hold_something_that_is_no_cnc_file) {
    TempDir temp;
    fs::create_directory(temp / "aeron");
    std::ofstream{temp / "aeron/cnc.dat"} << std::string(1000, '\0') << std::string(300'000, 'x');
    expect_starts(temp / "aeron", {"-Daeron.driver.timeout=200"});
}

TEST(TerndDirectory, is_left_alone_where_a_driver_of_another_version_may_be_at_work) {
    TempDir temp;
    expect_starts(temp / "aeron");
    store_plain(open_cnc(temp / "aeron").mapping()->bytes().data(), semantic_version(9, 0, 0));
    const Finished refused = run_small(temp / "aeron");
    EXPECT_EQ(refused.ended, kFailure);
    EXPECT_NE(refused.errors.find("file=9.0.0"), std::string::npos) << refused.errors;
    EXPECT_TRUE(exists(temp / "aeron/cnc.dat"));
}

TEST(TerndDirectory, is_neither_a_file_nor_a_link) {
    TempDir temp;
    std::ofstream{temp / "file"} << "precious";
    const Finished file = run_small(temp / "file");
    EXPECT_EQ(file.ended, kFailure);
    EXPECT_NE(file.errors.find("is not a directory"), std::string::npos) << file.errors;
    EXPECT_TRUE(exists(temp / "file"));

    fs::create_directory(temp / "target");
    std::ofstream{temp / "target/precious"} << "x";
    fs::create_directory_symlink(temp / "target", temp / "link");
    const Finished link = run_small(temp / "link", {"--delete-on-start"});
    EXPECT_EQ(link.ended, kFailure);
    EXPECT_NE(link.errors.find("is a symbolic link"), std::string::npos) << link.errors;
    EXPECT_TRUE(exists(temp / "target/precious"));
}

TEST(TerndDirectory, is_refused_where_it_belongs_to_somebody_else) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can make a directory of another user";
    TempDir temp;
    fs::create_directory(temp / "theirs");
    std::ofstream{temp / "theirs/precious"} << "x";
    ASSERT_EQ(::chown((temp / "theirs").c_str(), 54321, 54321), 0);
    const Finished refused = run_small(temp / "theirs", {"--delete-on-start"});
    EXPECT_EQ(refused.ended, kFailure);
    EXPECT_NE(refused.errors.find("belongs to user (uid 54321)"), std::string::npos)
        << refused.errors;
    EXPECT_NE(refused.errors.find("aeron.dir"), std::string::npos) << refused.errors;
    EXPECT_TRUE(exists(temp / "theirs/precious"));
}

TEST(TerndDirectory, is_deleted_at_the_start_without_a_look_where_that_is_wanted) {
    TempDir temp;
    Ternd first{temp / "aeron"};
    first.wait_until_ready();
    EXPECT_EQ(first.stop(SIGKILL).signal, SIGKILL);
    expect_starts(temp / "aeron", {"--delete-on-start"});
}

TEST(TerndDirectory, is_deleted_at_the_end_where_that_is_wanted) {
    TempDir temp;
    expect_starts(temp / "aeron", {"--delete-on-shutdown"});
    EXPECT_FALSE(exists(temp / "aeron"));
}

TEST(TerndDirectory, is_warned_of_where_that_is_wanted) {
    TempDir temp;
    expect_starts(temp / "aeron");
    Ternd ternd{temp / "aeron", {"-Daeron.dir.warn.if.exists=true"}};
    ternd.wait_until_ready();
    EXPECT_EQ(ternd.stop(SIGTERM), kCleanEnd);
    EXPECT_NE(ternd.process().errors().find("WARNING: " + temp / "aeron" + " exists"),
              std::string::npos)
        << ternd.process().errors();
    EXPECT_NE(ternd.process().errors().find("INFO: Aeron driver heartbeat is "), std::string::npos);
}

TEST(TerndDirectory, may_be_relative_to_where_ternd_was_started) {
    TempDir temp;
    ChildProcess process{
        {.argv = {TERN_TERND, "--dir", "here", "-Daeron.counters.buffer.length=1m"},
         .directory = temp.path()}};
    auto line = process.read_until("is ready");
    ASSERT_TRUE(line) << process.errors();
    EXPECT_NE(line->find("directory=" + temp / "here "), line->npos) << *line;
    process.signal(SIGTERM);
    EXPECT_EQ(process.wait(), kCleanEnd);
    EXPECT_TRUE(exists(temp / "here/cnc.dat"));
}

/// A namespace of its own with a tmpfs of that size; it ends with the program.
std::vector<std::string> on_tmpfs(const std::string& at, const std::string& size,
                                  std::vector<std::string> program) {
    std::vector<std::string> argv{
        "unshare",
        ::geteuid() == 0 ? "-m" : "-rm",
        "sh",
        "-c",
        "mount -t tmpfs -o size=" + size + " none '" + at + "' && exec \"$@\"",
        "sh"};
    argv.insert(argv.end(), program.begin(), program.end());
    return argv;
}

TEST(TerndDirectory, needs_room_and_says_how_much_is_free_and_needed) {
    TempDir temp;
    std::vector<std::string> program = small_driver_arguments(temp / "aeron");
    program.insert(program.begin(), TERN_TERND);
    const Finished finished = run({.argv = on_tmpfs(temp.path(), "4m", program)});
    EXPECT_EQ(finished.ended, kFailure) << finished.output << finished.errors;
    EXPECT_NE(finished.errors.find("no room for " + temp / "aeron/cnc.dat"), std::string::npos)
        << finished.errors;
    EXPECT_NE(finished.errors.find("needed="), std::string::npos) << finished.errors;
    EXPECT_NE(finished.errors.find("free="), std::string::npos) << finished.errors;
}

}  // namespace
}  // namespace tern::test

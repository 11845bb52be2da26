/// Drivers inside of this process.

#include "tern/embedded_driver.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "support/child_process.hpp"
#include "support/temp_dir.hpp"
#include "tern/platform/os_file_system.hpp"
#include "tern/shm/cnc_file.hpp"

namespace tern::test {
namespace {

EmbeddedDriver::Options small(const std::string& directory = "") {
    return {.directory = directory,
            .settings = {{"aeron.counters.buffer.length", "1m"}, {"aeron.timer.interval", "10ms"}}};
}

CncFile cnc_in(const std::string& directory) {
    platform::OsFileSystem files;
    return CncFile::over(files.open(directory + "/cnc.dat", MapMode::read_only).value()).value();
}

bool exists(const std::string& path) { return std::filesystem::exists(path); }

TEST(EmbeddedDriver, has_a_directory_of_its_own_that_goes_with_it) {
    std::string directory;
    {
        EmbeddedDriver driver{small()};
        directory = driver.directory();
        EXPECT_EQ(cnc_in(directory).version(), kCncVersion);
    }
    EXPECT_FALSE(exists(directory));
}

TEST(EmbeddedDriver, leaves_a_directory_that_it_was_given) {
    TempDir temp;
    EmbeddedDriver driver{small(temp / "aeron")};
    EXPECT_EQ(driver.directory(), temp / "aeron");
    const CncFile cnc = cnc_in(temp / "aeron");
    driver.close();
    EXPECT_TRUE(driver.is_closed());
    EXPECT_EQ(cnc.consumer_heartbeat_ms(), -1);
    EXPECT_TRUE(exists(temp / "aeron/cnc.dat"));
    driver.close();  // idempotent
    EXPECT_EQ(driver.do_work(), 0);
}

TEST(EmbeddedDriver, runs_beside_others_in_one_process) {
    EmbeddedDriver one{small()};
    EmbeddedDriver two{small()};
    EmbeddedDriver three = std::move(one);
    EXPECT_NE(two.directory(), three.directory());
    three.close();
    EXPECT_EQ(cnc_in(two.directory()).version(), kCncVersion);
}

TEST(EmbeddedDriver, refuses_a_directory_where_another_is_at_work) {
    TempDir temp;
    EmbeddedDriver first{small(temp / "aeron")};
    try {
        EmbeddedDriver second{small(temp / "aeron")};
        FAIL() << "two drivers in one directory";
    } catch (const DriverStartError& error) {
        EXPECT_NE(std::string{error.what()}.find("Active media driver detected"), std::string::npos)
            << error.what();
    }
}

TEST(EmbeddedDriver, starts_again_where_one_has_closed) {
    TempDir temp;
    std::vector<std::string> notices;
    {
        EmbeddedDriver first{small(temp / "aeron")};
    }
    EmbeddedDriver::Options options = small(temp / "aeron");
    options.settings["aeron.dir.warn.if.exists"] = "true";
    options.on_notice = [&](std::string_view line) { notices.emplace_back(line); };
    EmbeddedDriver second{std::move(options)};
    ASSERT_FALSE(notices.empty());
    EXPECT_EQ(notices[0], "WARNING: " + temp / "aeron" + " exists");
}

TEST(EmbeddedDriver, takes_no_bad_value_for_something_else) {
    for (auto [name, text] : {std::pair{"aeron.max.resend", "1000"},
                              {"aeron.mtu.length", "1400"},
                              {"aeron.threading.mode", "shared"},
                              {"aeron.mtu.lenght", "64"}}) {
        EmbeddedDriver::Options options = small();
        options.settings[name] = text;
        EXPECT_THROW(EmbeddedDriver{std::move(options)}, DriverStartError) << name << "=" << text;
    }
}

TEST(EmbeddedDriver, is_driven_by_its_caller_where_that_is_wanted) {
    EmbeddedDriver::Options options = small();
    options.invoker = true;
    std::vector<std::string> roles;
    std::thread::id started_on;
    options.on_agent_start = [&](std::string_view role) {
        roles.emplace_back(role);
        started_on = std::this_thread::get_id();
    };
    EmbeddedDriver driver{std::move(options)};
    EXPECT_EQ(roles, (std::vector<std::string>{"[conductor, sender, receiver]"}));
    EXPECT_EQ(started_on, std::this_thread::get_id());

    const CncFile cnc = cnc_in(driver.directory());
    const std::int64_t first = cnc.consumer_heartbeat_ms();
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (cnc.consumer_heartbeat_ms() == first && std::chrono::steady_clock::now() < deadline) {
        driver.idle(driver.do_work());
    }
    EXPECT_GT(cnc.consumer_heartbeat_ms(), first);
    EXPECT_LE(driver.time_to_next_deadline(), std::chrono::milliseconds{10});
    driver.close();
    EXPECT_EQ(cnc.consumer_heartbeat_ms(), -1);
}

TEST(EmbeddedDriver, tells_every_thread_of_its_start) {
    std::mutex mutex;
    std::set<std::string> roles;
    EmbeddedDriver::Options options = small();
    options.on_agent_start = [&](std::string_view role) {
        std::lock_guard lock{mutex};
        roles.emplace(role);
    };
    {
        EmbeddedDriver driver{std::move(options)};
        EXPECT_THROW(driver.do_work(), std::logic_error);
    }
    EXPECT_EQ(roles, (std::set<std::string>{"aeron-md-names", "aeron-md-nra", "conductor",
                                            "receiver", "sender"}));
}

TEST(EmbeddedDriver, touches_no_signal_handler_and_prints_nothing) {
    const auto handler_of = [](int signal) {
        struct sigaction action{};
        ::sigaction(signal, nullptr, &action);
        return action.sa_handler;
    };
    const auto before = std::pair{handler_of(SIGINT), handler_of(SIGTERM)};
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    {
        EmbeddedDriver driver{small()};
        EXPECT_EQ(std::pair(handler_of(SIGINT), handler_of(SIGTERM)), before);
    }
    EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(EmbeddedDriver, looks_at_the_environment_only_where_it_is_told_to) {
    TempDir temp;
    ::setenv("AERON_DIR", (temp / "from-variable").c_str(), 1);
    {
        EmbeddedDriver::Options options = small();
        options.use_environment = true;
        EmbeddedDriver told{std::move(options)};
        EXPECT_EQ(told.directory(), temp / "from-variable");
        EmbeddedDriver untold{small()};
        EXPECT_NE(untold.directory(), temp / "from-variable");
    }
    ::unsetenv("AERON_DIR");
}

}  // namespace
}  // namespace tern::test

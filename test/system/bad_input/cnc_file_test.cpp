/// Clients in front of a cnc.dat that no driver of theirs has made.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>

#include "system/bad_input/left_behind.hpp"
#include "tern/tern.hpp"

namespace tern::test {
namespace {

namespace fs = std::filesystem;

struct ClientBefore : LeftBehind {
    /// What a client says to it, and a request for the driver's end too.
    template <typename Refused>
    std::string refusal() {
        try {
            Context ctx{{.directory = directory}};
        } catch (const Refused& error) {
            return error.what();
        } catch (const std::exception& error) {
            ADD_FAILURE() << "another exception: " << error.what();
            return error.what();
        }
        ADD_FAILURE() << "was taken for a driver";
        return {};
    }
    void expect_no_termination() {
        try {
            request_driver_termination(directory);
        } catch (const Exception&) {
        }
    }
};

TEST_F(ClientBefore, a_left_over_cnc_file_is_a_driver_for_all_that_a_client_can_see) {
    EXPECT_NO_THROW((Context{{.directory = directory}}));  // so the others show what they say
}

TEST_F(ClientBefore, a_left_over_cnc_file_is_no_driver_once_it_is_truncated_anywhere) {
    const std::uintmax_t whole = fs::file_size(file);
    for (const std::uintmax_t length :
         {whole - 4096, whole / 2, std::uintmax_t{5000}, std::uintmax_t{129},
          std::uintmax_t{128}, std::uintmax_t{4}, std::uintmax_t{1}, std::uintmax_t{0}}) {
        SCOPED_TRACE(length);
        fs::resize_file(file, length);
        EXPECT_NE(refusal<DriverNotRunning>().find(file), std::string::npos);
        expect_no_termination();
    }
}

TEST_F(ClientBefore, a_left_over_cnc_file_is_no_driver_where_its_lengths_cannot_be) {
    const CncLayout before = open_cnc(directory).layout();
    const std::int32_t lengths[] = {
        before.to_driver_buffer_length, before.to_clients_buffer_length,
        before.counters_metadata_buffer_length, before.counters_values_buffer_length,
        before.error_log_buffer_length};
    for (int field = 0; field < 5; ++field) {
        const auto at = static_cast<std::size_t>(4 + 4 * field);
        for (const std::int32_t wrong : {INT32_MIN, -1, 1, 12'345'678, INT32_MAX}) {
            if (field == 4 && wrong == 1) continue;  // a short error log is no client's business
            SCOPED_TRACE(std::to_string(field) + ": " + std::to_string(wrong));
            store(at, wrong);
            EXPECT_NE(refusal<DriverNotRunning>().find(file), std::string::npos);
            expect_no_termination();
        }
        store(at, lengths[field]);
    }
    EXPECT_NO_THROW((Context{{.directory = directory}}));
}

TEST_F(ClientBefore, a_cnc_file_of_another_version_is_refused_with_both_versions) {
    struct Case {
        std::int32_t version;
        std::string text;
    };
    for (const Case& c : {Case{semantic_version(9, 0, 0), "9.0.0"},
                          Case{semantic_version(1, 2, 0), "1.2.0"},
                          Case{semantic_version(0, 1, 7), "0.1.7"},
                          Case{-1, "255.255.255"}}) {
        store(0, c.version);
        const std::string text = refusal<Exception>();
        EXPECT_NE(text.find("version"), std::string::npos) << text;
        EXPECT_NE(text.find(c.text), std::string::npos) << text;
        EXPECT_NE(text.find("0.2.0"), std::string::npos) << text;
        EXPECT_NE(text.find(file), std::string::npos) << text;
        expect_no_termination();
    }
    store(0, semantic_version(0, 3, 0));  // newer, but made to be understood
    EXPECT_NO_THROW((Context{{.directory = directory}}));
}

TEST_F(ClientBefore, a_file_full_of_other_things_is_no_driver) {
    const std::string alien(300'000, 'x');
    std::ofstream{file, std::ios::trunc} << alien;
    EXPECT_NE(refusal<Exception>().find(file), std::string::npos);
    std::ofstream{file, std::ios::trunc} << std::string(300'000, '\0');
    EXPECT_NE(refusal<DriverNotRunning>().find("not initialised"), std::string::npos);
    fs::remove(file);
    fs::create_directory(file);
    EXPECT_NE(refusal<DriverNotRunning>().find(file), std::string::npos);
    fs::remove(file);
    fs::create_symlink("/dev/zero", file);
    EXPECT_NE(refusal<DriverNotRunning>().find(file), std::string::npos);
}

/// Right lengths and version, anything behind them: a client may refuse it or be of no use, but
/// it does not fault and does not hang.
TEST_F(ClientBefore, a_cnc_file_of_random_bytes_behind_the_header_is_unharmed) {
    std::mt19937_64 random{7};
    for (int round = 0; round < 20; ++round) {
        scribble_behind_header(random);
        try {
            Context ctx{{.directory = directory,
                         .driver_timeout = std::chrono::milliseconds{100},
                         .keepalive_interval = std::chrono::milliseconds{10}}};
            ctx.counters().for_each([](const CounterView& counter) {
                EXPECT_LE(counter.label.size(), 380u);
            });
            ctx.add_publication("aeron:ipc", 1);
            ADD_FAILURE() << "a publication of nobody";
        } catch (const Exception&) {
        }
    }
}

TEST_F(ClientBefore, a_cnc_file_of_another_user_is_refused_with_the_reason) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can be two users";
    ASSERT_EQ(::chmod(temp.path().c_str(), 0755), 0);
    const Finished nobody = run({.argv = {"setpriv", "--reuid=54321", "--regid=54321",
                                          "--clear-groups", TERN_CONNECT, directory}});
    EXPECT_EQ(nobody.ended.exit_code, 1) << nobody.output;
    EXPECT_NE(nobody.errors.find(directory), std::string::npos) << nobody.errors;
    EXPECT_NE(nobody.errors.find("Permission denied"), std::string::npos) << nobody.errors;
}

}  // namespace
}  // namespace tern::test

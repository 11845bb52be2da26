/// tern errors, on logs that this test writes as a driver would.

#include <gtest/gtest.h>

#include <fstream>

#include "system/tern_process.hpp"
#include "tern/platform/os_file_system.hpp"
#include "tern/shm/distinct_error_log.hpp"

namespace tern::test {
namespace {

struct TernErrors : ::testing::Test {
    /// A file with this error in a log that begins at byte `offset`.
    void write_log(const std::string& text, std::size_t offset = 0) const {
        platform::OsFileSystem files;
        const auto mapping = files.create(file, 4096, Blocks::reserved).value();
        DistinctErrorLog log{mapping->bytes().subspan(offset)};
        ASSERT_TRUE(log.record(ErrorCode::generic_error, text, Millis{1'700'000'000'000}));
    }
    Finished errors(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"errors", "--file", file});
        return run_tern(std::move(arguments));
    }

    TempDir temp;
    const std::string file = temp / "log";
};

TEST_F(TernErrors, reads_a_log_from_where_it_begins_in_a_file) {
    write_log("the disk is on fire", 64);
    const Finished shown = errors({"--offset", "64"});
    EXPECT_EQ(shown.ended, kCleanEnd) << shown.errors;
    EXPECT_TRUE(has(shown.output, "***\n1 observations from 2023-11-1")) << shown.output;
    EXPECT_TRUE(has(shown.output, " for:\n the disk is on fire\n\n1 distinct errors observed.\n"))
        << shown.output;
    EXPECT_EQ(run_tern({"errors", "--offset", "64"}).ended.exit_code, 2);
}

TEST_F(TernErrors, does_not_let_an_error_write_to_the_terminal) {
    write_log("a line\nand \x1b[2J");
    EXPECT_TRUE(has(errors({}).output, " a line\nand \\x1b[2J\n"));
}

TEST_F(TernErrors, refuses_a_file_that_has_no_log) {
    std::ofstream{file} << std::string(200, 'x');
    const Finished shown = errors({});
    EXPECT_EQ(shown.ended.exit_code, 1);
    EXPECT_EQ(shown.output, "");
    EXPECT_TRUE(has(shown.errors, "there is no error log in " + file)) << shown.errors;
}

TEST_F(TernErrors, reads_the_log_of_a_cnc_file) {
    Ternd driver{temp / "aeron"};
    driver.wait_until_ready();
    {
        const CncFile cnc = open_cnc(temp / "aeron");
        DistinctErrorLog log{cnc.error_log()};
        ASSERT_TRUE(log.record(ErrorCode::generic_error, "the disk is on fire", Millis{1}));
    }
    const Finished shown = run_tern({"errors", "--json", "--file", temp / "aeron/cnc.dat"});
    EXPECT_EQ(shown.ended, kCleanEnd) << shown.errors;
    EXPECT_EQ(parse_json(shown.output).at("text"), "the disk is on fire");
}

}  // namespace
}  // namespace tern::test

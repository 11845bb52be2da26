/// What tern answers to command lines, right and wrong ones.

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "system/tern_process.hpp"

namespace tern::test {
namespace {

TEST(TernUsage, help_is_for_standard_output_and_documents_the_exit_status) {
    for (const std::string command :
         {"", "driver", "pub", "sub", "ping", "pong", "stat", "errors", "loss", "demo"}) {
        std::vector<std::string> arguments{"--help"};
        if (!command.empty()) arguments.insert(arguments.begin(), command);
        const Finished help = run_tern(arguments);
        EXPECT_EQ(help.ended, kCleanEnd) << command;
        EXPECT_TRUE(has(help.output, "Exit status")) << command << "\n" << help.output;
        EXPECT_TRUE(has(help.output, "Usage: tern" + (command.empty() ? "" : " " + command)));
        EXPECT_EQ(help.errors, "");
        EXPECT_FALSE(has(help.output, "\x1b")) << "colours without a terminal";
    }
}

TEST(TernUsage, tells_its_version) {
    const Finished version = run_tern({"--version"});
    EXPECT_EQ(version.ended, kCleanEnd);
    EXPECT_TRUE(version.output.starts_with("tern 0.")) << version.output;
}

TEST(TernUsage, answers_a_wrong_command_line_with_what_would_have_been_right) {
    struct Case {
        std::vector<std::string> arguments;
        std::string answer;
    };
    const std::vector<Case> cases{
        {{}, "tern: say which command: driver, pub, sub, ping, pong"},
        {{"pbu", "x"}, "tern: no command 'pbu'; did you mean pub?"},
        {{"--sersion"}, "tern: unknown option '--sersion'; did you mean --version?"},
        {{"pub", "--steam", "7", "x"},
         "tern pub: unknown option '--steam'; did you mean --stream? See: tern pub --help"},
        {{"sub", "extra"}, "tern sub: unexpected argument 'extra'"},
        {{"sub", "--format", "xml"}, "tern sub: --format: xml not in {text,hex,raw,count}"},
        {{"sub", "--stream", "seven"}, "tern sub: --stream: seven is not a number"},
        {{"pub", "--stream", "", "x"}, "tern pub: --stream: '' is not a number"},
        {{"pub", "--stream", "3000000000", "x"},
         "tern pub: --stream: 3000000000 is not a whole number that fits"},
        {{"pub", "--count", "0", "x"}, "tern pub: --count: 0 is not above 0"},
        {{"pub", "--count", "99999999999999999999", "x"},
         "tern pub: --count: 99999999999999999999 is not a whole number that fits"},
        {{"pub", "--size", "10", "--whole"}, "excludes"},
        {{"sub", "--json", "--format", "raw"}, "tern sub: --json: excludes --format raw"},
        {{"pub", "--count", "1k", "x"}, "tern pub: --count: 1k is not a number"},
        {{"errors", "--since", "-1"}, "tern errors: --since: -1 is not above 0"},
        {{"stat", "--max-age", "-1"}, "tern stat: --max-age: -1 is not 0 or more"},
        {{"stat", "--watch", "--count", "0"}, "tern stat: --count: 0 is not above 0"},
        {{"stat", "--watch", "nan"}, "tern stat: --watch: nan is not a number"},
        {{"stat", "--watch", "0"}, "tern stat: --watch: 0 is not between 0.01 and 86400"},
        {{"stat", "--count", "2"}, "tern stat: --count requires --watch"},
        {{"stat", "--type", "nope"},
         "tern stat: --type: nope is no number, and none of system pub-lmt"},
        {{"pub", "--size", "1x"}, "tern pub: --size: 1x is not a size such as 100, 64k or 1m"},
        {{"ping", "--size", "4"}, "tern ping: --size: 4 is not between 8 and 16m"},
        {{"pub", "--size", "8", "word"}, "excludes"},
        {{"demo", "--seconds", "-1"}, "tern demo: --seconds: "},
        {{"driver", "--dri", "x"}, "tern driver: unknown option --dri; see tern driver --help"},
        {{"driver", "--threading", "SHRAED"}, "tern driver: --threading SHRAED is none of"},
    };
    for (const Case& c : cases) {
        const Finished finished = run_tern(c.arguments);
        EXPECT_EQ(finished.ended.exit_code, 2) << c.answer;
        EXPECT_TRUE(has(finished.errors, c.answer)) << finished.errors;
        EXPECT_EQ(finished.output, "");
    }
}

TEST(TernUsage, says_how_to_start_a_driver_where_there_is_none) {
    TempDir temp;
    for (const std::string command : {"pub", "sub", "ping", "pong"}) {
        const Finished finished = run_tern({command, "--dir", temp / "none"});
        EXPECT_EQ(finished.ended.exit_code, 3) << command;
        EXPECT_TRUE(has(finished.errors, "no driver is running in " + temp / "none" +
                                             "; start one with: tern driver --dir " +
                                             temp / "none"))
            << finished.errors;
    }
}

TEST(TernUsage, tells_a_user_who_may_not_use_the_drivers_files_from_one_without_a_driver) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can be another user";
    TempDir temp;
    Ternd driver{temp / "aeron"};
    driver.wait_until_ready();
    for (const std::string command : {"pub", "sub", "stat", "errors", "loss"}) {
        ChildProcess::Options options = tern_options({command, "--dir", temp / "aeron"});
        const std::vector<std::string> as_nobody{"setpriv", "--reuid=65534", "--clear-groups"};
        options.argv.insert(options.argv.begin(), as_nobody.begin(), as_nobody.end());
        const Finished finished = run(options);
        EXPECT_EQ(finished.ended.exit_code, 1) << command;
        EXPECT_TRUE(has(finished.errors, "tern " + command + ": this user may not "))
            << finished.errors;
        EXPECT_TRUE(has(finished.errors, "tern.file.access=group")) << finished.errors;
    }
}

TEST(TernUsage, takes_the_directory_from_the_environment) {
    TempDir temp;
    const Finished finished =
        run(program_options(TERN_TERN, {"pub", "x"}, {{"AERON_DIR", temp / "named"}}));
    EXPECT_EQ(finished.ended.exit_code, 3);
    EXPECT_TRUE(has(finished.errors, "no driver is running in " + temp / "named"));
}

TEST(TernUsage, runs_a_driver) {
    TempDir temp;
    std::vector<std::string> arguments = small_driver_arguments(temp / "aeron");
    arguments.insert(arguments.begin(), "driver");
    ChildProcess driver{tern_options(arguments)};
    ASSERT_TRUE(driver.read_until("tern driver is ready")) << driver.errors();
    driver.signal(SIGTERM);
    EXPECT_EQ(driver.wait(), kCleanEnd) << driver.errors();
}

}  // namespace
}  // namespace tern::test

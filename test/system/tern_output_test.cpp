/// What tern does where its standard output cannot be written, or is not read any more.

#include <gtest/gtest.h>

#include <utility>

#include "system/tern_process.hpp"

namespace tern::test {
namespace {

/// For a process: tern with a standard output that `script` makes for it; "$0" is tern.
ChildProcess::Options through_shell(const std::string& script, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"-c", script, TERN_TERN});
    return program_options("sh", std::move(arguments));
}

/// Standard output is a full disk.
ChildProcess::Options without_room(std::vector<std::string> arguments) {
    return through_shell(R"(exec "$0" "$@" > /dev/full)", std::move(arguments));
}

/// Standard output is a pipe whose reader has gone.
Finished run_unread(std::vector<std::string> arguments) {
    TempDir temp;
    arguments.insert(arguments.begin(), temp / "pipe");
    return run(through_shell(R"(mkfifo "$1"; exec 3<>"$1" 4>"$1" 3<&-; shift; exec "$0" "$@" >&4)",
                             std::move(arguments)));
}

void expect_complaint(const Finished& finished, const std::string& what) {
    EXPECT_EQ(finished.ended.exit_code, 1) << what;
    EXPECT_TRUE(has(finished.errors, "cannot write: No space left on device"))
        << what << ": " << finished.errors;
}

class TernOutput : public TernOnDriver {
  protected:
    /// A subscriber with these options, on a full disk, to a publisher of two messages.
    Finished subscribe_without_room(std::vector<std::string> options) {
        options.insert(options.begin(), "sub");
        ChildProcess subscriber{without_room(here(options))};
        EXPECT_EQ(run_here({"pub", "one", "two", "--wait", "60"}).ended, kCleanEnd);
        const ChildProcess::Ended ended = subscriber.wait();
        return {ended, subscriber.output(), subscriber.errors()};
    }
};

TEST_F(TernOutput, that_is_lost_is_a_failure_and_named) {
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"stat"},
                                                      {"stat", "--json"},
                                                      {"errors"},
                                                      {"loss"},
                                                      {"loss", "--csv"}}) {
        expect_complaint(run(without_room(here(arguments))), arguments.back());
    }
    for (const std::string format : {"text", "hex", "raw"}) {
        expect_complaint(subscribe_without_room({"-n", "2", "--format", format}), format);
    }
    expect_complaint(subscribe_without_room({"-e", "--format", "count"}), "count");
}

TEST_F(TernOutput, that_is_lost_is_a_failure_of_the_publisher_with_its_summary) {
    ChildProcess subscriber{tern_options(here({"sub"}))};
    expect_complaint(run(without_room(here({"pub", "hello", "--json", "--wait", "60"}))), "pub");
    EXPECT_EQ(subscriber.read_line(), "hello");
}

TEST_F(TernOutput, that_nobody_reads_any_more_is_a_quiet_end) {
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"stat"}, {"errors"}, {"loss"}}) {
        const Finished finished = run_unread(here(arguments));
        EXPECT_EQ(finished.ended, kCleanEnd) << arguments.front();
        EXPECT_EQ(finished.errors, "");
    }
}

TEST(TernHelp, that_is_lost_is_a_failure_unless_nobody_reads_it) {
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--help"},
                                                      {"--version"},
                                                      {"pub", "--help"},
                                                      {"driver", "--help"},
                                                      {"driver", "--version"}}) {
        const std::string what = arguments.front() + " " + arguments.back();
        expect_complaint(run(without_room(arguments)), what);
        const Finished finished = run_unread(arguments);
        EXPECT_EQ(finished.ended, kCleanEnd) << what;
        EXPECT_EQ(finished.errors, "") << what;
    }
}

}  // namespace
}  // namespace tern::test

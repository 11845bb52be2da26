#include "support/child_process.hpp"

#include <csignal>

#include <gtest/gtest.h>

namespace tern::test {
namespace {

TEST(ChildProcess, gives_lines_and_the_exit_code) {
    ChildProcess shell{{.argv = {"sh", "-c", "read x; echo got $x; echo oops >&2; exit 3"}}};
    shell.send_line("bread");
    EXPECT_EQ(shell.read_line(), "got bread");
    EXPECT_EQ(shell.wait(), (ChildProcess::Ended{3, 0}));
    EXPECT_EQ(shell.errors(), "oops\n");
}

TEST(ChildProcess, tells_a_signal_from_an_exit) {
    ChildProcess shell{{.argv = {"sh", "-c", "echo up; read forever"}}};
    ASSERT_EQ(shell.read_line(), "up");
    shell.signal(SIGKILL);
    EXPECT_EQ(shell.wait(), (ChildProcess::Ended{-1, SIGKILL}));
}

TEST(ChildProcess, passes_and_takes_out_environment) {
    const Finished done = run(
        {.argv = {"sh", "-c", "echo $A-$HOME-"}, .env = {{"A", "1"}}, .unset_env = {"HOME"}});
    EXPECT_EQ(done.output, "1--\n");
}

}  // namespace
}  // namespace tern::test

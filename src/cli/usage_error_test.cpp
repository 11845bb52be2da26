#include "tern/cli/usage_error.hpp"

#include <gtest/gtest.h>

namespace tern::cli {
namespace {

/// What somebody reads who typed these words; empty where they were understood.
std::string answer_to(std::string words) {
    CLI::App app{"test"};
    app.require_subcommand(1);
    CLI::App* pub = app.add_subcommand("pub");
    app.add_subcommand("sub");
    int stream = 0, hidden = 0;
    std::string file;
    pub->add_option("-s,--stream", stream);
    pub->add_option("--file", file);
    pub->add_option("--strand", hidden)->group("");
    try {
        app.parse(words);
    } catch (const CLI::ParseError& error) { return explain(app, error); }
    return "";
}

TEST(UsageError, suggests_the_option_that_was_meant) {
    EXPECT_EQ(answer_to("pub --stream 7"), "");
    EXPECT_EQ(answer_to("pub --steam=7"),
              "unknown option '--steam'; did you mean --stream? See: tern pub --help");
    EXPECT_EQ(answer_to("pub --stre 7"),
              "unknown option '--stre'; did you mean --stream? See: tern pub --help");
    EXPECT_EQ(answer_to("pub --stran 7"),
              "unknown option '--stran'; did you mean --stream? See: tern pub --help");
    EXPECT_EQ(answer_to("pub --nope"), "unknown option '--nope'. See: tern pub --help");
    EXPECT_EQ(answer_to("pub -x"), "unknown option '-x'. See: tern pub --help");
    EXPECT_EQ(answer_to("pub --compression"),
              "unknown option '--compression'. See: tern pub --help");
}

TEST(UsageError, says_what_is_wrong_with_a_value_or_a_word) {
    EXPECT_EQ(answer_to("pub extra"),
              "unexpected argument 'extra'; leave it out. See: tern pub --help");
    EXPECT_EQ(answer_to("pub --stream x"),
              "--stream = x is not a number that fits. See: tern pub --help");
    EXPECT_EQ(answer_to("--hepl"),
              "unknown option '--hepl'; did you mean --help? See: tern --help");
    EXPECT_EQ(answer_to(""), "say which command: pub, sub. See: tern --help");
}

TEST(UsageError, suggests_the_command_that_was_meant) {
    CLI::App app{"test"};
    app.add_subcommand("pub");
    app.add_subcommand("errors");
    EXPECT_EQ(explain_command(app, "pub"), "");
    EXPECT_EQ(explain_command(app, "erors"), "no command 'erors'; did you mean errors?");
    EXPECT_EQ(explain_command(app, "xyz"), "no command 'xyz'; there are pub, errors");
}

}  // namespace
}  // namespace tern::cli

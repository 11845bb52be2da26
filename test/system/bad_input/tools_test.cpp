/// The tools of the command tern in front of a cnc.dat that no driver of theirs has made: they say
/// what is wrong with it, and fail.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "system/bad_input/left_behind.hpp"

namespace tern::test {
namespace {

namespace fs = std::filesystem;

struct ToolBefore : LeftBehind, ::testing::WithParamInterface<std::vector<std::string>> {
    Finished run_tool() {
        std::vector<std::string> arguments = GetParam();
        arguments.insert(arguments.end(), {"--dir", directory});
        return run(program_options(TERN_TERN, arguments));
    }
    void expect_refusal(const std::string& text, int exit_code = 1) {
        const Finished tool = run_tool();
        EXPECT_EQ(tool.ended, (ChildProcess::Ended{.exit_code = exit_code, .signal = 0}))
            << tool.output;
        EXPECT_NE(tool.errors.find(file), std::string::npos) << tool.errors;
        EXPECT_NE(tool.errors.find(text), std::string::npos) << tool.errors;
    }
};

TEST_P(ToolBefore, a_truncated_cnc_file_fails) {
    for (const std::uintmax_t length : {fs::file_size(file) - 4096, std::uintmax_t{5000},
                                        std::uintmax_t{128}, std::uintmax_t{0}}) {
        SCOPED_TRACE(length);
        fs::resize_file(file, length);
        // Without even a header there is no driver, which has a status of its own.
        expect_refusal("", length > 128 ? 1 : 3);
    }
}

TEST_P(ToolBefore, a_cnc_file_of_another_version_names_both) {
    store(0, semantic_version(9, 1, 2));
    expect_refusal("9.1.2");
    expect_refusal("0.2.0");
    std::ofstream{file, std::ios::trunc} << std::string(300'000, 'x');
    expect_refusal("120.120.120");
}

TEST_P(ToolBefore, a_directory_of_another_user_names_the_reason) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can be two users";
    ASSERT_EQ(::chmod(temp.path().c_str(), 0755), 0);
    std::vector<std::string> argv{"setpriv", "--reuid=54321", "--regid=54321", "--clear-groups",
                                  TERN_TERN};
    argv.insert(argv.end(), GetParam().begin(), GetParam().end());
    argv.insert(argv.end(), {"--dir", directory});
    const Finished tool = run({.argv = argv});
    EXPECT_EQ(tool.ended, (ChildProcess::Ended{.exit_code = 1, .signal = 0}));  // there may be one
    EXPECT_NE(tool.errors.find(file + " (Permission denied)"), std::string::npos) << tool.errors;
}

TEST_P(ToolBefore, random_bytes_behind_the_header_ends_by_itself) {
    std::mt19937_64 random{11};
    for (int round = 0; round < 3; ++round) {
        scribble_behind_header(random);
        EXPECT_EQ(run_tool().ended.signal, 0);
    }
}

std::string name_of_tool(const ::testing::TestParamInfo<std::vector<std::string>>& info) {
    return info.param[0] + (info.param.back() == "--json" ? "_json" : "");
}
INSTANTIATE_TEST_SUITE_P(Tern, ToolBefore,
                         ::testing::Values(std::vector<std::string>{"stat"},
                                           std::vector<std::string>{"stat", "--json"},
                                           std::vector<std::string>{"errors"},
                                           std::vector<std::string>{"errors", "--json"}),
                         name_of_tool);

}  // namespace
}  // namespace tern::test

#include "tern/platform/line_input.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tern/platform/child_program.hpp"

namespace tern::platform {
namespace {

using Outcome = LineInput::Outcome;
constexpr Nanos kPatience = std::chrono::seconds{60};

struct Pipe {
    Pipe() {
        int ends[2];
        EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        out = FileDescriptor{ends[0]};
        in = FileDescriptor{ends[1]};
    }
    void write(const std::string& text) const {
        EXPECT_EQ(::write(in.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    FileDescriptor out, in;
};

TEST(LineInput, gives_lines_and_a_last_one_without_its_end) {
    Pipe pipe;
    pipe.write("one\n\nthree");
    pipe.in = FileDescriptor{};
    LineInput input{std::move(pipe.out)};
    std::string line;
    for (const char* expected : {"one", "", "three"}) {
        ASSERT_EQ(input.next(line, kPatience), Outcome::line);
        EXPECT_EQ(line, expected);
    }
    EXPECT_EQ(input.next(line, kPatience), Outcome::end);
    EXPECT_EQ(input.next(line, kPatience), Outcome::end);
}

TEST(LineInput, says_that_there_is_nothing_yet) {
    const Pipe pipe;
    LineInput input{FileDescriptor{::dup(pipe.out.get())}};
    std::string line;
    EXPECT_EQ(input.next(line, Nanos{0}), Outcome::nothing_yet);
    pipe.write("half");
    EXPECT_EQ(input.next(line, Nanos{0}), Outcome::nothing_yet);
    pipe.write(" and half\n");
    EXPECT_EQ(input.next(line, Nanos{0}), Outcome::line);
    EXPECT_EQ(line, "half and half");
}

TEST(LineInput, puts_lines_together_that_are_longer_than_a_read) {
    Pipe pipe;
    const std::string half(40'000, 'x');
    pipe.write(half);
    LineInput input{FileDescriptor{::dup(pipe.out.get())}};
    std::string line;
    EXPECT_EQ(input.next(line, Nanos{0}), Outcome::nothing_yet);
    pipe.write(half + "\nrest");
    ASSERT_EQ(input.next(line, Nanos{0}), Outcome::line);
    EXPECT_EQ(line, half + half);
}

TEST(LineInput, takes_everything_where_no_delimiter_is_given) {
    Pipe pipe;
    pipe.write("a\nb\n");
    pipe.in = FileDescriptor{};
    LineInput input{std::move(pipe.out), std::nullopt};
    std::string all;
    EXPECT_EQ(input.next(all, kPatience), Outcome::line);
    EXPECT_EQ(all, "a\nb\n");
    EXPECT_EQ(input.next(all, kPatience), Outcome::end);
}

TEST(LineInput, names_a_file_that_it_cannot_open) {
    auto input = LineInput::open("/no/such/file");
    ASSERT_FALSE(input);
    EXPECT_NE(input.error().text.find("/no/such/file"), std::string::npos);
}

TEST(ChildProgram, gives_its_lines_and_its_exit_status) {
    auto child = ChildProgram::start({"/bin/sh", "-c", "echo one; cat; echo two; exit 7"});
    ASSERT_TRUE(child);
    std::string line;
    ASSERT_EQ((*child)->output().next(line, kPatience), Outcome::line);
    EXPECT_EQ(line, "one");
    ASSERT_EQ((*child)->output().next(line, kPatience), Outcome::line);
    EXPECT_EQ(line, "two");  // its standard input was empty
    EXPECT_EQ((*child)->wait(), 7);
}

TEST(ChildProgram, stops_when_asked_to) {
    auto child = ChildProgram::start({"/bin/sh", "-c", "echo ready; exec sleep 600"});
    ASSERT_TRUE(child);
    std::string line;
    ASSERT_EQ((*child)->output().next(line, kPatience), Outcome::line);
    (*child)->ask_to_stop();
    EXPECT_EQ((*child)->wait(), 128 + 15);
}

TEST(ChildProgram, names_a_program_that_is_not_there) {
    auto child = ChildProgram::start({"/no/such/program"});
    ASSERT_FALSE(child);
    EXPECT_NE(child.error().text.find("/no/such/program"), std::string::npos);
}

TEST(ChildProgram, knows_the_path_of_its_own_program) {
    EXPECT_EQ(::access(own_program().c_str(), X_OK), 0);
}

}  // namespace
}  // namespace tern::platform

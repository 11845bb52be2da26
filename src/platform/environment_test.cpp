#include "tern/platform/environment.hpp"

#include <gtest/gtest.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "tern/platform/testing/in_child.hpp"

namespace tern::platform {
namespace {

TEST(Environment, holds_what_the_process_was_given) {
    EXPECT_EQ(in_child([] {
                  ::setenv("TERN_UNIT_TEST", "a=b", 1);
                  const auto variables = environment();
                  const auto found = variables.find("TERN_UNIT_TEST");
                  return found != variables.end() && found->second == "a=b" ? 0 : 1;
              }),
              0);
}

// driver-config.md 6.1
TEST(DefaultDirectory, carries_the_name_that_USER_gives) {
    EXPECT_EQ(in_child([] {
                  ::setenv("USER", "somebody", 1);
                  return default_directory() == "/dev/shm/aeron-somebody" ? 0 : 1;
              }),
              0);
}

TEST(DefaultDirectory, carries_the_name_of_the_real_user_where_USER_is_not_set) {
    EXPECT_EQ(in_child([] {
                  ::unsetenv("USER");
                  const passwd* entry = ::getpwuid(::getuid());
                  const std::string name = entry != nullptr ? entry->pw_name : "default";
                  return user_name() == name ? 0 : 1;
              }),
              0);
}

TEST(AbsolutePath, is_relative_to_the_current_directory) {
    EXPECT_EQ(in_child([] {
                  return ::chdir("/dev") == 0 && absolute_path("shm/x") == "/dev/shm/x" ? 0 : 1;
              }),
              0);
    EXPECT_EQ(absolute_path("/a/../b/./c"), "/b/c");
    EXPECT_EQ(absolute_path("/a/b/"), "/a/b");
    EXPECT_EQ(absolute_path("/"), "/");
}

}  // namespace
}  // namespace tern::platform

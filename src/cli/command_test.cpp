#include "tern/cli/command.hpp"

#include <gtest/gtest.h>

namespace tern::cli {
namespace {

TEST(DriverEnd, is_told_in_words_and_with_what_to_do) {
    const DirectoryOption driver{"/d"};
    EXPECT_EQ(text_of_driver_end("MediaDriver has been shutdown", driver),
              "the driver in /d was stopped");
    EXPECT_EQ(text_of_driver_end("MediaDriver keepalive: age=10264ms > timeout=10000ms", driver),
              "the driver in /d died (no heartbeat: age=10264ms > timeout=10000ms); "
              "start it again with: tern driver --dir /d");
    EXPECT_EQ(text_of_driver_end("no answer", driver), "no answer");
}

}  // namespace
}  // namespace tern::cli

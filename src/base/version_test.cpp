#include "tern/base/version.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tern {
namespace {

// Examples of counters.md, 6.3.
TEST(Version, is_composed_into_one_number) {
    EXPECT_EQ(compose_version(1, 2, 3), 66'051);
    EXPECT_EQ(compose_version(1, 54, 0), 79'360);
    EXPECT_EQ(compose_version(1, 0, 0), 65'536);
    EXPECT_EQ(compose_version(0, 2, 0), 512);
}

TEST(Version, text_and_number_agree) {
    const std::int32_t number = version_number();
    EXPECT_EQ(version_text(), std::to_string(number >> 16) + "." +
                                  std::to_string((number >> 8) & 255) + "." +
                                  std::to_string(number & 255));
    EXPECT_FALSE(revision_text().empty());
}

}  // namespace
}  // namespace tern

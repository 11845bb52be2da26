#include "tern/cli/processors.hpp"

#include <gtest/gtest.h>

namespace tern::cli {
namespace {

TEST(Processors, are_those_of_the_quota_where_there_is_one) {
    EXPECT_EQ(processors_of_quota("200000 100000\n"), 2);
    EXPECT_EQ(processors_of_quota("150000 100000\n"), 1);
    EXPECT_EQ(processors_of_quota("50000 100000"), 1);
    for (const char* nothing : {"max 100000\n", "", "1", "1 ", "x y", "-5 100", "100 0"}) {
        EXPECT_EQ(processors_of_quota(nothing), 0) << nothing;
    }
    EXPECT_GE(usable_processors(), 1);
}

}  // namespace
}  // namespace tern::cli

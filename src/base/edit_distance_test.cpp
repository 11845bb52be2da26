#include "tern/base/edit_distance.hpp"

#include <gtest/gtest.h>

namespace tern {
namespace {

TEST(EditDistance, counts_letters_to_insert_drop_or_change) {
    EXPECT_EQ(edit_distance("", ""), 0u);
    EXPECT_EQ(edit_distance("stream", "stream"), 0u);
    EXPECT_EQ(edit_distance("", "abc"), 3u);
    EXPECT_EQ(edit_distance("abc", ""), 3u);
    EXPECT_EQ(edit_distance("steam", "stream"), 1u);
    EXPECT_EQ(edit_distance("chanel", "channel"), 1u);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

}  // namespace
}  // namespace tern

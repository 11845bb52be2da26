#include "tern/driver/conductor/session_ids.hpp"

#include <gtest/gtest.h>

#include <climits>
#include <set>

namespace tern::driver {
namespace {

constexpr auto kNoneInUse = [](std::int32_t) { return false; };

// Worked example 21.2 of the control protocol, without its explicit ids.
TEST(SessionIds, jumps_over_the_reserved_range_and_over_ids_in_use) {
    SessionIds ids(-2, -1, 1000);
    std::set<std::int32_t> used;
    const auto in_use = [&](std::int32_t id) { return used.contains(id); };
    EXPECT_EQ(ids.allocate(in_use), -2);
    EXPECT_EQ(ids.allocate(in_use), 1001);
    used.insert(1002);
    EXPECT_EQ(ids.allocate(in_use), 1003);
    EXPECT_EQ(ids.allocate(in_use), 1004);
}

TEST(SessionIds, wraps_at_32_bits) {
    SessionIds ids(INT32_MAX, -1, 1000);
    EXPECT_EQ(ids.allocate(kNoneInUse), INT32_MAX);
    EXPECT_EQ(ids.allocate(kNoneInUse), INT32_MIN);
}

TEST(SessionIds, checks_the_reserved_range_again_after_skipping_ids_in_use) {
    SessionIds ids(8, 10, 20);
    const auto in_use = [](std::int32_t id) { return id == 8 || id == 9; };
    EXPECT_EQ(ids.allocate(in_use), 21);
}

TEST(SessionIds, wraps_where_the_reserved_range_ends_at_the_last_id) {
    SessionIds ids(INT32_MAX - 1, INT32_MAX - 1, INT32_MAX);
    EXPECT_EQ(ids.allocate(kNoneInUse), INT32_MIN);
}

TEST(SessionIds, reserves_nothing_where_the_range_is_empty) {
    SessionIds ids(0, 1, 0);
    EXPECT_EQ(ids.allocate(kNoneInUse), 0);
    EXPECT_EQ(ids.allocate(kNoneInUse), 1);
}

}  // namespace
}  // namespace tern::driver

#include "tern/base/latest_value.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace tern {
namespace {

struct Three {
    std::int64_t a = 0;
    std::int64_t b = 0;
    std::int32_t c = 0;
};

TEST(LatestValue, HasNothingBeforeTheFirstSet) {
    LatestValue<Three> value;
    EXPECT_FALSE(value.take_new());
}

TEST(LatestValue, GivesEachValueOnce) {
    LatestValue<Three> value;
    value.set({1, 2, 3});
    const auto taken = value.take_new();
    ASSERT_TRUE(taken);
    EXPECT_EQ(taken->a, 1);
    EXPECT_EQ(taken->b, 2);
    EXPECT_EQ(taken->c, 3);
    EXPECT_FALSE(value.take_new());
}

TEST(LatestValue, TheLatestCounts) {
    LatestValue<Three> value;
    value.set({1, 1, 1});
    value.set({2, 2, 2});
    EXPECT_EQ(value.take_new()->a, 2);
    EXPECT_FALSE(value.take_new());
}

TEST(LatestValue, IsNeverTornAndNeverGoesBack) {
    LatestValue<Three> value;
    constexpr std::int64_t kValues = 200'000;
    std::thread writer([&] {
        for (std::int64_t i = 1; i <= kValues; ++i)
            value.set({i, -i, static_cast<std::int32_t>(i)});
    });
    std::int64_t last = 0;
    while (last < kValues) {
        const auto taken = value.take_new();
        if (!taken) continue;
        ASSERT_EQ(taken->a, -taken->b);
        ASSERT_EQ(taken->a, taken->c);
        ASSERT_GT(taken->a, last);
        last = taken->a;
    }
    writer.join();
}

}  // namespace
}  // namespace tern

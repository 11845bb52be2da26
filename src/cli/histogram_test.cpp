#include "tern/cli/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tern/base/random.hpp"

namespace tern::cli {
namespace {

TEST(Histogram, of_nothing_is_zero) {
    const Histogram none;
    EXPECT_EQ(none.count(), 0u);
    EXPECT_EQ(none.percentile(50), Nanos{0});
    EXPECT_EQ(none.max(), Nanos{0});
    EXPECT_EQ(none.min(), Nanos{0});
    EXPECT_EQ(none.mean(), Nanos{0});
}

TEST(Histogram, keeps_small_values_exactly) {
    Histogram histogram;
    for (int value = 1; value <= 1000; ++value) histogram.record(Nanos{value});
    EXPECT_EQ(histogram.percentile(0), Nanos{1});
    EXPECT_EQ(histogram.percentile(50), Nanos{500});
    EXPECT_EQ(histogram.percentile(99), Nanos{990});
    EXPECT_EQ(histogram.percentile(99.9), Nanos{999});
    EXPECT_EQ(histogram.percentile(100), Nanos{1000});
    EXPECT_EQ(histogram.mean(), Nanos{501});  // 500.5
}

TEST(Histogram, rounds_large_values_up_by_at_most_a_thousandth) {
    SeededRandom random{7};
    for (int round = 0; round < 100; ++round) {
        Histogram histogram;
        std::vector<std::int64_t> values;
        for (int i = 0; i < 100; ++i) {
            values.push_back(static_cast<std::int64_t>(random.next() >> (24 + random.next() % 30)));
            histogram.record(Nanos{values.back()});
        }
        std::sort(values.begin(), values.end());
        for (const int percent : {1, 25, 50, 90, 99, 100}) {
            const std::int64_t exact = values[static_cast<std::size_t>(percent - 1)];
            const std::int64_t found = histogram.percentile(percent).count();
            EXPECT_GE(found, exact) << percent;
            EXPECT_LE(found, exact + exact / 1000 + 1) << percent;
        }
    }
}

TEST(Histogram, bounds_what_cannot_be) {
    Histogram histogram;
    histogram.record(Nanos{-5});
    histogram.record(Nanos::max());
    EXPECT_EQ(histogram.min(), Nanos{0});
    EXPECT_EQ(histogram.max(), Histogram::kLongest);
    EXPECT_EQ(histogram.percentile(100), Histogram::kLongest);
    histogram.clear();
    EXPECT_EQ(histogram.count(), 0u);
}

}  // namespace
}  // namespace tern::cli

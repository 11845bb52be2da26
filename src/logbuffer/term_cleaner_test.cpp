// Cleaning, and the arithmetic of publication limits.

#include "tern/logbuffer/term_cleaner.hpp"

#include <cstring>

#include <gtest/gtest.h>

#include "tern/logbuffer/publication_limit.hpp"
#include "tern/logbuffer/testing/test_log.hpp"

namespace tern {
namespace {

using testing::TestLog;

struct Dirty : TestLog {
    Dirty() {
        for (int partition = 0; partition < kPartitionCount; ++partition) {
            std::memset(log.term(partition), 0xFF, 65536);
        }
    }
    /// First and last dirty byte from a partition's begin and end, or -1.
    bool is_dirty(int partition, std::int32_t from, std::int32_t to) const {
        for (std::int32_t i = from; i < to; ++i) {
            if (log.term(partition)[i] != std::byte{0xFF}) {
                return false;
            }
        }
        return true;
    }
};

TEST(TermCleaner, zeroes_from_the_clean_position_to_the_target) {
    const Dirty log;
    EXPECT_EQ(clean_to(log.log, 65536 + 64, 65536 + 128), 65536 + 128);
    EXPECT_TRUE(log.is_dirty(1, 0, 64));
    EXPECT_TRUE(log.is_zero(1, 64, 128));
    EXPECT_TRUE(log.is_dirty(1, 128, 65536));
    EXPECT_TRUE(log.is_dirty(0, 0, 65536));
}

TEST(TermCleaner, never_crosses_the_end_of_a_term_in_one_call) {
    const Dirty log;
    const Position begin = 2 * 65536 + 65536 - 32;
    EXPECT_EQ(clean_to(log.log, begin, begin + 4096), 3 * 65536);
    EXPECT_TRUE(log.is_zero(2, 65536 - 32, 65536));
    EXPECT_TRUE(log.is_dirty(0, 0, 65536));
    EXPECT_EQ(clean_to(log.log, 3 * 65536, begin + 4096), begin + 4096);
    EXPECT_TRUE(log.is_zero(0, 0, 4064));
}

TEST(TermCleaner, does_nothing_where_nothing_is_to_be_done) {
    const Dirty log;
    EXPECT_EQ(clean_to(log.log, 4096, 4096), 4096);
    EXPECT_EQ(clean_to(log.log, 4096, 64), 4096);
    EXPECT_EQ(clean_to(log.log, 4096, -65536), 4096);
    EXPECT_TRUE(log.is_dirty(0, 0, 65536));
}

TEST(TermCleaner, cleans_a_whole_term_and_the_last_one_of_a_stream) {
    const Dirty log;
    const Position end = log.log.geometry().max_position();
    EXPECT_EQ(clean_to(log.log, end - 65536, end), end);
    EXPECT_TRUE(log.is_zero(1, 0, 65536));
}

TEST(PublicationLimit, window_is_half_a_term_unless_a_smaller_one_is_set) {
    EXPECT_EQ(publication_window_length(0, 65536), 32768);
    EXPECT_EQ(publication_window_length(4096, 65536), 4096);
    EXPECT_EQ(publication_window_length(32768, 65536), 32768);
    EXPECT_EQ(publication_window_length(100000, 65536), 32768);
    EXPECT_EQ(limit_trip_gain(32768), 4096);
}

TEST(PublicationLimit, brings_a_subscriber_position_into_bounds) {
    const auto bounded = [](Position claimed, Position up_to) {
        SharedWord<std::int64_t> counter{};
        counter.store_release(claimed);
        return bounded_subscriber_position(counter, up_to);
    };
    EXPECT_EQ(bounded(128, 4096), 128);
    EXPECT_EQ(bounded(127, 4096), 96);
    EXPECT_EQ(bounded(8192, 4096), 4096);
    EXPECT_EQ(bounded(INT64_MAX, 4096), 4096);
    EXPECT_EQ(bounded(-1, 4096), 0);
    EXPECT_EQ(bounded(INT64_MIN, INT64_MIN), 0);
}

TEST(PublicationLimit, rises_no_further_than_cleaning_allows) {
    const TermGeometry geometry(0x7FFFFFFE, 65536);   // term ids wrap on the way
    const auto keeps_up = [&geometry](Position clean, Position limit) {
        return does_cleaning_keep_up(geometry, clean, limit);
    };
    EXPECT_TRUE(keeps_up(0, 65535));
    EXPECT_TRUE(keeps_up(0, 2 * 65536 - 32));
    EXPECT_FALSE(keeps_up(0, 2 * 65536));
    EXPECT_TRUE(keeps_up(32, 2 * 65536));
    EXPECT_TRUE(keeps_up(32, 3 * 65536 - 32));
    EXPECT_FALSE(keeps_up(65504, 3 * 65536));
}

}  // namespace
}  // namespace tern

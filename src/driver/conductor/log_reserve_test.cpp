#include "tern/driver/conductor/log_reserve.hpp"

#include <gtest/gtest.h>

namespace tern::driver {
namespace {

constexpr std::int32_t kTerm = 64 * 1024 * 1024;
constexpr std::int64_t kHalfTerm = kTerm / 2;
constexpr std::int64_t kOvershoot = 8 * 1024 * 1024 + 4096;
constexpr std::int64_t kMiB = 1024 * 1024;
const TermGeometry kGeometry(5, kTerm);

TEST(LogReserve, lets_nobody_beyond_what_has_blocks) {
    LogReserve reserve(kGeometry, 0, kOvershoot);
    EXPECT_EQ(reserve.limit_cap(), -kOvershoot);
    reserve.on_reserved(kOvershoot + kMiB);
    EXPECT_EQ(reserve.limit_cap(), kMiB);
    reserve.on_reserved(4096);  // never less than before
    EXPECT_EQ(reserve.limit_cap(), kMiB);
    reserve.on_reserved(reserve.end());
    EXPECT_TRUE(reserve.is_complete());
    EXPECT_EQ(reserve.limit_cap(), INT64_MAX);
    EXPECT_EQ(reserve.due(0, kHalfTerm, kHalfTerm, Nanos{0}), 0);
}

TEST(LogReserve, begins_small_and_grows_with_the_stream) {
    LogReserve reserve(kGeometry, 0, kOvershoot);
    EXPECT_EQ(reserve.due(0, kHalfTerm, kHalfTerm, Nanos{0}), kMiB + kOvershoot);
    reserve.on_reserved(kMiB + kOvershoot);
    EXPECT_EQ(reserve.due(0, kHalfTerm, kHalfTerm, Nanos{0}), 0);
    EXPECT_EQ(reserve.due(kMiB / 2, kHalfTerm, kHalfTerm, Nanos{0}), 0);
    const Position producer = 3 * kMiB;  // the next step is twice of what it wrote
    EXPECT_EQ(reserve.due(producer, kHalfTerm, kHalfTerm, Nanos{0}), 9 * kMiB + kOvershoot);
    EXPECT_EQ(reserve.due(40 * kMiB, 40 * kMiB + kHalfTerm, kHalfTerm, Nanos{0}),
              40 * kMiB + kHalfTerm + kOvershoot);  // no more than the window
}

TEST(LogReserve, asks_for_no_more_than_flow_control_gives) {
    const LogReserve reserve(kGeometry, 0, kOvershoot);
    EXPECT_EQ(reserve.due(0, 64 * 1024, 64 * 1024, Nanos{0}), 64 * 1024 + kOvershoot);
}

TEST(LogReserve, asks_once_and_again_only_after_a_pause_where_it_failed) {
    LogReserve reserve(kGeometry, 0, kOvershoot);
    reserve.on_requested();
    EXPECT_EQ(reserve.due(0, kHalfTerm, kHalfTerm, Nanos{1}), 0);
    reserve.on_failed(Nanos{10});
    EXPECT_EQ(reserve.due(0, kHalfTerm, kHalfTerm, Nanos{9}), 0);
    EXPECT_GT(reserve.due(0, kHalfTerm, kHalfTerm, Nanos{10}), 0);
}

TEST(LogReserve, maps_positions_to_the_pieces_of_the_file) {
    const Position start =
        5 * Position{kTerm} - 8192;  // the last two pages of a term in partition 1
    const LogReserve reserve(kGeometry, start, 0);
    EXPECT_EQ(reserve.pieces(start + 4096),
              (std::vector<FileRange>{{2 * std::uint64_t{kTerm} - 8192, 4096}}));
    EXPECT_EQ(reserve.pieces(start + 3 * 4096),
              (std::vector<FileRange>{{2 * std::uint64_t{kTerm} - 8192, 8192},
                                      {2 * std::uint64_t{kTerm}, 4096}}));
    std::uint64_t total = 0;
    for (const FileRange& piece : reserve.pieces(reserve.end()))
        total += piece.length;
    EXPECT_EQ(total, 3 * std::uint64_t{kTerm});
}

}  // namespace
}  // namespace tern::driver

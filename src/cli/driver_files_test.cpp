#include "tern/cli/driver_files.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "tern/shm/distinct_error_log.hpp"
#include "tern/shm/loss_report.hpp"

namespace tern::cli {
namespace {

constexpr std::string_view kText =
    "Somebody's notes, which are longer than the header of an entry in a driver's log.\n";

struct DriverFiles : ::testing::Test {
    void write(std::string_view text) { std::memcpy(bytes.data(), text.data(), text.size()); }

    alignas(8) std::array<std::byte, 512> bytes{};
};

TEST_F(DriverFiles, an_error_log_may_be_empty_or_hold_what_a_driver_wrote) {
    EXPECT_EQ(impossible_error_log_entry(bytes), std::nullopt);
    EXPECT_EQ(impossible_error_log_entry({}), std::nullopt);
    DistinctErrorLog log{bytes};
    ASSERT_TRUE(log.record(ErrorCode::generic_error, "two\nlines", Millis{1}));
    ASSERT_TRUE(log.record(ErrorCode::generic_error, "", Millis{2}));
    EXPECT_EQ(impossible_error_log_entry(bytes), std::nullopt);
}

TEST_F(DriverFiles, text_or_a_length_that_cannot_be_is_no_error_log) {
    write(kText);
    EXPECT_EQ(impossible_error_log_entry(bytes), 0u);
    for (const std::int32_t length : {-1, 1, 23, 513, 512}) {  // of zeros, even where it fits
        store_plain(bytes.data(), length);
        EXPECT_EQ(impossible_error_log_entry(bytes), 0u) << length;
    }
}

TEST_F(DriverFiles, an_error_log_is_looked_at_to_its_end) {
    DistinctErrorLog log{bytes};
    ASSERT_TRUE(log.record(ErrorCode::generic_error, "12345678", Millis{1}));
    store_plain(bytes.data() + 32, std::int32_t{1'000'000});
    EXPECT_EQ(impossible_error_log_entry(bytes), 32u);
}

TEST_F(DriverFiles, text_is_no_loss_report) {
    EXPECT_EQ(impossible_loss_report_entry(bytes), std::nullopt);
    LossReport report{bytes};
    ASSERT_TRUE(report.create(64, Millis{1}, 7, 8, "aeron:udp?endpoint=[::1]:9", "[::1]:10"));
    EXPECT_EQ(impossible_loss_report_entry(bytes), std::nullopt);
    store_plain(bytes.data() + 128, std::int64_t{-1});
    EXPECT_EQ(impossible_loss_report_entry(bytes), 128u);
    write(kText);
    EXPECT_EQ(impossible_loss_report_entry(bytes), 0u);
}

}  // namespace
}  // namespace tern::cli

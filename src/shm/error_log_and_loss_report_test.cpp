#include <vector>

#include <gtest/gtest.h>

#include "tern/shm/distinct_error_log.hpp"
#include "tern/shm/loss_report.hpp"
#include "tern/shm/testing/memory.hpp"

namespace tern {
namespace {

using testing::hex;
using testing::Memory;

constexpr Millis kSeenAt{1'700'000'000'123};

TEST(DistinctErrorLog, vector_7_counts_what_is_equal) {
    Memory memory{1024};
    DistinctErrorLog log{memory.bytes()};
    EXPECT_TRUE(log.record(ErrorCode::generic_error, "boom", kSeenAt));
    EXPECT_TRUE(log.record(ErrorCode::generic_error, "boom", kSeenAt + Millis{1000}));
    EXPECT_TRUE(log.record(ErrorCode::storage_space, "disk full", kSeenAt + Millis{1000}));
    EXPECT_EQ(hex(memory.bytes().subspan(0, 72)),
              "1c 00 00 00 02 00 00 00 63 6c e5 cf 8b 01 00 00 "
              "7b 68 e5 cf 8b 01 00 00 62 6f 6f 6d 00 00 00 00 "
              "21 00 00 00 01 00 00 00 63 6c e5 cf 8b 01 00 00 "
              "63 6c e5 cf 8b 01 00 00 64 69 73 6b 20 66 75 6c "
              "6c 00 00 00 00 00 00 00");
}

TEST(DistinctErrorLog, a_longer_text_with_the_same_beginning_is_another_error) {
    Memory memory{1024};
    DistinctErrorLog log{memory.bytes()};
    EXPECT_TRUE(log.record(ErrorCode::generic_error, "boom", kSeenAt));
    EXPECT_TRUE(log.record(ErrorCode::generic_error, "boom and more", kSeenAt));
    std::vector<std::string> texts;
    EXPECT_EQ(read_error_log(memory.bytes(), [&texts](const ErrorObservation& seen) {
                  texts.emplace_back(seen.text);
              }), 2);
    EXPECT_EQ(texts, (std::vector<std::string>{"boom", "boom and more"}));
}

TEST(DistinctErrorLog, says_when_there_is_no_room_and_keeps_counting_what_is_in) {
    Memory memory{64};
    DistinctErrorLog log{memory.bytes()};
    EXPECT_TRUE(log.record(ErrorCode::generic_error, "first", kSeenAt));
    EXPECT_FALSE(log.record(ErrorCode::generic_error, std::string(64, 'x'), kSeenAt));
    EXPECT_TRUE(log.record(ErrorCode::generic_error, "first", kSeenAt));
}

TEST(DistinctErrorLog, reading_filters_by_time_and_survives_garbage) {
    Memory memory{256};
    DistinctErrorLog log{memory.bytes()};
    EXPECT_TRUE(log.record(ErrorCode::generic_error, "old", kSeenAt));
    EXPECT_TRUE(log.record(ErrorCode::generic_error, "new", kSeenAt + Millis{5}));
    const auto ignore = [](const ErrorObservation&) {};
    EXPECT_EQ(read_error_log(memory.bytes(), ignore, kSeenAt + Millis{1}), 1);
    for (const std::int32_t length : {-1, 3, 1 << 30}) {
        store_plain(memory.at(0), length);
        EXPECT_LE(read_error_log(memory.bytes(), ignore), 1) << length;
    }
}

TEST(LossReport, vector_8_one_entry_seen_twice) {
    Memory memory{1024};
    LossReport report{memory.bytes()};
    const auto entry = report.create(1408, kSeenAt, 0x11223344, 1001,
                                     "aeron:udp?endpoint=localhost:40123", "127.0.0.1:54321");
    ASSERT_TRUE(entry);
    report.observe(*entry, 64, kSeenAt + Millis{1000});
    EXPECT_EQ(hex(memory.bytes().subspan(0, 99)),
              "02 00 00 00 00 00 00 00 c0 05 00 00 00 00 00 00 "
              "7b 68 e5 cf 8b 01 00 00 63 6c e5 cf 8b 01 00 00 "
              "44 33 22 11 e9 03 00 00 22 00 00 00 61 65 72 6f "
              "6e 3a 75 64 70 3f 65 6e 64 70 6f 69 6e 74 3d 6c "
              "6f 63 61 6c 68 6f 73 74 3a 34 30 31 32 33 00 00 "
              "0f 00 00 00 31 32 37 2e 30 2e 30 2e 31 3a 35 34 "
              "33 32 31");
    EXPECT_EQ(report.create(1, kSeenAt, 1, 1, "c", "s"), 128U);
}

TEST(LossReport, reading_gives_back_what_was_written_and_survives_garbage) {
    Memory memory{256};
    LossReport report{memory.bytes()};
    ASSERT_TRUE(report.create(7, kSeenAt, 1, 2, "channel", "source"));
    ASSERT_TRUE(report.create(9, kSeenAt, 3, 4, "other", "place"));
    ASSERT_FALSE(report.create(9, kSeenAt, 3, 4, std::string(200, 'c'), "place"));
    std::vector<std::string> seen;
    const auto collect = [&seen](const LossObservation& loss) {
        seen.push_back(std::string{loss.channel} + " " + std::string{loss.source});
    };
    EXPECT_EQ(read_loss_report(memory.bytes(), collect), 2);
    EXPECT_EQ(seen, (std::vector<std::string>{"channel source", "other place"}));
    store_plain(memory.at(40), std::int32_t{1 << 30});
    EXPECT_EQ(read_loss_report(memory.bytes(), collect), 0);
}

}  // namespace
}  // namespace tern

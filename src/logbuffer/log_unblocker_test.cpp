#include "tern/logbuffer/log_unblocker.hpp"

#include <gtest/gtest.h>

#include "tern/logbuffer/testing/test_log.hpp"

namespace tern {
namespace {

using testing::FrameSeen;
using testing::starting_at;
using testing::TestLog;
using enum UnblockOutcome;

struct Blocked : TestLog {
    using TestLog::TestLog;
    /// The tail of the term in use moves, as by a publisher that then dies.
    void claim(std::int32_t length) const {
        log.metadata().term_tail_counters[partition_of_count(count())].fetch_add(length);
    }
    /// ... after it has written its header.
    void claim_with_header(int partition, std::int32_t offset, std::int32_t length) const {
        claim(aligned_frame_length(length));
        begin_frame(log.term(partition) + offset, length, kUnfragmented, kDataFrame, offset,
                    {testing::kTestSession, testing::kTestStream, log.initial_term_id()});
    }
    void append(std::int32_t offset, std::int32_t length) const {
        claim(aligned_frame_length(length));
        put_frame(partition_of_count(count()), offset, length);
    }
    UnblockOutcome unblock(Position at, Publishers publishers = Publishers::may_be_alive) const {
        return unblock_log(log, at, publishers);
    }
};

TEST(LogUnblocker, pads_a_claim_whose_header_was_written) {
    const Blocked log;
    log.append(0, 64);
    log.claim_with_header(0, 64, 100);
    EXPECT_EQ(log.unblock(64), unblocked);
    EXPECT_EQ(log.hex(0, 64, 32),
              "64 00 00 00 00 c0 00 00 40 00 00 00 44 33 22 11 "
              "e9 03 00 00 07 00 00 00 00 00 00 00 00 00 00 00");
    EXPECT_EQ(log.unblock(64), no_action);
}

TEST(LogUnblocker, pads_an_unwritten_claim_up_to_the_next_frame) {
    const Blocked log;
    log.claim(192);
    log.append(192, 64);
    EXPECT_EQ(log.unblock(0), unblocked);
    EXPECT_EQ(log.frame(0, 0), (FrameSeen{192, 0xC0, 0}));
    EXPECT_EQ(log.frame(0, 192), (FrameSeen{64, 0xC0, 1}));
}

TEST(LogUnblocker, pads_an_unwritten_claim_up_to_the_next_dead_one) {
    const Blocked log;
    log.claim(64);
    log.claim_with_header(0, 64, 64);
    EXPECT_EQ(log.unblock(0), unblocked);
    EXPECT_EQ(log.frame(0, 0), (FrameSeen{64, 0xC0, 0}));
    EXPECT_EQ(log.unblock(64), unblocked);
    EXPECT_EQ(log.frame(0, 64), (FrameSeen{64, 0xC0, 0}));
}

TEST(LogUnblocker, leaves_an_unwritten_claim_alone_that_has_nothing_behind_it) {
    const Blocked log;
    log.append(0, 64);
    log.claim(96);
    EXPECT_EQ(log.unblock(64), no_action);
    EXPECT_TRUE(log.is_zero(0, 64, 160));
}

TEST(LogUnblocker, pads_what_is_claimed_once_no_publisher_is_left) {
    const Blocked log;
    log.append(0, 64);
    log.claim(96);
    EXPECT_EQ(log.unblock(64, Publishers::are_gone), unblocked);
    EXPECT_EQ(log.frame(0, 64), (FrameSeen{96, 0xC0, 0}));
    EXPECT_EQ(log.unblock(160, Publishers::are_gone), no_action);   // nothing is claimed there
    EXPECT_TRUE(log.is_zero(0, 160, 65536));
}

TEST(LogUnblocker, does_nothing_where_nothing_is_blocked) {
    const Blocked log;
    EXPECT_EQ(log.unblock(0), no_action);
    log.append(0, 64);
    EXPECT_EQ(log.unblock(0), no_action);
    EXPECT_EQ(log.unblock(64), no_action);
    EXPECT_EQ(log.frame(0, 0), (FrameSeen{64, 0xC0, 1}));
    EXPECT_TRUE(log.is_zero(0, 64, 65536));
}

TEST(LogUnblocker, pads_to_the_end_and_rotates_when_the_tail_is_past_the_end) {
    const Blocked log(starting_at(7, 7, 65536 - 128));
    log.claim(256);   // crossed the end and died before its padding
    EXPECT_EQ(log.unblock(65536 - 128), unblocked_to_end);
    EXPECT_EQ(log.frame(0, 65536 - 128), (FrameSeen{128, 0xC0, 0}));
    EXPECT_EQ(log.count(), 1);
    EXPECT_EQ(log.tail(1), 0x0000'0008'0000'0000U);
}

TEST(LogUnblocker, pads_to_the_end_a_claim_that_ends_there) {
    const Blocked log(starting_at(7, 7, 65536 - 128));
    log.claim(128);
    EXPECT_EQ(log.unblock(65536 - 128), unblocked_to_end);
    EXPECT_EQ(log.frame(0, 65536 - 128), (FrameSeen{128, 0xC0, 0}));
    EXPECT_EQ(log.count(), 1);
}

TEST(LogUnblocker, does_not_pad_the_last_slot_of_a_term_that_nobody_claimed) {
    const Blocked log(starting_at(7, 7, 65536 - 32));
    EXPECT_EQ(log.unblock(65536 - 32), no_action);
    EXPECT_EQ(log.unblock(65536 - 32, Publishers::are_gone), no_action);
    EXPECT_TRUE(log.is_zero(0, 65536 - 32, 65536));
    EXPECT_EQ(log.count(), 0);
}

TEST(LogUnblocker, rotates_a_finished_term) {
    const Blocked log(starting_at(7, 7, 65536 - 64));
    log.claim(96);
    log.put_frame(0, 65536 - 64, 64, kPaddingFrame);   // then died before the rotation
    EXPECT_EQ(log.unblock(65536), unblocked);
    EXPECT_EQ(log.count(), 1);
    EXPECT_EQ(log.tail(1), 0x0000'0008'0000'0000U);
}

TEST(LogUnblocker, finishes_a_rotation_that_set_only_the_tail) {
    const Blocked log(starting_at(7, 7, 65536));
    log.log.metadata().term_tail_counters[1].store_release(raw_tail(8, 0));
    EXPECT_EQ(log.unblock(65536), unblocked);
    EXPECT_EQ(log.count(), 1);
    EXPECT_EQ(log.tail(1), 0x0000'0008'0000'0000U);
}

TEST(LogUnblocker, works_in_the_last_possible_term) {
    const Blocked log(starting_at(7, wrapping_add(7, INT32_MAX), 0));
    const Position begin = log.log.geometry().max_position() - 65536;
    log.claim_with_header(1, 0, 64);
    EXPECT_EQ(log.unblock(begin), unblocked);
    EXPECT_EQ(log.frame(1, 0), (FrameSeen{64, 0xC0, 0}));
}

TEST(LogUnblocker, does_not_rotate_beyond_the_end_of_the_stream) {
    const Blocked log(starting_at(7, wrapping_add(7, INT32_MAX), 65536 - 64));
    const Position end = log.log.geometry().max_position();
    log.claim(96);
    EXPECT_EQ(log.unblock(end - 64), unblocked_to_end);
    EXPECT_EQ(log.frame(1, 65536 - 64), (FrameSeen{64, 0xC0, 0}));
    EXPECT_EQ(log.count(), INT32_MAX);
    EXPECT_EQ(log.unblock(end), no_action);
    EXPECT_EQ(log.count(), INT32_MAX);
    EXPECT_EQ(log.log.producer_position(), end);
}

TEST(LogUnblocker, answers_a_position_that_cannot_be_true_with_no_action) {
    const Blocked log;
    log.claim(64);
    for (const Position position : {Position{-32}, INT64_MIN, INT64_MAX, Position{1}, Position{33},
                                    Position{65536 * 7 + 64}}) {
        EXPECT_EQ(log.unblock(position, Publishers::are_gone), no_action) << position;
    }
    EXPECT_TRUE(log.is_zero(0, 0, 65536));
    EXPECT_EQ(log.count(), 0);
}

TEST(LogUnblocker, pads_no_further_than_the_term_whatever_a_dead_claim_says) {
    const Blocked log(starting_at(7, 7, 65536 - 64));
    log.claim(64);
    commit_frame(log.log.term(0) + 65536 - 64, -96);
    EXPECT_EQ(log.unblock(65536 - 64), no_action);
    commit_frame(log.log.term(0) + 65536 - 64, INT32_MIN);
    EXPECT_EQ(log.unblock(65536 - 64), no_action);
    commit_frame(log.log.term(0) + 65536 - 64, -5);
    EXPECT_EQ(log.unblock(65536 - 64), unblocked);
    EXPECT_EQ(log.frame(0, 65536 - 64), (FrameSeen{32, 0xC0, 0}));
}

}  // namespace
}  // namespace tern

#include "tern/logbuffer/concurrent_appender.hpp"

#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "tern/logbuffer/testing/test_log.hpp"

namespace tern {
namespace {

using testing::FrameSeen;
using testing::kAdminAction;
using testing::kError;
using testing::kMaxPosition;
using testing::kNoLimit;
using testing::kTestSession;
using testing::kTestStream;
using testing::patterned;
using testing::starting_at;
using testing::TestLog;

struct Concurrent : TestLog {
    explicit Concurrent(const LogParameters& parameters = testing::test_parameters())
        : TestLog(parameters), appender(log, kTestSession, kTestStream) {}
    std::int64_t offer(std::string_view text, Position limit = kNoLimit) {
        return appender.offer(bytes_of(text), limit).code();
    }
    std::int64_t offer(std::size_t length, Position limit = kNoLimit) {
        return appender.offer(patterned(length), limit).code();
    }
    ConcurrentAppender appender;
};

Concurrent concurrent_in_last_term(std::int32_t offset) {
    return Concurrent(starting_at(7, wrapping_add(7, INT32_MAX), offset));
}

TEST(ConcurrentAppender, vector_D) {
    Concurrent log(starting_at(7, 9, 65472));
    EXPECT_EQ(log.appender.position(), 196544);
    EXPECT_EQ(log.offer(35), kAdminAction);
    EXPECT_EQ(log.tail(2), 0x0000'0009'0001'0020U);
    EXPECT_EQ(log.tail(0), 0x0000'000a'0000'0000U);
    EXPECT_EQ(log.count(), 3);
    EXPECT_EQ(log.hex(2, 65472, 32),
              "40 00 00 00 00 c0 00 00 c0 ff 00 00 44 33 22 11 "
              "e9 03 00 00 09 00 00 00 00 00 00 00 00 00 00 00");
    EXPECT_EQ(log.offer("hello"), 196672);
    EXPECT_EQ(log.offer(3000), 199776);
    EXPECT_EQ(log.frame(0, 64), (FrameSeen{1408, 0x80, 1}));
    EXPECT_EQ(log.frame(0, 1472), (FrameSeen{1408, 0x00, 1}));
    EXPECT_EQ(log.frame(0, 2880), (FrameSeen{280, 0x40, 1}));
    EXPECT_EQ(log.tail(0), 0x0000'000a'0000'0c60U);
}

TEST(ConcurrentAppender, writes_the_same_bytes_as_the_exclusive_one) {
    Concurrent log;
    EXPECT_EQ(log.offer("hello"), 64);
    EXPECT_EQ(log.hex(0, 0, 40),
              "25 00 00 00 00 c0 01 00 00 00 00 00 44 33 22 11 "
              "e9 03 00 00 07 00 00 00 00 00 00 00 00 00 00 00 "
              "68 65 6c 6c 6f 00 00 00");
}

TEST(ConcurrentAppender, claims_and_leaves_the_claim_open_until_commit_or_abort) {
    Concurrent log;
    BufferClaim claim;
    EXPECT_EQ(log.appender.try_claim(3, kNoLimit, claim).code(), 64);
    EXPECT_EQ(log.frame(0, 0), (FrameSeen{-35, 0xC0, 1}));
    claim.commit();
    EXPECT_EQ(log.frame(0, 0), (FrameSeen{35, 0xC0, 1}));
    EXPECT_EQ(log.appender.try_claim(1376, kNoLimit, claim).code(), 64 + 1408);
    claim.abort();
    EXPECT_EQ(log.frame(0, 64), (FrameSeen{1408, 0xC0, 0}));
    EXPECT_EQ(log.appender.try_claim(1377, kNoLimit, claim).code(), kError);
}

TEST(ConcurrentAppender, gathers_parts_and_asks_the_supplier_a_frame) {
    Concurrent whole;
    Concurrent gathered;
    const auto message = patterned(3000);
    const ConstBytes all(message);
    const std::array<ConstBytes, 3> parts{all.first(1), ConstBytes{}, all.subspan(1)};
    int frames = 0;
    const auto supplier = [&frames](std::byte* frame, std::int32_t) {
        ++frames;
        return std::int64_t{header_at(frame).term_offset};
    };
    EXPECT_EQ(gathered.appender.offer(parts, kNoLimit, supplier).code(), 3104);
    EXPECT_EQ(whole.appender.offer(message, kNoLimit, supplier).code(), 3104);
    EXPECT_EQ(frames, 6);
    EXPECT_EQ(header_at(whole.log.term(0) + 1408).reserved_value, 1408);
    EXPECT_EQ(std::memcmp(gathered.log.term(0), whole.log.term(0), 4096), 0);
}

TEST(ConcurrentAppender, says_why_there_is_no_room_at_the_limit) {
    Concurrent log;
    EXPECT_EQ(log.offer("x", 0), -1);
    EXPECT_EQ(log.offer(8193, 0), -1);
    log.log.set_connected(true);
    EXPECT_EQ(log.offer("x", 0), -2);
    EXPECT_EQ(log.offer(8193, 1), kError);
    EXPECT_EQ(log.offer("x", 1), 64);
    EXPECT_EQ(log.tail(0), 0x0000'0007'0000'0040U);
}

TEST(ConcurrentAppender, waits_while_another_is_between_the_two_steps_of_a_rotation) {
    Concurrent log(starting_at(7, 8, 0));
    log.log.metadata().term_tail_counters[1].store_release(raw_tail(11, 0));   // count still 1
    EXPECT_EQ(log.offer("x"), kAdminAction);
    EXPECT_EQ(log.tail(1), 0x0000'000b'0000'0000U);
}

TEST(ConcurrentAppender, finishes_the_rotation_of_a_publisher_that_died_before_it) {
    Concurrent log(starting_at(7, 7, 65536 - 64));
    // The dead one crossed the end and padded, but did not rotate.
    log.log.metadata().term_tail_counters[0].fetch_add(96);
    log.put_frame(0, 65536 - 64, 64, kPaddingFrame);
    EXPECT_EQ(log.offer("x"), kAdminAction);
    EXPECT_EQ(log.frame(0, 65536 - 64), (FrameSeen{64, 0xC0, 0}));
    EXPECT_EQ(log.count(), 1);
    EXPECT_EQ(log.tail(1), 0x0000'0008'0000'0000U);
}

TEST(ConcurrentAppender, finishes_a_rotation_that_set_the_tail_only) {
    Concurrent log(starting_at(7, 7, 65536));
    log.log.metadata().term_tail_counters[1].store_release(raw_tail(8, 0));
    EXPECT_EQ(log.offer("x"), kAdminAction);
    EXPECT_EQ(log.count(), 1);
    EXPECT_EQ(log.offer("x"), 65600);
}

TEST(ConcurrentAppender, does_not_move_the_tail_of_a_full_stream) {
    Concurrent log = concurrent_in_last_term(65536 - 128);
    EXPECT_EQ(log.offer(128), kMaxPosition);
    EXPECT_EQ(log.frame(1, 65536 - 128), (FrameSeen{128, 0xC0, 0}));
    const std::uint64_t tail = log.tail(1);
    EXPECT_EQ(tail, 0x8000'0006'0001'0020U);
    for (int i = 0; i < 1000; ++i) {
        EXPECT_EQ(log.offer(8192), kMaxPosition);
    }
    BufferClaim claim;
    EXPECT_EQ(log.appender.try_claim(1, kNoLimit, claim).code(), kMaxPosition);
    EXPECT_EQ(log.tail(1), tail);
    EXPECT_EQ(log.count(), INT32_MAX);
}

TEST(ConcurrentAppender, uses_the_last_byte_of_the_stream) {
    Concurrent log = concurrent_in_last_term(65536 - 64);
    EXPECT_EQ(log.offer("hello"), log.appender.max_position());
    EXPECT_EQ(log.offer("hello"), kMaxPosition);
    EXPECT_EQ(log.tail(1), 0x8000'0006'0001'0000U);
}

TEST(ConcurrentAppender, tells_the_end_of_the_stream_from_back_pressure_by_the_framed_length) {
    Concurrent log = concurrent_in_last_term(65536 - 128);
    const Position limit = log.appender.position();
    EXPECT_EQ(log.offer(31, limit), -1);
    EXPECT_EQ(log.offer(65, limit), kMaxPosition);
    EXPECT_EQ(log.appender.offer(ConstBytes(log.log.term(0), SIZE_MAX / 2), limit).code(),
              kMaxPosition);
}

TEST(ConcurrentAppender, writes_nothing_outside_of_its_term_whatever_the_metadata_says) {
    Concurrent log;
    for (const std::int64_t raw : {raw_tail(7, 0xFFFF'FFE0), raw_tail(7, 0x8000'0000)}) {
        log.log.metadata().term_tail_counters[0].store_release(raw);
        EXPECT_EQ(log.offer("x"), kAdminAction);
        log.log.metadata().active_term_count.store_release(0);
    }
    log.log.metadata().active_term_count.store_release(-1);
    EXPECT_EQ(log.offer("x"), kAdminAction);
    EXPECT_TRUE(log.is_zero(0, 0, 65536));
    EXPECT_TRUE(log.is_zero(1, 0, 65536));
    EXPECT_TRUE(log.is_zero(2, 0, 65536));
}

TEST(ConcurrentAppender, writes_aligned_frames_whatever_the_metadata_says) {
    Concurrent log;   // found by fuzz/log_buffers_fuzz.cpp
    log.log.metadata().term_tail_counters[0].store_release(raw_tail(7, 237));
    EXPECT_EQ(log.offer("x"), 224 + 64);
    EXPECT_EQ(log.frame(0, 224), (FrameSeen{33, kUnfragmented, kDataFrame}));
}

TEST(OfferResult, is_one_word_that_reads_as_status_and_position) {
    EXPECT_EQ(OfferResult::of(64).status(), OfferStatus::ok);
    EXPECT_EQ(OfferResult::of(64).position(), 64);
    EXPECT_TRUE(OfferResult::of(64));
    EXPECT_FALSE(OfferResult(OfferStatus::closed));
    EXPECT_EQ(OfferResult(OfferStatus::not_connected).code(), -1);
    EXPECT_EQ(OfferResult(OfferStatus::back_pressured).code(), -2);
    EXPECT_EQ(OfferResult(OfferStatus::admin_action).code(), -3);
    EXPECT_EQ(OfferResult(OfferStatus::closed).code(), -4);
    EXPECT_EQ(OfferResult(OfferStatus::max_position_exceeded).code(), -5);
    EXPECT_EQ(OfferResult(OfferStatus::error).code(), -6);
    EXPECT_EQ(name_of(OfferStatus::back_pressured), "back_pressured");
}

}  // namespace
}  // namespace tern

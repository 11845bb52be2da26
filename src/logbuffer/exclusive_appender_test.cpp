#include "tern/logbuffer/exclusive_appender.hpp"

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

struct Exclusive : TestLog {
    explicit Exclusive(const LogParameters& parameters = testing::test_parameters())
        : TestLog(parameters), appender(log, kTestSession, kTestStream) {}
    std::int64_t offer(std::string_view text, Position limit = kNoLimit) {
        return appender.offer(bytes_of(text), limit).code();
    }
    std::int64_t offer(std::size_t length, Position limit = kNoLimit) {
        return appender.offer(patterned(length), limit).code();
    }
    ExclusiveAppender appender;
};

Exclusive exclusive_in_last_term(std::int32_t offset) {
    return Exclusive(starting_at(7, wrapping_add(7, INT32_MAX), offset));
}

TEST(ExclusiveAppender, vector_C) {
    Exclusive log;
    EXPECT_EQ(log.offer("hello"), 64);
    EXPECT_EQ(log.offer(""), 96);
    EXPECT_EQ(log.offer(4000), 4192);
    BufferClaim claim;
    EXPECT_EQ(log.appender.try_claim(10, kNoLimit, claim).code(), 4256);
    claim.abort();
    EXPECT_EQ(log.appender.append_padding(100, kNoLimit).code(), 4416);
    EXPECT_EQ(log.appender.try_claim(3, kNoLimit, claim).code(), 4480);

    EXPECT_EQ(log.frame(0, 0), (FrameSeen{37, 0xC0, 1}));
    EXPECT_EQ(log.frame(0, 64), (FrameSeen{32, 0xC0, 1}));
    EXPECT_EQ(log.frame(0, 96), (FrameSeen{1408, 0x80, 1}));
    EXPECT_EQ(log.frame(0, 1504), (FrameSeen{1408, 0x00, 1}));
    EXPECT_EQ(log.frame(0, 2912), (FrameSeen{1280, 0x40, 1}));
    EXPECT_EQ(log.frame(0, 4192), (FrameSeen{42, 0xC0, 0}));
    EXPECT_EQ(log.frame(0, 4256), (FrameSeen{132, 0xC0, 0}));
    EXPECT_EQ(log.frame(0, 4416), (FrameSeen{-35, 0xC0, 1}));
    EXPECT_EQ(log.tail(0), 0x0000'0007'0000'1180U);
    EXPECT_EQ(log.hex(0, 0, 48),
              "25 00 00 00 00 c0 01 00 00 00 00 00 44 33 22 11 "
              "e9 03 00 00 07 00 00 00 00 00 00 00 00 00 00 00 "
              "68 65 6c 6c 6f 00 00 00 00 00 00 00 00 00 00 00");
    EXPECT_EQ(log.hex(0, 0x1140, 32),
              "dd ff ff ff 00 c0 01 00 40 11 00 00 44 33 22 11 "
              "e9 03 00 00 07 00 00 00 00 00 00 00 00 00 00 00");

    claim.commit();
    EXPECT_EQ(log.frame(0, 4416), (FrameSeen{35, 0xC0, 1}));
    for (int i = 0; i < 43; ++i) {
        EXPECT_EQ(log.offer(1376), 4480 + (i + 1) * 1408);
    }
    EXPECT_EQ(log.appender.term_offset(), 65024);
    EXPECT_EQ(log.offer(1376), kAdminAction);
    EXPECT_EQ(log.frame(0, 65024), (FrameSeen{512, 0xC0, 0}));
    EXPECT_EQ(log.tail(0), 0x0000'0007'0001'0380U);
    EXPECT_EQ(log.tail(1), 0x0000'0008'0000'0000U);
    EXPECT_EQ(log.count(), 1);
    EXPECT_EQ(log.offer("hello"), 65600);
}

TEST(ExclusiveAppender, fragments_carry_the_bytes_of_the_message_in_order) {
    Exclusive log;
    const auto message = patterned(4000);
    ASSERT_TRUE(log.appender.offer(message, kNoLimit).ok());
    std::vector<std::byte> found;
    for (const auto& [offset, length] : {std::pair{0, 1376}, {1408, 1376}, {2816, 1248}}) {
        const std::byte* payload = log.log.term(0) + offset + 32;
        found.insert(found.end(), payload, payload + length);
        EXPECT_EQ(header_at(log.log.term(0) + offset).term_offset, offset);
    }
    EXPECT_EQ(found, message);
}

TEST(ExclusiveAppender, gathers_parts_that_are_empty_or_span_fragments) {
    Exclusive whole;
    Exclusive gathered;
    const auto message = patterned(4000);
    const ConstBytes all(message);
    const std::array<ConstBytes, 6> parts{ConstBytes{},       all.subspan(0, 1000), ConstBytes{},
                                          all.subspan(1000, 2500), all.subspan(3500, 500),
                                          ConstBytes{}};
    EXPECT_EQ(gathered.appender.offer(parts, kNoLimit), whole.appender.offer(message, kNoLimit));
    EXPECT_EQ(std::memcmp(gathered.log.term(0), whole.log.term(0), 8192), 0);
}

TEST(ExclusiveAppender, offers_no_parts_as_an_empty_message) {
    Exclusive log;
    EXPECT_EQ(log.appender.offer(std::span<const ConstBytes>{}, kNoLimit).code(), 32);
    EXPECT_EQ(log.frame(0, 0), (FrameSeen{32, 0xC0, 1}));
}

TEST(ExclusiveAppender, asks_the_supplier_once_a_frame_with_that_frames_address) {
    Exclusive log;
    std::vector<std::pair<std::ptrdiff_t, std::int32_t>> asked;
    const auto supplier = [&](std::byte* frame, std::int32_t length) -> std::int64_t {
        asked.emplace_back(frame - log.log.term(0), length);
        EXPECT_LT(header_at(frame).frame_length.load_acquire(), 0);   // not visible yet
        EXPECT_EQ(header_at(frame).flags, asked.size() == 1 ? 0x80 : asked.size() == 2 ? 0 : 0x40);
        return static_cast<std::int64_t>(asked.size()) * 1000;
    };
    ASSERT_TRUE(log.appender.offer(patterned(4000), kNoLimit, supplier).ok());
    EXPECT_EQ(asked, (std::vector<std::pair<std::ptrdiff_t, std::int32_t>>{
                         {0, 1408}, {1408, 1408}, {2816, 1280}}));
    EXPECT_EQ(header_at(log.log.term(0)).reserved_value, 1000);
    EXPECT_EQ(header_at(log.log.term(0) + 1408).reserved_value, 2000);
    EXPECT_EQ(header_at(log.log.term(0) + 2816).reserved_value, 3000);
}

TEST(ExclusiveAppender, claim_takes_flags_type_and_reserved_value) {
    Exclusive log;
    BufferClaim claim;
    ASSERT_TRUE(log.appender.try_claim(16, kNoLimit, claim).ok());
    EXPECT_EQ(claim.buffer().size(), 16U);
    std::memset(claim.buffer().data(), 0x5A, 16);
    claim.set_flags(0x80);
    claim.set_type(9);
    claim.set_reserved_value(77);
    claim.commit();
    EXPECT_EQ(log.frame(0, 0), (FrameSeen{48, 0x80, 9}));
    EXPECT_EQ(claim.reserved_value(), 77);
    EXPECT_EQ(log.hex(0, 32, 4), "5a 5a 5a 5a");
}

TEST(ExclusiveAppender, says_why_there_is_no_room_at_the_limit) {
    Exclusive log;
    EXPECT_EQ(log.offer("x", 0), -1);
    log.log.set_connected(true);
    EXPECT_EQ(log.offer("x", 0), -2);
    EXPECT_EQ(log.offer("x", 1), 64);   // a limit is where a message may not start
    EXPECT_EQ(log.offer("x", 64), -2);
    EXPECT_EQ(log.tail(0), 0x0000'0007'0000'0040U);
}

TEST(ExclusiveAppender, finds_a_message_too_long_only_below_the_limit) {
    Exclusive log;
    EXPECT_EQ(log.offer(8193, 0), -1);
    EXPECT_EQ(log.offer(8193), kError);
    EXPECT_EQ(log.offer(8192), 8192 + 6 * 32);
    BufferClaim claim;
    EXPECT_EQ(log.appender.try_claim(1377, 0, claim).code(), kError);
    EXPECT_EQ(log.appender.append_padding(8193, 0).code(), kError);
    EXPECT_FALSE(claim);
}

TEST(ExclusiveAppender, pads_in_one_frame_longer_than_the_mtu) {
    Exclusive log;
    EXPECT_EQ(log.appender.append_padding(8192, kNoLimit).code(), 8224);
    EXPECT_EQ(log.frame(0, 0), (FrameSeen{8224, 0xC0, 0}));
}

TEST(ExclusiveAppender, fills_a_term_to_its_last_byte_and_rotates_with_the_next_message) {
    Exclusive log(starting_at(7, 7, 65536 - 64));
    EXPECT_EQ(log.offer("hello"), 65536);
    EXPECT_EQ(log.count(), 0);
    EXPECT_EQ(log.offer("hello"), kAdminAction);
    EXPECT_EQ(log.tail(0), 0x0000'0007'0001'0040U);
    EXPECT_EQ(log.count(), 1);
    EXPECT_TRUE(log.is_zero(1, 0, 64));
    EXPECT_EQ(log.offer("hello"), 65600);
}

TEST(ExclusiveAppender, continues_where_the_tail_stands) {
    Exclusive first;
    ASSERT_EQ(first.offer("hello"), 64);
    ExclusiveAppender second(first.log, kTestSession, kTestStream);
    EXPECT_EQ(second.position(), 64);
    EXPECT_EQ(second.offer(bytes_of("x"), kNoLimit).code(), 128);
}

// The last possible term.

TEST(ExclusiveAppender, stays_at_its_end_once_the_stream_is_full) {
    Exclusive log = exclusive_in_last_term(65536 - 128);
    EXPECT_EQ(log.offer(128), kMaxPosition);   // 160 bytes do not fit into 128
    EXPECT_EQ(log.frame(1, 65536 - 128), (FrameSeen{128, 0xC0, 0}));
    // A message that would fit must not be written over the padding.
    EXPECT_EQ(log.offer("x"), kMaxPosition);
    BufferClaim claim;
    EXPECT_EQ(log.appender.try_claim(1, kNoLimit, claim).code(), kMaxPosition);
    EXPECT_EQ(log.appender.append_padding(1, kNoLimit).code(), kMaxPosition);
    EXPECT_EQ(log.appender.offer_block(patterned(64), kNoLimit).code(), kMaxPosition);
    EXPECT_EQ(log.frame(1, 65536 - 128), (FrameSeen{128, 0xC0, 0}));
    EXPECT_EQ(log.count(), INT32_MAX);
    EXPECT_EQ(log.appender.position(), log.appender.max_position());
}

TEST(ExclusiveAppender, uses_the_last_byte_of_the_stream) {
    Exclusive log = exclusive_in_last_term(65536 - 64);
    EXPECT_EQ(log.offer("hello"), log.appender.max_position());
    EXPECT_EQ(log.offer("hello"), kMaxPosition);
    EXPECT_EQ(log.tail(1), 0x8000'0006'0001'0000U);
}

TEST(ExclusiveAppender, tells_the_end_of_the_stream_from_back_pressure_by_the_framed_length) {
    Exclusive log = exclusive_in_last_term(65536 - 128);
    const Position limit = log.appender.position();
    EXPECT_EQ(log.offer(31, limit), -1);             // ends at 64 before the end
    EXPECT_EQ(log.offer(65, limit), kMaxPosition);   // 65 + 32 is below 128; aligned it is not
}

// Blocks.

std::vector<std::byte> block_of(const TestLog& source, std::int32_t from, std::int32_t to) {
    return {source.log.term(0) + from, source.log.term(0) + to};
}

TEST(ExclusiveAppender, copies_a_block_as_it_is) {
    Exclusive source;
    source.offer("hello");
    source.offer(4000);
    Exclusive log;
    const auto block = block_of(source, 0, 4160);
    EXPECT_EQ(log.appender.offer_block(block, kNoLimit).code(), 4160);
    EXPECT_EQ(std::memcmp(log.log.term(0), block.data(), block.size()), 0);
    EXPECT_EQ(log.tail(0), 0x0000'0007'0000'1040U);
    EXPECT_EQ(log.offer("x"), 4224);
}

TEST(ExclusiveAppender, refuses_a_block_that_was_made_for_another_place) {
    Exclusive source;
    source.offer("hello");
    source.offer("hello");
    Exclusive log;
    const auto second = block_of(source, 64, 128);
    EXPECT_EQ(log.appender.offer_block(second, kNoLimit).code(), kError);
    EXPECT_EQ(log.appender.block_fault(second),
              "improperly formatted block: term_offset=64 (expected 0), "
              "session_id=287454020 (expected 287454020), stream_id=1001 (expected 1001), "
              "term_id=7 (expected 7), type=1 (expected 1)");
    for (const std::size_t field : {6, 12, 16, 20}) {
        auto block = block_of(source, 0, 64);
        block[field] ^= std::byte{2};
        EXPECT_EQ(log.appender.offer_block(block, kNoLimit).code(), kError) << field;
    }
    EXPECT_EQ(log.tail(0), 0x0000'0007'0000'0000U);
    EXPECT_TRUE(log.is_zero(0, 0, 128));
}

TEST(ExclusiveAppender, refuses_a_block_of_a_wrong_length) {
    Exclusive log(starting_at(7, 7, 65536 - 64));
    for (const std::size_t length : {0, 31, 33, 96}) {
        EXPECT_EQ(log.appender.offer_block(patterned(length), kNoLimit).code(), kError);
    }
    EXPECT_EQ(log.appender.block_fault(patterned(96)),
              "invalid block length 96, remaining space in term is 64");
}

TEST(ExclusiveAppender, checks_the_limit_before_the_block) {
    Exclusive log;
    EXPECT_EQ(log.appender.offer_block(patterned(33), 0).code(), -1);
}

TEST(ExclusiveAppender, rotates_before_a_block_when_the_term_is_full) {
    Exclusive source(starting_at(7, 8, 0));
    source.offer("hello");
    Exclusive log(starting_at(7, 7, 65536));
    const std::vector<std::byte> block(source.log.term(1), source.log.term(1) + 64);
    EXPECT_EQ(log.appender.block_fault(block), "");
    EXPECT_EQ(log.appender.offer_block(block, kNoLimit).code(), 65600);
    EXPECT_EQ(log.count(), 1);
}

}  // namespace
}  // namespace tern

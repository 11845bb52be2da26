#include "tern/logbuffer/position.hpp"

#include <gtest/gtest.h>

namespace tern {
namespace {

constexpr std::int32_t k64K = 64 * 1024;

// Vectors of shared-memory.md 9.6: 64 KiB terms.

TEST(Position, vector_9_6_1_counts_terms_from_the_initial_one) {
    const TermGeometry geometry(7, k64K);
    EXPECT_EQ(geometry.bits(), 16);
    EXPECT_EQ(geometry.term_count(12), 5);
    EXPECT_EQ(geometry.position(12, 4096), 331776);
    EXPECT_EQ(partition_of_count(geometry.term_count(12)), 2);
}

TEST(Position, vector_9_6_2_gives_term_offset_and_partition_back) {
    const TermGeometry geometry(7, k64K);
    EXPECT_EQ(geometry.term_id_at(331776), 12);
    EXPECT_EQ(geometry.offset_at(331776), 4096);
    EXPECT_EQ(geometry.partition_at(331776), 2);
}

TEST(Position, vector_9_6_3_survives_term_ids_that_wrap) {
    const TermGeometry geometry(0x7FFFFFFE, k64K);
    const auto term_id = static_cast<std::int32_t>(0x80000001U);
    EXPECT_EQ(term_id, -2147483647);
    EXPECT_EQ(geometry.term_count(term_id), 3);
    EXPECT_EQ(geometry.position(term_id, 96), 196704);
    EXPECT_EQ(geometry.partition_at(196704), 0);
    EXPECT_EQ(geometry.term_id_at(196704), term_id);
}

TEST(Position, vector_9_6_4_clamps_the_offset_of_a_raw_tail) {
    const std::int64_t raw = 0x0000'0009'0001'0020;
    EXPECT_EQ(tail_term_id(raw), 9);
    EXPECT_EQ(raw & 0xFFFF'FFFF, 65568);
    EXPECT_EQ(tail_offset(raw, k64K), 65536);
}

TEST(Position, vector_9_6_5_keeps_the_sign_of_the_term_id_in_a_raw_tail) {
    EXPECT_EQ(static_cast<std::uint64_t>(raw_tail(-2147483647, 0)), 0x8000'0001'0000'0000U);
    EXPECT_EQ(tail_term_id(raw_tail(-2147483647, 0)), -2147483647);
}

TEST(Position, ends_at_term_length_times_two_to_the_31) {
    EXPECT_EQ(TermGeometry(7, k64K).max_position(), 140737488355328);
    EXPECT_EQ(TermGeometry(7, kTermMaxLength).max_position(), std::int64_t{1} << 61);
}

TEST(Position, takes_an_overshot_offset_half_as_unsigned) {
    EXPECT_EQ(tail_offset(raw_tail(3, 0x8000'0000), kTermMaxLength), kTermMaxLength);
    EXPECT_EQ(tail_term_id(raw_tail(3, 0x8000'0000)), 3);
}

TEST(Position, takes_an_offset_half_between_frames_as_the_frame_before) {
    EXPECT_EQ(tail_offset(raw_tail(3, 65), k64K), 64);
    EXPECT_EQ(tail_offset(raw_tail(3, k64K - 1), k64K), k64K - 32);
    EXPECT_EQ(TermGeometry(3, k64K).tail_position(raw_tail(4, 31)), k64K);
}

TEST(Position, finds_a_partition_for_any_number_a_process_may_have_written) {
    const TermGeometry geometry(7, k64K);
    for (const Position position : {Position{-1}, INT64_MIN, INT64_MAX, Position{-65536}}) {
        EXPECT_GE(geometry.partition_at(position), 0);
        EXPECT_LT(geometry.partition_at(position), kPartitionCount);
        EXPECT_GE(geometry.offset_at(position), 0);
        EXPECT_LT(geometry.offset_at(position), k64K);
    }
}

TEST(FramedLength, vector_E) {
    EXPECT_EQ(framed_length(1376, 1376), 1408);
    EXPECT_EQ(framed_length(1377, 1376), 1472);
    EXPECT_EQ(framed_length(2752, 1376), 2816);
    EXPECT_EQ(framed_length(4000, 1376), 4096);
    EXPECT_EQ(framed_length(4096, 1024), 4224);
    EXPECT_EQ(framed_length(7997, 992), 8288);
}

TEST(FramedLength, of_nothing_is_a_header) { EXPECT_EQ(framed_length(0, 1376), 32); }

TEST(MaxMessageLength, is_an_eighth_of_a_term_and_at_most_16_MiB) {
    EXPECT_EQ(max_message_length(k64K), 8192);
    EXPECT_EQ(max_message_length(128 * 1024 * 1024), 16 * 1024 * 1024);
    EXPECT_EQ(max_message_length(kTermMaxLength), 16 * 1024 * 1024);
}

}  // namespace
}  // namespace tern

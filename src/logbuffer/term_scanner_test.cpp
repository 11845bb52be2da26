#include "tern/logbuffer/term_scanner.hpp"

#include <gtest/gtest.h>

#include "tern/logbuffer/testing/test_log.hpp"

namespace tern {
namespace {

using testing::TestLog;

struct Scanned : TestLog {
    Availability scan(std::int32_t offset, std::int32_t limit) const {
        return scan_for_availability(log.term_bytes(0), offset, limit);
    }
};

void expect(Availability found, std::int32_t available, std::int32_t padding) {
    EXPECT_EQ(found.available, available);
    EXPECT_EQ(found.padding, padding);
}

TEST(TermScanner, vector_9_14_1_counts_the_aligned_length) {
    const Scanned log;
    log.put_frame(0, 0, 33);
    expect(log.scan(0, 1408), 64, 0);
}

TEST(TermScanner, vector_9_14_2_counts_of_a_padding_frame_only_its_header) {
    const Scanned log;
    log.put_frame(0, 0, 33);
    log.put_frame(0, 64, 192, kPaddingFrame);
    expect(log.scan(0, 1408), 96, 160);
}

TEST(TermScanner, vector_9_14_3_negates_what_does_not_fit) {
    const Scanned log;
    log.put_frame(0, 0, 64);
    expect(log.scan(0, 63), -64, 0);
}

TEST(TermScanner, vector_9_14_4_undoes_a_padding_frame_that_does_not_fit) {
    const Scanned log;
    log.put_frame(0, 0, 32);
    log.put_frame(0, 32, 64, kPaddingFrame);
    expect(log.scan(0, 40), 32, 0);
}

TEST(TermScanner, finds_nothing_where_nothing_is_complete) {
    const Scanned log;
    expect(log.scan(0, 1408), 0, 0);
    begin_frame(log.log.term(0), 64, kUnfragmented, kDataFrame, 0, {});
    expect(log.scan(0, 1408), 0, 0);
    expect(log.scan(0, 0), 0, 0);
}

TEST(TermScanner, gathers_frames_up_to_the_limit_and_stops_before_a_claim) {
    const Scanned log;
    log.put_frame(0, 0, 64);
    log.put_frame(0, 64, 64);
    log.put_frame(0, 128, 64);
    begin_frame(log.log.term(0) + 192, 64, kUnfragmented, kDataFrame, 192, {});
    expect(log.scan(0, 1408), 192, 0);
    expect(log.scan(0, 191), 128, 0);
    expect(log.scan(64, 128), 128, 0);
}

TEST(TermScanner, ends_with_the_term) {
    const Scanned log;
    log.put_frame(0, 65536 - 64, 64);
    expect(log.scan(65536 - 64, 1408), 64, 0);
    const Scanned padded;
    padded.put_frame(0, 65536 - 64, 64, kPaddingFrame);
    expect(padded.scan(65536 - 64, 1408), 32, 32);
}

TEST(TermScanner, negates_the_header_of_a_first_padding_frame_that_does_not_fit) {
    const Scanned log;
    log.put_frame(0, 0, 4096, kPaddingFrame);
    expect(log.scan(0, 31), -32, 0);
}

TEST(TermScanner, does_not_believe_a_length_that_reaches_beyond_the_term) {
    for (const std::int32_t length : {96, INT32_MAX, 31, -64}) {
        const Scanned log;
        header_at(log.log.term(0) + 65536 - 64).type = kPaddingFrame;
        commit_frame(log.log.term(0) + 65536 - 64, length);
        expect(log.scan(65536 - 64, 1408), 0, 0);
    }
}

}  // namespace
}  // namespace tern

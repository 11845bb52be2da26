// Rebuilding on the receiving side: inserting datagrams, finding gaps, filling them.

#include "tern/logbuffer/term_rebuilder.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "tern/logbuffer/gap_filler.hpp"
#include "tern/logbuffer/gap_scanner.hpp"
#include "tern/logbuffer/testing/test_log.hpp"

namespace tern {
namespace {

using testing::FrameSeen;
using testing::TestLog;

/// A datagram made of frames as a sender would cut it from its term.
std::vector<std::byte> datagram(const TestLog& sender, std::int32_t from, std::int32_t to) {
    return {sender.log.term(0) + from, sender.log.term(0) + to};
}

bool insert(const TestLog& log, std::int32_t offset, ConstBytes bytes) {
    return insert_frames(log.log.term_bytes(0), offset, bytes);
}

TEST(TermRebuilder, inserts_a_datagram_of_several_frames) {
    const TestLog sender;
    sender.put_frame(0, 0, 64);
    sender.put_frame(0, 64, 40);
    const TestLog receiver;
    EXPECT_TRUE(insert(receiver, 0, datagram(sender, 0, 128)));
    EXPECT_EQ(receiver.hex(0, 0, 128), sender.hex(0, 0, 128));
}

TEST(TermRebuilder, drops_a_duplicate_whole) {
    const TestLog sender;
    sender.put_frame(0, 0, 64);
    sender.put_frame(0, 64, 40);
    const TestLog receiver;
    receiver.put_frame(0, 0, 64, 7);
    EXPECT_FALSE(insert(receiver, 0, datagram(sender, 0, 128)));
    EXPECT_EQ(receiver.frame(0, 0), (FrameSeen{64, 0xC0, 7}));
    EXPECT_TRUE(receiver.is_zero(0, 64, 128));
}

TEST(TermRebuilder, overwrites_a_later_frame_that_is_there_already) {
    const TestLog sender;
    sender.put_frame(0, 0, 64);
    sender.put_frame(0, 64, 64);
    const TestLog receiver;
    EXPECT_TRUE(insert(receiver, 64, datagram(sender, 64, 128)));
    EXPECT_TRUE(insert(receiver, 0, datagram(sender, 0, 128)));
    EXPECT_EQ(receiver.hex(0, 0, 128), sender.hex(0, 0, 128));
}

TEST(TermRebuilder, counts_a_trailing_padding_frame_in_full) {
    const TestLog sender;
    sender.put_frame(0, 0, 40);
    sender.put_frame(0, 64, 512, kPaddingFrame);
    EXPECT_EQ(end_of_frames(datagram(sender, 0, 96), 0, 65536), 576);
    EXPECT_EQ(end_of_frames(datagram(sender, 0, 64), 4096, 65536), 4160);
    EXPECT_EQ(end_of_frames(datagram(sender, 64, 96), 65536 - 256, 65536), 65536 - 256);
}

// Gaps.

TEST(GapScanner, vector_F) {
    const TestLog log;
    log.put_frame(0, 0, 33);
    log.put_frame(0, 256, 64);
    const GapScan scan = scan_for_gap(log.log.term_bytes(0), 9, 0, 320);
    EXPECT_EQ(scan.complete_to, 64);
    ASSERT_TRUE(scan.gap);
    EXPECT_EQ(*scan.gap, (Gap{9, 64, 192}));

    EXPECT_TRUE(fill_gap(log.log.term_bytes(0), log.log.metadata().default_header, *scan.gap));
    EXPECT_EQ(log.hex(0, 64, 32),
              "c0 00 00 00 00 c0 00 00 40 00 00 00 44 33 22 11 "
              "e9 03 00 00 09 00 00 00 00 00 00 00 00 00 00 00");
    EXPECT_EQ(scan_for_gap(log.log.term_bytes(0), 9, 0, 320).complete_to, 320);
}

TEST(GapScanner, finds_none_up_to_the_high_water_mark) {
    const TestLog log;
    log.put_frame(0, 0, 64);
    log.put_frame(0, 64, 64);
    const GapScan scan = scan_for_gap(log.log.term_bytes(0), 9, 0, 128);
    EXPECT_EQ(scan.complete_to, 128);
    EXPECT_FALSE(scan.gap);
    EXPECT_FALSE(scan_for_gap(log.log.term_bytes(0), 9, 65536, 65536).gap);
}

TEST(GapScanner, ends_a_gap_at_the_high_water_mark) {
    const TestLog log;
    log.put_frame(0, 0, 64);
    EXPECT_EQ(scan_for_gap(log.log.term_bytes(0), 9, 0, 4096).gap, (Gap{9, 64, 4032}));
    EXPECT_EQ(scan_for_gap(log.log.term_bytes(0), 9, 0, 65536).gap, (Gap{9, 64, 65472}));
}

TEST(GapScanner, reports_only_the_first_gap) {
    const TestLog log;
    log.put_frame(0, 32, 32);
    log.put_frame(0, 128, 32);
    EXPECT_EQ(scan_for_gap(log.log.term_bytes(0), 9, 0, 160).gap, (Gap{9, 0, 32}));
    EXPECT_EQ(scan_for_gap(log.log.term_bytes(0), 9, 32, 160).gap, (Gap{9, 64, 64}));
}

TEST(GapFiller, does_nothing_if_some_of_the_gap_has_arrived) {
    const TestLog log;
    log.put_frame(0, 128, 64);
    const DataHeader& header = log.log.metadata().default_header;
    EXPECT_FALSE(fill_gap(log.log.term_bytes(0), header, {7, 64, 128}));
    EXPECT_TRUE(log.is_zero(0, 64, 128));
    EXPECT_TRUE(fill_gap(log.log.term_bytes(0), header, {7, 64, 64}));
    EXPECT_EQ(log.frame(0, 64), (FrameSeen{64, 0xC0, 0}));
}

}  // namespace
}  // namespace tern

#include <gtest/gtest.h>

#include "tern/protocol/network_vectors_for_test.hpp"
#include "tern/protocol/resolution_frame.hpp"

namespace tern::protocol {
namespace {

using namespace vectors;  // NOLINT: the values of the vectors

struct Read {
    std::vector<ResolutionEntry> entries;
    bool is_valid;
};

Read read(const Block& datagram) {
    ResolutionReader reader{datagram};
    Read result{};
    while (const auto entry = reader.next()) result.entries.push_back(*entry);
    result.is_valid = reader.is_valid();
    return result;
}

std::string written(const std::vector<ResolutionEntry>& entries) {
    Block out(1408, std::byte{0xAA});
    ResolutionWriter writer{out};
    for (const ResolutionEntry& entry : entries) EXPECT_TRUE(writer.add(entry));
    const std::size_t length = writer.finish();
    EXPECT_EQ(out[length], std::byte{0xAA});
    return hex(ConstBytes{out}.first(length));
}

const IpAddress kSevenOfTen = IpAddress::ipv4(10, 0, 0, 7);
const IpAddress kSevenOfFd00 = *IpAddress::parse("fd00::7");

TEST(ResolutionFrame, V22_converts_the_entry_of_the_sender_itself) {
    const std::vector<ResolutionEntry> entries{
        {.is_self = true, .address = {IpAddress{}, 8050}, .age_ms = 0, .name = "driverA"}};
    const Block datagram = bytes(kV22);
    const Read result = read(datagram);
    EXPECT_TRUE(result.is_valid);
    EXPECT_EQ(result.entries, entries);
    EXPECT_TRUE(result.entries.at(0).address.ip.is_any());
    EXPECT_EQ(written(entries), kV22);
}

TEST(ResolutionFrame, V23_converts_entries_of_both_families) {
    const std::vector<ResolutionEntry> entries{
        {.address = {kSevenOfTen, 8050}, .age_ms = 1500, .name = "driverB"},
        {.address = {kSevenOfFd00, 8050}, .age_ms = 2500, .name = "drvC"}};
    const Block datagram = bytes(kV23);
    const Read result = read(datagram);
    EXPECT_TRUE(result.is_valid);
    EXPECT_EQ(result.entries, entries);
    EXPECT_EQ(written(entries), kV23);
}

void expect_fault_after(std::size_t entries, const Block& datagram) {
    const Read result = read(datagram);
    EXPECT_FALSE(result.is_valid) << hex(datagram);
    EXPECT_EQ(result.entries.size(), entries) << hex(datagram);
}

TEST(ResolutionFrame, refuses_other_frames) {
    expect_fault_after(0, {});
    expect_fault_after(0, bytes(kV11));
    expect_fault_after(0, changed(kV22, 4, "01"));
    expect_fault_after(0, changed(kV22, 0, "07 00 00 00"));
    expect_fault_after(0, changed(kV22, 0, "21 00 00 00"));
    expect_fault_after(0, changed(kV22, 0, "ff ff ff ff"));
}

TEST(ResolutionFrame, keeps_the_entries_before_one_of_an_unknown_type) {
    for (const char* type : {"00", "03", "ff"}) {
        expect_fault_after(0, changed(kV23, 0x08, type));
        expect_fault_after(1, changed(kV23, 0x20, type));
    }
}

TEST(ResolutionFrame, refuses_names_that_are_empty_too_long_or_cut) {
    for (const char* length : {"00 00", "ff ff", "01 02", "ff 7f", "2f 00"}) {
        expect_fault_after(0, changed(kV23, 0x14, length));
    }
    expect_fault_after(1, changed(kV23, 0x38, "07 00"));  // beyond the end by a byte
}

TEST(ResolutionFrame, refuses_an_entry_that_the_frame_length_cuts) {
    for (std::int32_t length = 0x21; length < 0x3E; ++length) {
        Block datagram = bytes(kV23);
        store_plain(datagram.data(), length);
        expect_fault_after(1, datagram);
        expect_fault_after(1, resized(datagram, static_cast<std::size_t>(length)));
    }
}

TEST(ResolutionFrame, does_without_the_padding_of_the_last_entry) {
    const Block datagram = resized(changed(kV22, 0, "1d 00 00 00"), 0x1D);
    EXPECT_TRUE(read(datagram).is_valid);
    EXPECT_EQ(read(datagram).entries.size(), 1u);
}

TEST(ResolutionFrame, ignores_what_follows_the_frame) {
    const Block datagram = resized(bytes(kV22), 100);
    EXPECT_TRUE(read(datagram).is_valid);
    EXPECT_EQ(read(datagram).entries.size(), 1u);
}

TEST(ResolutionFrame, converts_the_longest_name) {
    const std::string name(ResolutionEntry::kMaxNameLength, 'n');
    const ResolutionEntry entry{.address = {kSevenOfFd00, 1}, .name = name};
    Block out(8 + ResolutionEntry::kMaxLength);
    ResolutionWriter writer{out};
    ASSERT_TRUE(writer.add(entry));
    ASSERT_EQ(writer.finish(), out.size());
    EXPECT_EQ(read(out).entries.at(0), entry);
}

TEST(ResolutionFrame, refuses_an_entry_for_which_there_is_no_room) {
    const ResolutionEntry entry{.address = {kSevenOfTen, 1}, .name = "n"};  // 16 bytes
    Block out(8 + 16 + 15);
    ResolutionWriter writer{out};
    EXPECT_TRUE(writer.is_empty());
    EXPECT_TRUE(writer.add(entry));
    EXPECT_FALSE(writer.add(entry));
    EXPECT_FALSE(writer.is_empty());
    EXPECT_EQ(writer.finish(), 24u);
    out.resize(24);
    EXPECT_EQ(read(out).entries.size(), 1u);
}

}  // namespace
}  // namespace tern::protocol

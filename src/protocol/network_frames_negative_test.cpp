/// Negative vectors of wire-protocol.md, section 11, and the edges of the same checks.

#include <gtest/gtest.h>

#include <limits>

#include "tern/protocol/network_vectors_for_test.hpp"

namespace tern::protocol {
namespace {

using namespace vectors;  // NOLINT: the values of the vectors

constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t kLeast = std::numeric_limits<std::int32_t>::min();

void expect_invalid_at_first_level(const Block& datagram) {
    EXPECT_EQ(check_datagram(datagram), std::nullopt) << hex(datagram);
}

/// Passes 2.5 and fails 5.6.
void expect_invalid_structure(const Block& datagram, FrameType type = FrameType::data) {
    ASSERT_EQ(check_datagram(datagram), type) << hex(datagram);
    EXPECT_EQ(effective_length(datagram, kTermLength), std::nullopt) << hex(datagram);
}

TEST(NetworkFramesNegative, V1_of_another_version) {
    expect_invalid_at_first_level(changed(kV1, 4, "01"));
    expect_invalid_at_first_level(changed(kV1, 4, "ff"));
}

TEST(NetworkFramesNegative, V1_of_negative_length) {
    expect_invalid_at_first_level(changed(kV1, 0, "ff ff ff ff"));
    expect_invalid_at_first_level(changed(kV1, 0, "00 00 00 80"));
}

TEST(NetworkFramesNegative, V1_cut_or_extended_by_a_byte) {
    expect_invalid_at_first_level(resized(bytes(kV1), 63));
    expect_invalid_at_first_level(resized(bytes(kV1), 65));
}

TEST(NetworkFramesNegative, V1_cut_to_its_header) {
    expect_invalid_structure(resized(bytes(kV1), 32));
}

TEST(NetworkFramesNegative, V1_of_length_zero_but_64_bytes) {
    expect_invalid_structure(changed(kV1, 0, "00 00 00 00"));
}

TEST(NetworkFramesNegative, V1_of_a_length_below_its_header) {
    expect_invalid_structure(resized(changed(kV1, 0, "1f 00 00 00"), 32));
}

TEST(NetworkFramesNegative, V1_of_unknown_types) {
    for (const char* type : {"08 00", "09 00", "0c 00", "ff ff", "0f 00", "10 00", "00 01"}) {
        expect_invalid_at_first_level(changed(kV1, 6, type));
    }
}

TEST(NetworkFramesNegative, V1_of_type_0x0A) {
    expect_invalid_at_first_level(changed(kV1, 6, "0a 00"));
}

TEST(NetworkFramesNegative, V7_whose_second_frame_has_another_offset) {
    expect_invalid_structure(changed(kV7, 0x48, "60"));
}

TEST(NetworkFramesNegative, V7_whose_second_frame_is_a_nak) {
    expect_invalid_structure(changed(kV7, 0x46, "02"));
}

TEST(NetworkFramesNegative, V7_with_trailing_bytes) {
    expect_invalid_structure(resized(bytes(kV7), 160));
}

TEST(NetworkFramesNegative, V8_whose_padding_goes_beyond_the_term) {
    expect_invalid_structure(changed(kV8, 0x40, "80 00 00 00"));
    expect_invalid_structure(changed(kV8, 0x40, "61 00 00 00"));
    expect_invalid_structure(changed(kV8, 0x40, "ff ff ff 7f"));
}

TEST(NetworkFramesNegative, V9_of_a_term_length_that_cannot_be) {
    const auto with_term_length = [](std::int32_t length) {
        protocol::Setup setup = read_setup(bytes(kV9));
        setup.term_length = length;
        return setup;
    };
    EXPECT_FALSE(is_valid(read_setup(changed(kV9, 0x1c, "ff ff 00 00"))));
    for (std::int32_t length : {0, -1, -65536, 32768, 65537, 3 * 65536, kMost, kLeast}) {
        EXPECT_FALSE(is_valid(with_term_length(length))) << length;
    }
    EXPECT_TRUE(is_valid(with_term_length(1 << 30)));
}

TEST(NetworkFramesNegative, V9_of_an_offset_not_aligned) {
    EXPECT_FALSE(is_valid(read_setup(changed(kV9, 8, "c1"))));
}

TEST(NetworkFramesNegative, V9_of_an_offset_outside_of_the_term) {
    EXPECT_FALSE(is_valid(read_setup(changed(kV9, 8, "00 00 01 00"))));
    EXPECT_FALSE(is_valid(read_setup(changed(kV9, 8, "e0 ff ff ff"))));
    EXPECT_TRUE(is_valid(read_setup(changed(kV9, 8, "e0 ff 00 00"))));
}

TEST(NetworkFramesNegative, V9_of_a_datagram_size_that_cannot_be) {
    EXPECT_FALSE(is_valid(read_setup(changed(kV9, 0x20, "81 05 00 00"))));
    for (std::int32_t mtu : {0, -32, 1, 65536, kMost - 31, kLeast}) {
        protocol::Setup setup = read_setup(bytes(kV9));
        setup.mtu_length = mtu;
        EXPECT_FALSE(is_valid(setup)) << mtu;
    }
    for (std::int32_t mtu : {32, kMaxDatagramLength}) {
        protocol::Setup setup = read_setup(bytes(kV9));
        setup.mtu_length = mtu;
        EXPECT_TRUE(is_valid(setup)) << mtu;
    }
}

TEST(NetworkFramesNegative, V9_of_an_active_term_before_the_initial_one) {
    EXPECT_FALSE(is_valid(read_setup(changed(kV9, 0x18, "04 00 00 00"))));
    protocol::Setup setup = read_setup(bytes(kV9));
    setup.initial_term_id = kMost;  // ids wrap
    setup.active_term_id = kLeast;
    EXPECT_TRUE(is_valid(setup));
}

TEST(NetworkFramesNegative, V9_whose_length_exceeds_its_datagram) {
    expect_invalid_at_first_level(changed(kV9, 0, "29 00 00 00"));
}

TEST(NetworkFramesNegative, V11_of_an_offset_not_aligned) {
    const auto message = read_status_message(changed(kV11, 0x14, "c1"));
    EXPECT_FALSE(is_valid(message, kTermLength));
}

TEST(NetworkFramesNegative, V11_of_an_offset_outside_of_the_term) {
    for (const char* offset : {"00 00 01 00", "e0 ff ff ff"}) {
        EXPECT_FALSE(is_valid(read_status_message(changed(kV11, 0x14, offset)), kTermLength));
    }
}

TEST(NetworkFramesNegative, V11_of_a_window_larger_than_half_a_term) {
    const auto message = read_status_message(changed(kV11, 0x18, "01 80 00 00"));
    EXPECT_FALSE(is_valid(message, kTermLength));
    EXPECT_TRUE(is_valid(message, 2 * kTermLength));
    EXPECT_FALSE(is_valid(read_status_message(changed(kV11, 0x18, "ff ff ff ff")), kTermLength));
}

TEST(NetworkFramesNegative, V16_that_goes_beyond_the_term) {
    const Nak nak = read_nak(changed(kV16, 0x14, "e0 ff 00 00"));
    EXPECT_EQ(nak.length, 64);
    EXPECT_FALSE(is_valid(nak, kTermLength));

    Nak last = nak;
    last.length = 32;
    EXPECT_TRUE(is_valid(last, kTermLength));
    last.length = kMost;
    EXPECT_FALSE(is_valid(last, kTermLength));
    last.length = -32;
    EXPECT_FALSE(is_valid(last, kTermLength));
}

TEST(NetworkFramesNegative, V16_of_an_offset_that_cannot_be) {
    for (std::int32_t offset : {-32, 1, 65536, kMost, kLeast}) {
        Nak nak = read_nak(bytes(kV16));
        nak.term_offset = offset;
        EXPECT_FALSE(is_valid(nak, kTermLength)) << offset;
    }
}

TEST(NetworkFramesNegative, V19_whose_text_is_too_long) {
    EXPECT_FALSE(read_error(changed(kV19, 0x24, "00 04 00 00")));
    EXPECT_FALSE(read_error(changed(kV19, 0x24, "09 00 00 00")));  // than the frame
    EXPECT_FALSE(read_error(changed(kV19, 0x24, "ff ff ff ff")));
    Block datagram = resized(changed(kV19, 0, "28 08 00 00"), 40 + 2048);  // there would be room
    store_plain<std::int32_t>(datagram.data() + 0x24, 1024);
    ASSERT_EQ(check_datagram(datagram), FrameType::error);
    EXPECT_FALSE(read_error(datagram));
}

TEST(NetworkFramesNegative, V21_cut_by_a_byte) {
    expect_invalid_at_first_level(resized(bytes(kV21), 19));
}

TEST(NetworkFramesNegative, control_frames_that_are_longer_than_their_datagram) {
    for (std::string_view vector : {kV9, kV11, kV15, kV16, kV17, kV19, kV21, kV22}) {
        Block datagram = bytes(vector);
        ASSERT_TRUE(check_datagram(datagram));
        store_plain<std::int32_t>(datagram.data(), static_cast<std::int32_t>(datagram.size()) + 1);
        expect_invalid_at_first_level(datagram);
    }
}

TEST(NetworkFramesNegative, data_at_an_offset_that_cannot_be) {
    for (const char* offset : {"41 00 00 00", "00 00 01 00", "e0 ff ff ff", "e0 ff 00 00"}) {
        expect_invalid_structure(changed(kV1, 8, offset));
    }
    const Block heartbeat = changed(kV3, 8, "c1 00 00 00");
    expect_invalid_structure(heartbeat);
}

}  // namespace
}  // namespace tern::protocol

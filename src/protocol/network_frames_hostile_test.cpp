/// Datagrams of any bytes at all. Each lies in a heap block of exactly its size, so that the
/// address sanitizer sees a read beyond it.

#include <gtest/gtest.h>

#include "tern/base/random.hpp"
#include "tern/protocol/network_vectors_for_test.hpp"
#include "tern/protocol/resolution_frame.hpp"

namespace tern::protocol {
namespace {

using namespace vectors;  // NOLINT: the values of the vectors

constexpr std::size_t kLongest = 80;

/// How many datagrams each check let through, so that a test sees that it got anywhere.
struct Tally {
    int checked = 0;
    int walked = 0;
    int errors = 0;
    int entries = 0;
};

void read_data(const Block& datagram, Tally& tally) {
    const DataFrameHeader header = read_data_header(datagram);
    const auto length = effective_length(datagram, kTermLength);
    if (!length) return;
    ++tally.walked;
    EXPECT_EQ(*length % kFrameAlignment, 0);
    EXPECT_EQ(*length == 0, is_heartbeat(datagram));
    EXPECT_LE(header.term_offset + *length, kTermLength);
}

void read_whatever(const Block& datagram, Tally& tally) {
    ResolutionReader entries{datagram};
    while (const auto entry = entries.next()) {
        ++tally.entries;
        EXPECT_FALSE(entry->name.empty());
        EXPECT_LE(entry->name.data() + entry->name.size(),
                  text_of(datagram).data() + datagram.size());
    }
    const auto type = check_datagram(datagram);
    if (!type) return;
    ++tally.checked;
    switch (*type) {
        case FrameType::padding:
        case FrameType::data: return read_data(datagram, tally);
        case FrameType::nak: is_valid(read_nak(datagram), kTermLength); return;
        case FrameType::status_message: {
            const StatusMessage message = read_status_message(datagram);
            is_valid(message, kTermLength);
            EXPECT_GE(message.odd_tag_length, 0);
            return;
        }
        case FrameType::error: {
            const auto error = read_error(datagram);
            if (!error) return;
            ++tally.errors;
            EXPECT_LE(error->text.data() + error->text.size(),
                      text_of(datagram).data() + datagram.size());
            return;
        }
        case FrameType::setup: is_valid(read_setup(datagram)); return;
        case FrameType::rtt_measurement: read_rtt_measurement(datagram); return;
        case FrameType::response_setup: read_response_setup(datagram); return;
        case FrameType::resolution: return;  // above
    }
    ADD_FAILURE() << "a type without a reader: " << static_cast<int>(*type);
}

TEST(NetworkFramesHostile, random_bytes_of_every_length) {
    SeededRandom random{4};
    Tally tally;
    for (std::size_t length = 0; length <= kLongest; ++length) {
        for (int round = 0; round < 500; ++round) {
            Block datagram(length);
            for (std::byte& byte : datagram) byte = static_cast<std::byte>(random.next());
            read_whatever(datagram, tally);
            if (length < 8) continue;
            // A header that passes, and random bytes behind it.
            store_plain(datagram.data(), static_cast<std::int32_t>(random.next() % (length + 1)));
            datagram[4] = std::byte{0};
            store_plain(datagram.data() + 6, static_cast<std::uint16_t>(random.next() % 12));
            read_whatever(datagram, tally);
        }
    }
    EXPECT_GT(tally.checked, 0);
}

TEST(NetworkFramesHostile, every_vector_cut_and_extended) {
    Tally tally;
    for (std::string_view vector : kAll) {
        for (std::size_t length = 0; length <= bytes(vector).size() + 40; ++length) {
            read_whatever(resized(bytes(vector), length), tally);
        }
    }
    EXPECT_GT(tally.checked, 0);
    EXPECT_GT(tally.walked, 0);
    EXPECT_GT(tally.errors, 0);
    EXPECT_GT(tally.entries, 0);
}

TEST(NetworkFramesHostile, every_vector_with_any_byte_at_any_place) {
    Tally tally;
    for (std::string_view vector : kAll) {
        const Block whole = bytes(vector);
        for (std::size_t place = 0; place < whole.size(); ++place) {
            for (int value = 0; value < 256; ++value) {
                Block datagram = whole;
                datagram[place] = static_cast<std::byte>(value);
                read_whatever(datagram, tally);
            }
        }
    }
    EXPECT_GT(tally.walked, 0);
    EXPECT_GT(tally.errors, 0);
    EXPECT_GT(tally.entries, 0);
}

TEST(NetworkFramesHostile, every_vector_with_extreme_words_at_any_place) {
    Tally tally;
    for (std::string_view vector : kAll) {
        const Block whole = bytes(vector);
        for (std::size_t place = 0; place + 4 <= whole.size(); ++place) {
            for (std::uint32_t word : {0x7FFFFFFFu, 0x80000000u, 0xFFFFFFFFu, 0x7FFFFFE0u,
                                       0xFFFFFFE0u, 0x00010000u, 0x00008000u, 0x40000000u}) {
                Block datagram = whole;
                store_plain(datagram.data() + place, word);
                read_whatever(datagram, tally);
            }
        }
    }
    EXPECT_GT(tally.checked, 0);
}

}  // namespace
}  // namespace tern::protocol

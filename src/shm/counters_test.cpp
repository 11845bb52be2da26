#include "tern/shm/counters.hpp"

#include <gtest/gtest.h>

#include "tern/shm/testing/memory.hpp"

namespace tern {
namespace {

using namespace std::chrono_literals;
using testing::hex;
using testing::Memory;

constexpr Millis kNow{1'700'000'000'000};

struct CountersFixture : ::testing::Test {
    Memory          metadata{4 * 512};
    Memory          values{4 * 128};
    CountersManager manager{metadata.bytes(), values.bytes(), 1000ms};
    CountersReader  reader{metadata.bytes(), values.bytes()};

    std::int32_t allocate(std::int32_t type, std::string_view label, Millis at = kNow) {
        const auto id = manager.allocate({.type_id = type, .label = label}, at);
        return id ? *id : kNullCounterId;
    }
    std::int32_t allocate_heartbeat() {
        const std::int64_t client = 42;
        return *manager.allocate({.type_id = 11,
                                  .key = std::as_bytes(std::span{&client, 1}),
                                  .label = "client-heartbeat: id=42",
                                  .registration_id = 42,
                                  .owner_id = 42,
                                  .value = 1'700'000'000'123},
                                 kNow);
    }
};

TEST_F(CountersFixture, vector_6_8_allocation_freeing_and_reuse) {
    EXPECT_EQ(allocate(0, "anything"), 0);
    EXPECT_EQ(allocate_heartbeat(), 1);
    EXPECT_EQ(hex(metadata.bytes().subspan(0x200, 26)),
              "01 00 00 00 0b 00 00 00 ff ff ff ff ff ff ff 7f 2a 00 00 00 00 00 00 00 00 00");
    EXPECT_EQ(
        hex(metadata.bytes().subspan(0x280, 28)),
        "17 00 00 00 63 6c 69 65 6e 74 2d 68 65 61 72 74 62 65 61 74 3a 20 69 64 3d 34 32 00");
    const std::string value_record =
        "7b 68 e5 cf 8b 01 00 00 2a 00 00 00 00 00 00 00 2a 00 00 00 00 00 00 00 00 00 00 00 00 00 "
        "00 00";
    EXPECT_EQ(hex(values.bytes().subspan(0x80, 32)), value_record);

    manager.free(1, kNow);
    EXPECT_EQ(hex(metadata.bytes().subspan(0x200, 24)),
              "ff ff ff ff 0b 00 00 00 e8 6b e5 cf 8b 01 00 00 00 00 00 00 00 00 00 00");
    EXPECT_EQ(hex(values.bytes().subspan(0x80, 32)), value_record);

    EXPECT_EQ(allocate(0, "", kNow), 2);
    EXPECT_EQ(allocate(0, "", kNow + 999ms), 3);
    EXPECT_EQ(allocate(0, "", kNow + 1000ms), 1);
    EXPECT_EQ(reader.registration_id(1), 0);
    EXPECT_EQ(reader.value(1), 0);
}

TEST_F(CountersFixture, says_so_when_every_id_is_taken) {
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(allocate(1, "x"), i);
    }
    const auto fifth = manager.allocate({.type_id = 1, .label = "one too many"}, kNow);
    ASSERT_FALSE(fifth);
    EXPECT_NE(fifth.error().text.find("one too many"), std::string::npos);
}

TEST_F(CountersFixture, a_reader_finds_by_type_and_registration_and_skips_the_reclaimed) {
    EXPECT_EQ(allocate(0, "first"), 0);
    EXPECT_EQ(allocate_heartbeat(), 1);
    EXPECT_EQ(allocate(5, "third"), 2);
    EXPECT_EQ(reader.find_by_registration(11, 42), 1);
    EXPECT_EQ(reader.find_by_registration(5, 42), kNullCounterId);
    manager.free(1, kNow);
    EXPECT_EQ(reader.find_by_registration(11, 42), kNullCounterId);
    std::vector<std::string> labels;
    reader.for_each([&labels](const CounterView& view) { labels.emplace_back(view.label); });
    EXPECT_EQ(labels, (std::vector<std::string>{"first", "third"}));
}

TEST_F(CountersFixture, cuts_keys_and_labels_and_appends_as_far_as_there_is_room) {
    const std::string long_label(500, 'l');
    EXPECT_EQ(allocate(1, long_label), 0);
    EXPECT_EQ(reader.label(0).size(), 380U);
    EXPECT_EQ(allocate(1, std::string(370, 'm')), 1);
    reader.append_to_label(1, " name=a name too long");
    EXPECT_EQ(reader.label(1).size(), 380U);
    EXPECT_EQ(reader.label(1).substr(370), " name=a na");
}

TEST_F(CountersFixture, ids_out_of_range_and_garbage_lengths_read_as_nothing) {
    EXPECT_EQ(allocate(1, "x"), 0);
    store_plain(metadata.at(128), std::int32_t{1 << 30});
    EXPECT_EQ(reader.label(0).size(), 380U);
    store_plain(metadata.at(128), std::int32_t{-1});
    EXPECT_EQ(reader.label(0), "");
    for (const std::int32_t id : {-1, 4, 1 << 30}) {
        EXPECT_EQ(reader.state(id), CounterState::unused);
        EXPECT_FALSE(reader.counter(id).valid());
        EXPECT_EQ(reader.value(id), 0);
    }
}

TEST_F(CountersFixture, propose_max_only_raises) {
    EXPECT_EQ(allocate(1, "x"), 0);
    Counter counter = reader.counter(0);
    EXPECT_TRUE(counter.propose_max(10));
    EXPECT_FALSE(counter.propose_max(10));
    EXPECT_FALSE(counter.propose_max(3));
    EXPECT_EQ(counter.get(), 10);
}

}  // namespace
}  // namespace tern

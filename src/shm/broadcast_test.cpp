#include "tern/shm/broadcast.hpp"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "tern/shm/testing/memory.hpp"

namespace tern {
namespace {

using testing::count_up;
using testing::hex;
using testing::Memory;
using Outcome = BroadcastReceiver::Outcome;

struct BroadcastFixture : ::testing::Test {
    Memory               memory{1024 + 128};
    BroadcastTransmitter transmitter{memory.bytes()};

    BroadcastTrailer& trailer() { return *reinterpret_cast<BroadcastTrailer*>(memory.at(1024)); }
    std::vector<std::int64_t> counters() {
        return {trailer().tail_intent.load_acquire(), trailer().tail.load_acquire(),
                trailer().latest.load_acquire()};
    }
};

TEST_F(BroadcastFixture, vector_5_5_bytes_counters_and_being_lapped) {
    BroadcastReceiver early{memory.bytes()};
    EXPECT_TRUE(transmitter.transmit(0x0F01, count_up(5)));
    EXPECT_TRUE(transmitter.transmit(0x0F02, count_up(16)));
    EXPECT_EQ(hex(memory.bytes().subspan(0, 40)),
              "0d 00 00 00 01 0f 00 00 01 02 03 04 05 00 00 00 "
              "18 00 00 00 02 0f 00 00 01 02 03 04 05 06 07 08 "
              "09 0a 0b 0c 0d 0e 0f 10");
    EXPECT_EQ(counters(), (std::vector<std::int64_t>{40, 40, 16}));
    for (int i = 0; i < 7; ++i) {
        EXPECT_TRUE(transmitter.transmit(1, count_up(120)));
    }
    EXPECT_EQ(counters(), (std::vector<std::int64_t>{936, 936, 808}));
    EXPECT_TRUE(transmitter.transmit(1, count_up(120)));
    EXPECT_EQ(hex(memory.bytes().subspan(936, 8)), "58 00 00 00 ff ff ff ff");
    EXPECT_EQ(hex(memory.bytes().subspan(0, 4)), "80 00 00 00");
    EXPECT_EQ(counters(), (std::vector<std::int64_t>{1152, 1152, 1024}));
    EXPECT_EQ(early.receive([](std::int32_t, ConstBytes) { FAIL(); }), Outcome::lapped);
}

TEST_F(BroadcastFixture, gives_messages_in_order_across_the_end) {
    BroadcastReceiver receiver{memory.bytes()};
    for (std::int32_t i = 1; i <= 100; ++i) {
        EXPECT_TRUE(transmitter.transmit(i, count_up(static_cast<std::size_t>(i))));
        std::int32_t seen = 0;
        EXPECT_EQ(receiver.receive([&seen, i](std::int32_t type, ConstBytes payload) {
                      seen = type;
                      EXPECT_EQ(hex(payload), hex(count_up(static_cast<std::size_t>(i))));
                  }),
                  Outcome::message);
        EXPECT_EQ(seen, i);
        EXPECT_EQ(receiver.receive([](std::int32_t, ConstBytes) { FAIL(); }), Outcome::nothing);
    }
}

TEST_F(BroadcastFixture, a_new_receiver_begins_with_the_latest_message) {
    EXPECT_TRUE(transmitter.transmit(1, {}));
    EXPECT_TRUE(transmitter.transmit(2, {}));
    BroadcastReceiver receiver{memory.bytes()};
    std::int32_t seen = 0;
    EXPECT_EQ(receiver.receive([&seen](std::int32_t type, ConstBytes) { seen = type; }),
              Outcome::message);
    EXPECT_EQ(seen, 2);
}

TEST_F(BroadcastFixture, carries_on_with_the_latest_after_being_lapped) {
    BroadcastReceiver receiver{memory.bytes()};
    for (int i = 1; i <= 50; ++i) {
        EXPECT_TRUE(transmitter.transmit(i, count_up(64)));
    }
    const auto ignore = [](std::int32_t, ConstBytes) { FAIL(); };
    EXPECT_EQ(receiver.receive(ignore), Outcome::lapped);
    EXPECT_EQ(receiver.times_lapped(), 1);
    std::int32_t seen = 0;
    EXPECT_EQ(receiver.receive([&seen](std::int32_t type, ConstBytes) { seen = type; }),
              Outcome::message);
    EXPECT_EQ(seen, 50);
}

TEST_F(BroadcastFixture, drops_a_copy_that_was_overwritten_meanwhile) {
    BroadcastReceiver receiver{memory.bytes()};
    EXPECT_TRUE(transmitter.transmit(1, count_up(8)));
    trailer().tail_intent.store_release(1024);   // the transmitter is at it again
    EXPECT_EQ(receiver.receive([](std::int32_t, ConstBytes) { FAIL(); }), Outcome::lapped);
}

TEST_F(BroadcastFixture, garbage_in_the_buffer_is_lost_track_of_and_nothing_worse) {
    for (const std::int32_t length : {0, -5, 7, 2000, 1 << 30}) {
        BroadcastReceiver receiver{memory.bytes()};
        const std::int64_t at = trailer().tail.load_acquire();
        EXPECT_TRUE(transmitter.transmit(1, count_up(8)));
        store_plain(memory.at(static_cast<std::size_t>(at)), length);
        while (receiver.receive([](std::int32_t, ConstBytes) {}) == Outcome::message) {
        }
        EXPECT_GE(receiver.times_lapped(), 1) << length;
    }
}

TEST_F(BroadcastFixture, wraps_counters_that_somebody_has_written_over) {
    // Found by fuzz/broadcast_fuzz.cpp.
    trailer().tail.store_release(std::numeric_limits<std::int64_t>::max());
    BroadcastTransmitter late{memory.bytes()};
    EXPECT_TRUE(late.transmit(1, count_up(16)));
    EXPECT_LT(trailer().tail.load_acquire(), 0);
}

TEST_F(BroadcastFixture, refuses_what_does_not_fit) {
    EXPECT_FALSE(transmitter.transmit(1, count_up(129)));
    EXPECT_FALSE(transmitter.transmit(0, {}));
    EXPECT_EQ(counters(), (std::vector<std::int64_t>{0, 0, 0}));
}

}  // namespace
}  // namespace tern

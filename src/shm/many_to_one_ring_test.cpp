#include "tern/shm/many_to_one_ring.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "tern/shm/testing/memory.hpp"

namespace tern {
namespace {

using testing::count_up;
using testing::hex;
using testing::Memory;

struct RingFixture : ::testing::Test {
    Memory        memory{1024 + 768};
    ManyToOneRing ring{memory.bytes()};

    RingTrailer& trailer() { return *reinterpret_cast<RingTrailer*>(memory.at(1024)); }
    std::string bytes(std::size_t offset, std::size_t length) {
        return hex(memory.bytes().subspan(offset, length));
    }
    void start_at(std::int64_t position) {
        trailer().tail->store_release(position);
        trailer().head->store_release(position);
        trailer().head_cache->store_release(position);
    }
    int read_all() {
        return ring.read([](std::int32_t, ConstBytes) {}).messages;
    }
};

TEST_F(RingFixture, vector_4_10_A_write_claim_and_abort) {
    EXPECT_EQ(ring.max_payload_length(), 128);
    EXPECT_EQ(ring.write(7, count_up(5)), RingResult::ok);
    EXPECT_EQ(ring.try_claim(8, 12).offset, 24);
    const auto aborted = ring.try_claim(9, 4);
    EXPECT_EQ(aborted.offset, 48);
    EXPECT_TRUE(ring.abort(aborted.offset));
    EXPECT_EQ(bytes(0, 16), "0d 00 00 00 07 00 00 00 01 02 03 04 05 00 00 00");
    EXPECT_EQ(bytes(16, 16), "ec ff ff ff 08 00 00 00 00 00 00 00 00 00 00 00");
    EXPECT_EQ(bytes(32, 16), "00 00 00 00 00 00 00 00 0c 00 00 00 ff ff ff ff");
    EXPECT_EQ(ring.producer_position(), 56);
    EXPECT_EQ(ring.consumer_position(), 0);
}

TEST_F(RingFixture, vector_4_10_B_read_and_unblock) {
    EXPECT_EQ(ring.write(7, count_up(5)), RingResult::ok);
    EXPECT_TRUE(ring.try_claim(8, 12));
    EXPECT_TRUE(ring.abort(ring.try_claim(9, 4).offset));

    std::vector<std::int32_t> types;
    ring.read([&types](std::int32_t type, ConstBytes payload) {
        types.push_back(type);
        EXPECT_EQ(payload.size(), 5U);
    });
    EXPECT_EQ(types, std::vector<std::int32_t>{7});
    EXPECT_EQ(bytes(0, 16), "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
    EXPECT_EQ(ring.consumer_position(), 16);
    EXPECT_TRUE(ring.unblock(ring.producer_position()));
    EXPECT_EQ(bytes(16, 8), "14 00 00 00 ff ff ff ff");
    EXPECT_EQ(read_all(), 0);
    EXPECT_EQ(ring.consumer_position(), 56);
}

TEST_F(RingFixture, vector_4_10_C_pads_to_the_end) {
    start_at(968);
    EXPECT_EQ(ring.write(5, count_up(100)), RingResult::ok);
    EXPECT_EQ(bytes(968, 8), "38 00 00 00 ff ff ff ff");
    EXPECT_EQ(bytes(0, 8), "6c 00 00 00 05 00 00 00");
    EXPECT_EQ(ring.producer_position(), 1136);
}

TEST_F(RingFixture, refuses_types_below_1_and_payloads_above_the_maximum) {
    EXPECT_EQ(ring.write(0, {}), RingResult::invalid);
    EXPECT_EQ(ring.write(-1, {}), RingResult::invalid);
    EXPECT_EQ(ring.write(1, count_up(129)), RingResult::invalid);
    EXPECT_EQ(ring.write(1, count_up(128)), RingResult::ok);
}

TEST_F(RingFixture, is_full_when_the_consumer_is_a_capacity_behind) {
    while (ring.write(1, count_up(128)) == RingResult::ok) {
    }
    EXPECT_EQ(ring.write(1, count_up(128)), RingResult::full);
    EXPECT_EQ(ring.size(), 952);
    EXPECT_EQ(read_all(), 7);
    EXPECT_EQ(ring.write(1, count_up(128)), RingResult::ok);
    EXPECT_EQ(read_all(), 0);   // a padding record was read, the message lies at the front
    EXPECT_EQ(read_all(), 1);
}

TEST_F(RingFixture, commits_and_aborts_a_claim_once_only) {
    const auto claim = ring.try_claim(3, 8);
    EXPECT_TRUE(ring.commit(claim.offset));
    EXPECT_FALSE(ring.commit(claim.offset));
    EXPECT_FALSE(ring.abort(claim.offset));
    EXPECT_FALSE(ring.commit(0));
    EXPECT_FALSE(ring.commit(1024 + 8));
}

TEST_F(RingFixture, stops_at_a_claim_and_goes_on_after_its_commit) {
    const auto claim = ring.try_claim(3, 8);
    EXPECT_EQ(ring.write(4, {}), RingResult::ok);
    EXPECT_EQ(read_all(), 0);
    ring.commit(claim.offset);
    EXPECT_EQ(read_all(), 2);
}

TEST_F(RingFixture, unblocks_a_claim_at_index_0_that_died_before_its_first_store) {
    trailer().tail->store_release(24);
    EXPECT_EQ(ring.write(4, {}), RingResult::ok);
    EXPECT_TRUE(ring.unblock(ring.producer_position()));
    EXPECT_EQ(bytes(0, 8), "18 00 00 00 ff ff ff ff");
    EXPECT_EQ(read_all(), 1);
}

TEST_F(RingFixture, unblocks_a_dead_claim_with_nothing_behind_it) {
    trailer().tail->store_release(24);
    EXPECT_TRUE(ring.unblock(24));
    EXPECT_EQ(bytes(0, 8), "18 00 00 00 ff ff ff ff");
    EXPECT_EQ(read_all(), 0);
    EXPECT_EQ(ring.size(), 0);
}

TEST_F(RingFixture, leaves_claims_alone_that_are_younger_than_the_blocked_one) {
    trailer().tail->store_release(24);   // dead
    trailer().tail->store_release(40);   // somebody else has just claimed 16 more
    EXPECT_EQ(ring.write(4, {}), RingResult::ok);
    EXPECT_TRUE(ring.unblock(24));
    EXPECT_EQ(bytes(0, 8), "18 00 00 00 ff ff ff ff");
    EXPECT_EQ(read_all(), 0);
    EXPECT_EQ(ring.consumer_position(), 24);
    EXPECT_FALSE(ring.unblock(24));
}

TEST_F(RingFixture, unblocks_dead_claims_on_both_sides_of_the_end) {
    start_at(1000);
    trailer().tail->store_release(1024 + 16);   // padding to the end and a record, both unwritten
    EXPECT_EQ(ring.write(4, {}), RingResult::ok);
    EXPECT_TRUE(ring.unblock(1024 + 16));
    EXPECT_EQ(bytes(1000, 8), "18 00 00 00 ff ff ff ff");
    EXPECT_EQ(read_all(), 0);
    EXPECT_TRUE(ring.unblock(1024 + 16));
    EXPECT_EQ(bytes(0, 8), "10 00 00 00 ff ff ff ff");
    EXPECT_EQ(read_all(), 1);
}

TEST_F(RingFixture, skips_what_was_claimed_behind_a_length_that_cannot_be) {
    for (const std::int32_t garbage : {1, 7, 4096, std::numeric_limits<std::int32_t>::max()}) {
        EXPECT_EQ(ring.write(4, count_up(8)), RingResult::ok);
        const auto index = static_cast<std::size_t>(ring.consumer_position() & 1023);
        store_plain(memory.at(index), garbage);
        EXPECT_EQ(ring.write(5, count_up(8)), RingResult::ok);
        const auto outcome = ring.read([](std::int32_t, ConstBytes) {});
        EXPECT_TRUE(outcome.damaged) << garbage;
        EXPECT_EQ(outcome.messages, 0);
        EXPECT_EQ(ring.consumer_position(), ring.producer_position());
        EXPECT_EQ(bytes(index, 8), "00 00 00 00 00 00 00 00");
    }
}

// Any client may write anything into the trailer: the consumer stays inside the data area.
TEST_F(RingFixture, survives_positions_that_are_garbage) {
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
    for (const std::int64_t tail : {kMost, kMost - 7, kLeast, std::int64_t{-1}, std::int64_t{3}}) {
        for (const std::int64_t head : {kMost, kMost - 7, kLeast, std::int64_t{-8},
                                        std::int64_t{1021}, std::int64_t{0}}) {
            trailer().tail->store_release(tail);
            trailer().head->store_release(head);
            trailer().head_cache->store_release(head);
            store_plain(memory.at(0), std::int32_t{24});
            store_plain(memory.at(1016), std::int32_t{16});
            read_all();
            ring.unblock(tail);
            ring.unblock(kMost);
            EXPECT_GE(ring.size(), 0);
            EXPECT_LE(ring.size(), 1024);
            EXPECT_EQ(bytes(1024, 8), "00 00 00 00 00 00 00 00");
            ring.write(1, count_up(8));   // whatever becomes of it, inside the data area
            EXPECT_EQ(bytes(1024, 8), "00 00 00 00 00 00 00 00");
        }
    }
}

TEST_F(RingFixture, a_tail_between_two_records_is_full_to_producers) {
    trailer().tail->store_release(12);
    EXPECT_EQ(ring.write(1, {}), RingResult::full);
    EXPECT_EQ(bytes(0, 32), hex(Memory{32}.bytes()));
}

TEST_F(RingFixture, controlled_read_leaves_an_aborted_message) {
    EXPECT_EQ(ring.write(1, count_up(8)), RingResult::ok);
    EXPECT_EQ(ring.write(2, count_up(8)), RingResult::ok);
    std::vector<std::int32_t> types;
    const auto once = [&types](RingAction action) {
        return [&types, action](std::int32_t type, ConstBytes) {
            types.push_back(type);
            return action;
        };
    };
    EXPECT_EQ(ring.controlled_read(once(RingAction::abort)).messages, 0);
    EXPECT_EQ(ring.consumer_position(), 0);
    EXPECT_EQ(ring.controlled_read(once(RingAction::stop)).messages, 1);
    EXPECT_EQ(ring.consumer_position(), 16);
    EXPECT_EQ(ring.controlled_read(once(RingAction::commit)).messages, 1);
    EXPECT_EQ(ring.consumer_position(), 32);
    EXPECT_EQ(types, (std::vector<std::int32_t>{1, 1, 2}));
}

TEST_F(RingFixture, a_throwing_handler_consumes_what_it_saw) {
    EXPECT_EQ(ring.write(1, count_up(8)), RingResult::ok);
    EXPECT_THROW(ring.read([](std::int32_t, ConstBytes) { throw 1; }), int);
    EXPECT_EQ(ring.consumer_position(), 16);
}

TEST_F(RingFixture, correlation_ids_count_up_from_0) {
    EXPECT_EQ(ring.next_correlation_id(), 0);
    EXPECT_EQ(ring.next_correlation_id(), 1);
}

TEST(ManyToOneRing, knows_which_lengths_are_a_ring) {
    EXPECT_TRUE(ManyToOneRing::is_valid_length(768 + 8));
    EXPECT_TRUE(ManyToOneRing::is_valid_length(768 + (1 << 30)));
    for (const std::int64_t bad : {0L, 768L, 768L + 4, 768L + 24, -768L, 768L + (1L << 31)}) {
        EXPECT_FALSE(ManyToOneRing::is_valid_length(bad)) << bad;
    }
}

}  // namespace
}  // namespace tern

#include "tern/base/hand_over.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace tern {
namespace {

using Owned = std::unique_ptr<std::uint64_t>;

TEST(HandOver, gives_back_in_order_what_was_put) {
    HandOver<int> hand_over{4};
    EXPECT_TRUE(hand_over.is_empty());
    hand_over.put(1);
    hand_over.put(2);
    EXPECT_FALSE(hand_over.is_empty());
    EXPECT_EQ(hand_over.take(), 1);
    EXPECT_EQ(hand_over.take(), 2);
    EXPECT_EQ(hand_over.take(), std::nullopt);
}

TEST(HandOver, keeps_what_finds_no_room_until_flushed) {
    HandOver<int> hand_over{2};
    for (int value : {1, 2, 3, 4, 5}) hand_over.put(value);
    EXPECT_EQ(hand_over.waiting(), 3u);
    EXPECT_EQ(hand_over.flush(), 0);
    EXPECT_EQ(hand_over.take(), 1);
    EXPECT_EQ(hand_over.flush(), 1);
    EXPECT_EQ(hand_over.waiting(), 2u);
    EXPECT_EQ(hand_over.take(), 2);
    EXPECT_EQ(hand_over.take(), 3);
    EXPECT_EQ(hand_over.take(), std::nullopt);
    EXPECT_EQ(hand_over.flush(), 2);
    EXPECT_EQ(hand_over.waiting(), 0u);
    EXPECT_EQ(hand_over.take(), 4);
    EXPECT_EQ(hand_over.take(), 5);
}

TEST(HandOver, lets_nothing_overtake_what_waits) {
    HandOver<int> hand_over{1};
    hand_over.put(1);
    hand_over.put(2);
    EXPECT_EQ(hand_over.take(), 1);
    hand_over.put(3);  // there is room for it, but 2 comes first
    EXPECT_EQ(hand_over.waiting(), 2u);
    EXPECT_EQ(hand_over.take(), std::nullopt);
    EXPECT_EQ(hand_over.flush(), 1);
    EXPECT_EQ(hand_over.take(), 2);
    EXPECT_EQ(hand_over.flush(), 1);
    EXPECT_EQ(hand_over.take(), 3);
}

TEST(HandOver, leaves_out_what_may_be_where_there_is_no_room_or_something_waits) {
    HandOver<int> hand_over{1};
    EXPECT_TRUE(hand_over.put_if_room(1));
    EXPECT_FALSE(hand_over.put_if_room(2));
    EXPECT_EQ(hand_over.waiting(), 0u);
    hand_over.put(3);
    EXPECT_EQ(hand_over.take(), 1);
    EXPECT_FALSE(hand_over.put_if_room(4));  // 3 comes first
    EXPECT_EQ(hand_over.flush(), 1);
    EXPECT_EQ(hand_over.take(), 3);
    EXPECT_EQ(hand_over.take(), std::nullopt);
}

/// A producer that goes on whether the consumer follows or not, as an agent does.
TEST(HandOverStress, a_million_items_arrive_once_and_in_order) {
    constexpr std::uint64_t kItems = 1'000'000;
    HandOver<Owned> hand_over{64};
    std::jthread producer{[&hand_over] {
        for (std::uint64_t i = 0; i < kItems; ++i) {
            hand_over.flush();
            hand_over.put(std::make_unique<std::uint64_t>(i));
            if (hand_over.waiting() > 10'000) std::this_thread::yield();
        }
        while (hand_over.waiting() > 0) {
            if (hand_over.flush() == 0) std::this_thread::yield();
        }
    }};
    for (std::uint64_t next = 0; next < kItems;) {
        const auto item = hand_over.take();
        if (!item) {
            std::this_thread::yield();
            continue;
        }
        ASSERT_NE(*item, nullptr);
        ASSERT_EQ(**item, next);
        ++next;
    }
    EXPECT_TRUE(hand_over.is_empty());
}

}  // namespace
}  // namespace tern

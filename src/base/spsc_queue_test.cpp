#include "tern/base/spsc_queue.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace tern {
namespace {

/// Cannot be copied, and tells when it is destroyed.
using Owned = std::unique_ptr<std::uint64_t>;

TEST(SpscQueue, gives_back_in_order_what_was_put) {
    SpscQueue<int> queue{4};
    EXPECT_TRUE(queue.is_empty());
    for (int value : {1, 2, 3}) EXPECT_TRUE(queue.put(value));
    EXPECT_FALSE(queue.is_empty());
    EXPECT_EQ(queue.take(), 1);
    EXPECT_EQ(queue.take(), 2);
    EXPECT_EQ(queue.take(), 3);
    EXPECT_EQ(queue.take(), std::nullopt);
    EXPECT_TRUE(queue.is_empty());
}

TEST(SpscQueue, refuses_what_finds_no_room_and_leaves_it_untouched) {
    SpscQueue<Owned> queue{2};
    Owned values[] = {std::make_unique<std::uint64_t>(1), std::make_unique<std::uint64_t>(2),
                      std::make_unique<std::uint64_t>(3)};
    EXPECT_TRUE(queue.put(values[0]));
    EXPECT_TRUE(queue.put(values[1]));
    EXPECT_EQ(values[1], nullptr);
    EXPECT_FALSE(queue.put(values[2]));
    ASSERT_NE(values[2], nullptr);
    EXPECT_EQ(*values[2], 3u);

    EXPECT_EQ(**queue.take(), 1u);
    EXPECT_TRUE(queue.put(values[2]));
    EXPECT_EQ(**queue.take(), 2u);
    EXPECT_EQ(**queue.take(), 3u);
}

TEST(SpscQueue, goes_round_a_queue_of_one) {
    SpscQueue<int> queue{1};
    for (int round = 0; round < 10; ++round) {
        int value = round;
        int other = -1;
        EXPECT_TRUE(queue.put(value));
        EXPECT_FALSE(queue.put(other));
        EXPECT_EQ(queue.take(), round);
        EXPECT_EQ(queue.take(), std::nullopt);
    }
}

TEST(SpscQueue, keeps_nothing_of_what_was_taken) {
    SpscQueue<std::shared_ptr<int>> queue{4};
    const auto watched = std::make_shared<int>(1);
    std::shared_ptr<int> put = watched;
    ASSERT_TRUE(queue.put(put));
    EXPECT_EQ(watched.use_count(), 2);
    queue.take();
    EXPECT_EQ(watched.use_count(), 1);
}

TEST(SpscQueue, destroys_what_was_not_taken) {
    const auto watched = std::make_shared<int>(1);
    {
        SpscQueue<std::shared_ptr<int>> queue{4};
        std::shared_ptr<int> put = watched;
        ASSERT_TRUE(queue.put(put));
    }
    EXPECT_EQ(watched.use_count(), 1);
}

TEST(SpscQueueStress, a_million_items_arrive_once_and_in_order) {
    constexpr std::uint64_t kItems = 1'000'000;
    SpscQueue<Owned> queue{64};
    std::jthread producer{[&queue] {
        for (std::uint64_t i = 0; i < kItems; ++i) {
            Owned item = std::make_unique<std::uint64_t>(i);
            while (!queue.put(item)) std::this_thread::yield();
        }
    }};
    for (std::uint64_t next = 0; next < kItems;) {
        const auto item = queue.take();
        if (!item) {
            std::this_thread::yield();
            continue;
        }
        ASSERT_NE(*item, nullptr);
        ASSERT_EQ(**item, next);
        ++next;
    }
    EXPECT_TRUE(queue.is_empty());
}

}  // namespace
}  // namespace tern

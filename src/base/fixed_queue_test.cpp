#include "tern/base/fixed_queue.hpp"

#include <gtest/gtest.h>

namespace tern {
namespace {

TEST(FixedQueue, gives_values_in_their_order_however_often_it_wraps) {
    FixedQueue<int> queue(3);
    int put = 0;
    int taken = 0;
    for (int round = 0; round < 10; ++round) {
        while (!queue.is_full()) queue.push_back(put++);
        EXPECT_EQ(queue.size(), 3U);
        EXPECT_EQ(queue.back(), put - 1);
        for (int i = 0; i < 2; ++i) {
            EXPECT_EQ(queue.front(), taken++);
            queue.pop_front();
        }
    }
    EXPECT_EQ(queue.size(), 1U);
}

TEST(FixedQueue, gives_the_latest_back_too) {
    FixedQueue<int> queue(2);
    EXPECT_TRUE(queue.is_empty());
    queue.push_back(1);
    queue.push_back(2);
    queue.pop_back();
    EXPECT_EQ(queue.back(), 1);
    queue.push_back(3);
    queue.pop_front();
    EXPECT_EQ(queue.front(), 3);
    queue.pop_back();
    EXPECT_TRUE(queue.is_empty());
}

}  // namespace
}  // namespace tern

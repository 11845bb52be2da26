#include "tern/base/dense_map.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tern/base/random.hpp"

namespace tern {
namespace {

TEST(DenseMap, finds_what_was_added_and_not_what_was_removed) {
    DenseMap<std::int64_t, int> map;
    EXPECT_TRUE(map.add(-1, 10));
    EXPECT_TRUE(map.add(7, 70));
    EXPECT_FALSE(map.add(7, 71));
    ASSERT_NE(map.find(7), nullptr);
    EXPECT_EQ(*map.find(7), 70);
    EXPECT_TRUE(map.remove(7));
    EXPECT_FALSE(map.remove(7));
    EXPECT_EQ(map.find(7), nullptr);
    EXPECT_EQ(*map.find(-1), 10);
}

TEST(DenseMap, behaves_as_a_map_does_through_many_changes) {
    SeededRandom random(7);
    DenseMap<std::int64_t, std::int64_t> map;
    std::map<std::int64_t, std::int64_t> model;
    for (int i = 0; i < 50'000; ++i) {
        const auto draw = static_cast<std::uint64_t>(random.next());
        const auto key = static_cast<std::int64_t>(draw % 300) - 150;
        if (draw >> 40 & 1) {
            EXPECT_EQ(map.add(key, i), model.emplace(key, i).second);
        } else {
            EXPECT_EQ(map.remove(key), model.erase(key) == 1);
        }
        ASSERT_EQ(map.size(), model.size());
    }
    for (const auto& [key, value] : model) ASSERT_EQ(*map.find(key), value);
}

TEST(DenseMap, removes_all_that_a_predicate_names) {
    DenseMap<std::int32_t, int> map;
    for (int i = 0; i < 1000; ++i) map.add(i * 64, i);
    EXPECT_EQ(map.remove_if([](const auto& entry) { return entry.value % 3 == 0; }), 334U);
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(map.find(i * 64) != nullptr, i % 3 != 0);
}

}  // namespace
}  // namespace tern

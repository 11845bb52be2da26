#include "tern/base/coverage_mark.hpp"

#include <gtest/gtest.h>

namespace tern {
namespace {

void take(bool rare_path) {
    if (rare_path) TERN_MARK(coverage_mark_test_rare);
}

template <typename T>
T twice(T value) {
    if (value > 100) TERN_MARK(coverage_mark_test_in_template);
    return value + value;
}

int listed(std::string_view name) {
    int times = 0;
    CoverageMark::for_each([&](const CoverageMark& mark) { times += mark.name() == name ? 1 : 0; });
    return times;
}

TEST(CoverageMark, is_listed_before_it_is_reached) {
    CoverageMark::forget_all();
    EXPECT_EQ(listed("coverage_mark_test_rare"), 1);
    EXPECT_FALSE(CoverageMark::was_reached("coverage_mark_test_rare"));
    take(false);
    EXPECT_FALSE(CoverageMark::was_reached("coverage_mark_test_rare"));
    take(true);
    EXPECT_TRUE(CoverageMark::was_reached("coverage_mark_test_rare"));
    CoverageMark::forget_all();
    EXPECT_FALSE(CoverageMark::was_reached("coverage_mark_test_rare"));
}

TEST(CoverageMark, is_one_for_all_instances_of_a_template) {
    CoverageMark::forget_all();
    EXPECT_EQ(listed("coverage_mark_test_in_template"), 1);
    EXPECT_EQ(twice(1), 2);
    EXPECT_EQ(twice(1L), 2L);
    EXPECT_FALSE(CoverageMark::was_reached("coverage_mark_test_in_template"));
    EXPECT_EQ(twice(101L), 202L);
    EXPECT_TRUE(CoverageMark::was_reached("coverage_mark_test_in_template"));
}

TEST(CoverageMark, knows_no_name_that_nobody_wrote) {
    EXPECT_EQ(listed("coverage_mark_test_nowhere"), 0);
    EXPECT_FALSE(CoverageMark::was_reached("coverage_mark_test_nowhere"));
}

}  // namespace
}  // namespace tern

#include "tern/cli/output.hpp"

#include <gtest/gtest.h>

namespace tern::cli {
namespace {

TEST(Output, groups_digits) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1000), "1,000");
    EXPECT_EQ(grouped(-999), "-999");
    EXPECT_EQ(grouped(-1234567), "-1,234,567");
    EXPECT_EQ(grouped(INT64_MIN), "-9,223,372,036,854,775,808");
}

TEST(Output, gives_durations_a_unit) {
    EXPECT_EQ(duration_text(Nanos{0}), "0 ns");
    EXPECT_EQ(duration_text(Nanos{999}), "999 ns");
    EXPECT_EQ(duration_text(Nanos{1'234}), "1.234 us");
    EXPECT_EQ(duration_text(Nanos{123'456'789}), "123.5 ms");
    EXPECT_EQ(duration_text(std::chrono::seconds{90}), "90.00 s");
}

TEST(Output, gives_bytes_a_unit) {
    EXPECT_EQ(bytes_text(0), "0 B");
    EXPECT_EQ(bytes_text(999), "999 B");
    EXPECT_EQ(bytes_text(1'500), "1.500 kB");
    EXPECT_EQ(bytes_text(2.5e9), "2.500 GB");
    EXPECT_EQ(bytes_text(2.5e15), "2500 TB");
}

TEST(Output, shows_control_characters_instead_of_obeying_them) {
    EXPECT_EQ(printable("two\n\tlines, gr\xc3\xbc\xc3\x9f"), "two\n\tlines, gr\xc3\xbc\xc3\x9f");
    EXPECT_EQ(printable("\x1b[2J\r\x7f"), "\\x1b[2J\\x0d\\x7f");
    EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(Output, names_percentiles_the_same_way_everywhere) {
    Histogram histogram;
    for (int value = 1; value <= 1000; ++value) histogram.record(Nanos{value});
    const Json json = percentiles_json(histogram);
    EXPECT_EQ(json["count"], 1000);
    EXPECT_EQ(json["p50_ns"], 500);
    EXPECT_EQ(json["p99_9_ns"], 999);
    EXPECT_EQ(json["max_ns"], 1000);
    EXPECT_NE(percentiles_table(histogram).find("990 ns"), std::string::npos);
}

}  // namespace
}  // namespace tern::cli

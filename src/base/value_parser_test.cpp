#include "tern/base/value_parser.hpp"

#include <gtest/gtest.h>

namespace tern {
namespace {

TEST(ParseSize, takes_digits_and_one_suffix_in_any_case) {
    EXPECT_EQ(parse_size("0"), 0u);
    EXPECT_EQ(parse_size("1408"), 1408u);
    EXPECT_EQ(parse_size("64k"), 65536u);
    EXPECT_EQ(parse_size("16M"), 16777216u);
    EXPECT_EQ(parse_size("1g"), 1073741824u);
}

TEST(ParseSize, refuses_what_the_grammar_does_not_have) {
    for (auto text : {"", "k", "-1", "+1", " 1", "1 ", "64kb", "1.5k", "0x10", "64kk"}) {
        EXPECT_EQ(parse_size(text), std::nullopt) << text;
    }
}

TEST(ParseSize, ends_at_the_largest_signed_number_with_every_suffix) {
    EXPECT_EQ(parse_size("9223372036854775807"), 9223372036854775807u);
    EXPECT_EQ(parse_size("9223372036854775808"), std::nullopt);
    EXPECT_EQ(parse_size("9007199254740991k"), 9007199254740991u * 1024);
    EXPECT_EQ(parse_size("9007199254740992k"), std::nullopt);
    EXPECT_EQ(parse_size("8796093022207m"), 8796093022207u << 20);
    EXPECT_EQ(parse_size("8796093022208m"), std::nullopt);
    EXPECT_EQ(parse_size("8589934591g"), 8589934591u << 30);
    EXPECT_EQ(parse_size("8589934592g"), std::nullopt);
    EXPECT_EQ(parse_size("99999999999999999999999"), std::nullopt);
}

TEST(ParseDuration, takes_a_unit_in_any_case_and_nanoseconds_without_one) {
    EXPECT_EQ(parse_duration("500"), Nanos{500});
    EXPECT_EQ(parse_duration("500ns"), Nanos{500});
    EXPECT_EQ(parse_duration("7Us"), Nanos{7'000});
    EXPECT_EQ(parse_duration("20MS"), Nanos{20'000'000});
    EXPECT_EQ(parse_duration("30s"), Nanos{30'000'000'000});
}

TEST(ParseDuration, refuses_what_the_grammar_does_not_have) {
    for (auto text : {"", "s", "-1s", "1.5s", "5m", "5mx", "5msx", "1 s", "1sec", "0x5"}) {
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
    }
}

TEST(ParseDuration, saturates) {
    EXPECT_EQ(parse_duration("9223372036s"), Nanos{9'223'372'036'000'000'000});
    EXPECT_EQ(parse_duration("9223372037s"), Nanos::max());
    EXPECT_EQ(parse_duration("9223372036855ms"), Nanos::max());
    EXPECT_EQ(parse_duration("99999999999999999999999"), Nanos::max());
}

TEST(ParseInt, knows_three_bases_and_wants_the_whole_text) {
    EXPECT_EQ(parse_int64("-1"), -1);
    EXPECT_EQ(parse_int64("+12"), 12);
    EXPECT_EQ(parse_int64("0x1F"), 31);
    EXPECT_EQ(parse_int64("-0x10"), -16);
    EXPECT_EQ(parse_int64("017"), 15);
    EXPECT_EQ(parse_int64("-9223372036854775808"), INT64_MIN);
    EXPECT_EQ(parse_int64("9223372036854775807"), INT64_MAX);
    for (auto text :
         {"", "-", "2x", "08", "0x", "9223372036854775808", "-9223372036854775809", "--1", " 1"}) {
        EXPECT_EQ(parse_int64(text), std::nullopt) << text;
    }
    EXPECT_EQ(parse_int32("2147483647"), INT32_MAX);
    EXPECT_EQ(parse_int32("2147483648"), std::nullopt);
    EXPECT_EQ(parse_int32("-2147483648"), INT32_MIN);
    EXPECT_EQ(parse_int32("-2147483649"), std::nullopt);
}

TEST(ParseLeadingUint64, ignores_what_follows_the_number) {
    EXPECT_EQ(parse_leading_uint64("10s"), 10u);
    EXPECT_EQ(parse_leading_uint64("0x10z"), 16u);
    EXPECT_EQ(parse_leading_uint64("0xz"), 0u);
    EXPECT_EQ(parse_leading_uint64("s10"), std::nullopt);
    EXPECT_EQ(parse_leading_uint64("-1"), std::nullopt);
}

TEST(ParseBool, looks_at_how_the_text_begins) {
    EXPECT_EQ(parse_bool_prefix("true"), true);
    EXPECT_EQ(parse_bool_prefix("1"), true);
    EXPECT_EQ(parse_bool_prefix("on!"), true);
    EXPECT_EQ(parse_bool_prefix("0"), false);
    EXPECT_EQ(parse_bool_prefix("off"), false);
    EXPECT_EQ(parse_bool_prefix("falsehood"), false);
    EXPECT_EQ(parse_bool_prefix("no"), std::nullopt);
    EXPECT_EQ(parse_bool_prefix("FALSE"), std::nullopt);
    EXPECT_EQ(parse_bool_prefix(""), std::nullopt);
}

TEST(ParseSize, reads_golden_vectors_22_2_of_channel_uri) {
    EXPECT_EQ(parse_size("0"), 0u);
    EXPECT_EQ(parse_size("1024"), 1024u);
    EXPECT_EQ(parse_size("4k"), 4096u);
    EXPECT_EQ(parse_size("4K"), 4096u);
    EXPECT_EQ(parse_size("16m"), 16777216u);
    EXPECT_EQ(parse_size("1g"), 1073741824u);
    EXPECT_EQ(parse_size("8589934591g"), 9223372035781033984u);
    for (auto text : {"8589934592g", "", "k", "-1", "1t"}) {
        EXPECT_EQ(parse_size(text), std::nullopt) << text;
    }
}

TEST(ParseDuration, reads_golden_vectors_22_3_of_channel_uri) {
    EXPECT_EQ(parse_duration("5"), Nanos{5});
    EXPECT_EQ(parse_duration("5ns"), Nanos{5});
    EXPECT_EQ(parse_duration("5us"), Nanos{5000});
    EXPECT_EQ(parse_duration("5MS"), Nanos{5000000});
    EXPECT_EQ(parse_duration("5s"), Nanos{5000000000});
    EXPECT_EQ(parse_duration("9223372036s"), Nanos{9223372036000000000});
    EXPECT_EQ(parse_duration("9223372037s"), Nanos{9223372036854775807});
    for (auto text : {"5h", "-1s", "s"}) EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(FormatSize, takes_the_largest_unit_that_divides) {
    EXPECT_EQ(format_size(65536), "64k");
    EXPECT_EQ(format_size(16777216), "16m");
    EXPECT_EQ(format_size(1073741824), "1g");
    EXPECT_EQ(format_size(1408), "1408");
    EXPECT_EQ(format_size(1536), "1536");
    EXPECT_EQ(format_size(1048577), "1048577");
    EXPECT_EQ(format_size(0), "0");
}

TEST(FormatDuration, takes_the_largest_unit_that_divides) {
    EXPECT_EQ(format_duration(Nanos{5000000000}), "5s");
    EXPECT_EQ(format_duration(Nanos{1500000000}), "1500ms");
    EXPECT_EQ(format_duration(Nanos{200000000}), "200ms");
    EXPECT_EQ(format_duration(Nanos{1000}), "1us");
    EXPECT_EQ(format_duration(Nanos{12345}), "12345ns");
    EXPECT_EQ(format_duration(Nanos{0}), "0ns");
}

}  // namespace
}  // namespace tern

#include "tern/driver/config/properties.hpp"

#include <gtest/gtest.h>

namespace tern::driver {
namespace {

std::vector<std::pair<std::string, std::string>> pairs(std::string_view text) {
    auto properties = parse_properties(text, "x.properties");
    std::vector<std::pair<std::string, std::string>> found;
    if (!properties) return {{"error", properties.error().text}};
    for (const Property& property : *properties) found.emplace_back(property.name, property.value);
    return found;
}

std::string fault(std::string_view text) {
    auto properties = parse_properties(text, "x.properties");
    return properties ? "accepted" : properties.error().text;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

// driver-config.md 21.3
TEST(Properties, reads_the_text_of_the_specification) {
    EXPECT_EQ(pairs("# comment\n"
                    "aeron.dir = /dev/shm/x\n"
                    "aeron.term.buffer.length:64k\n"
                    "  aeron.event.log=FRAME_IN,\\\n"
                    "      FRAME_OUT\n"
                    "aeron.mtu.length=\n"),
              (Pairs{{"aeron.dir", "/dev/shm/x"},
                     {"aeron.term.buffer.length", "64k"},
                     {"aeron.event.log", "FRAME_IN,FRAME_OUT"},
                     {"aeron.mtu.length", ""}}));
}

TEST(Properties, skips_empty_lines_and_comments_also_within_a_continuation) {
    EXPECT_EQ(pairs("\n   \t\n! old\na=1\\\n# between\n\n  2\n"), (Pairs{{"a", "12"}}));
}

TEST(Properties, takes_a_carriage_return_off_and_leaves_trailing_blanks) {
    EXPECT_EQ(pairs("a=1\r\nb = x y \n"), (Pairs{{"a", "1"}, {"b", "x y "}}));
}

TEST(Properties, splits_at_the_first_separator) {
    EXPECT_EQ(pairs("a:b=c\nd = e:f\n"), (Pairs{{"a", "b=c"}, {"d", "e:f"}}));
}

TEST(Properties, keeps_the_line_where_a_property_begins) {
    auto properties = parse_properties("\na=1\nb=\\\n2\nc=3\n", "x");
    ASSERT_TRUE(properties);
    ASSERT_EQ(properties->size(), 3u);
    EXPECT_EQ((*properties)[0].line, 2);
    EXPECT_EQ((*properties)[1].line, 3);
    EXPECT_EQ((*properties)[2].line, 5);
}

TEST(Properties, names_the_line_that_is_malformed) {
    EXPECT_EQ(fault("a=1\nno separator\n").find("properties file line 2 malformed"), 0u);
    EXPECT_EQ(fault("=1\n").find("properties file line 1 malformed"), 0u);
    EXPECT_EQ(fault("a=\\\n").find("properties file line 1 malformed"), 0u);
}

TEST(Properties, wants_a_line_feed_at_the_end_of_every_line) {
    EXPECT_EQ(
        fault("a=1\nb=2").find("properties file line 2 too long or does not end with newline"), 0u);
}

TEST(Properties, limits_the_length_of_a_line_and_of_a_property) {
    EXPECT_EQ(pairs("a=" + std::string(2044, 'x') + "\n").size(), 1u);
    EXPECT_EQ(fault("a=" + std::string(2046, 'x') + "\n").find("properties file line 1 too long"),
              0u);
    const std::string half(1500, 'x');
    EXPECT_EQ(fault("a=" + half + "\\\n" + half + "\n")
                  .find("line length of 3002 too long for parser state"),
              0u);
}

TEST(Define, is_one_property) {
    auto define = parse_define("aeron.dir=/x");
    ASSERT_TRUE(define);
    EXPECT_EQ(define->name, "aeron.dir");
    EXPECT_EQ(define->value, "/x");
    EXPECT_EQ(parse_define("aeron.dir: /x")->value, "/x");
    ASSERT_FALSE(parse_define("aeron.dir"));
    EXPECT_EQ(parse_define("aeron.dir").error().text.find("malformed define: aeron.dir"), 0u);
}

}  // namespace
}  // namespace tern::driver

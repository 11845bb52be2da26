#include "tern/cli/message_printer.hpp"

#include <gtest/gtest.h>

namespace tern::cli {
namespace {

TEST(HexDump, shows_sixteen_bytes_a_line_and_characters_that_can_be_shown) {
    EXPECT_EQ(hex_dump({}), "");
    EXPECT_EQ(hex_dump(bytes_of("A\n")),
              "  00000000  41 0a                                             A.\n");
    const std::string two = hex_dump(bytes_of("0123456789abcdefg"));
    EXPECT_NE(two.find("\n  00000010  67 "), two.npos) << two;
}

TEST(MessageAsJson, has_text_where_it_is_utf8_and_hexadecimal_digits_where_not) {
    const auto json = [](std::string_view text, bool always_hex) {
        return json_of(
                   Message{
                       .buffer = bytes_of(text), .position = 64, .session_id = -5, .stream_id = 7},
                   always_hex)
            .dump();
    };
    const std::string head = R"({"session_id":-5,"stream_id":7,"position":64,"length":)";
    EXPECT_EQ(json("h\xc3\xa9", false), head + "3,\"text\":\"h\xc3\xa9\"}");
    EXPECT_EQ(json("\xc3", false), head + R"(1,"hex":"c3"})");
    EXPECT_EQ(json("hi", true), head + R"(2,"hex":"6869"})");
    EXPECT_EQ(json("", false), head + R"(0,"text":""})");
}

TEST(MessageAsJson, has_a_reserved_value_where_there_is_one) {
    EXPECT_EQ(json_of(Message{.reserved_value = 9}, false).at("reserved_value"), 9);
    EXPECT_FALSE(json_of(Message{}, false).contains("reserved_value"));
}

}  // namespace
}  // namespace tern::cli

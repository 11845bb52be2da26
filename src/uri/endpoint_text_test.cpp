#include "tern/uri/endpoint_text.hpp"

#include <gtest/gtest.h>

namespace tern::uri {
namespace {

std::string shown(std::string_view text) {
    const Result<EndpointText> parsed = parse_endpoint(text);
    if (!parsed) return parsed.error().text;
    return parsed->host + " " + std::to_string(parsed->port) + (parsed->is_bracketed ? " v6" : "");
}

TEST(EndpointText, splits_host_and_port) {
    EXPECT_EQ(shown("localhost:40456"), "localhost 40456");
    EXPECT_EQ(shown("127.0.0.1:0"), "127.0.0.1 0");
    EXPECT_EQ(shown("[::1]:65535"), "::1 65535 v6");
    EXPECT_EQ(shown("[fe80::1%eth0]:1"), "fe80::1 1 v6");
    EXPECT_EQ(shown(":4040"), " 4040");
    EXPECT_EQ(shown("[::1:4040"), "[::1 4040");   // resolves to nothing later
    EXPECT_EQ(shown("a:0000001"), "a 1");
}

TEST(EndpointText, names_what_is_wrong) {
    EXPECT_EQ(shown(""), "no address value");
    EXPECT_EQ(shown("localhost"), "port invalid: ''");
    EXPECT_EQ(shown("[::1]"), "port invalid: ''");
    EXPECT_EQ(shown("localhost:"), "port invalid: localhost:");
    EXPECT_EQ(shown("[::1]:"), "port invalid: [::1]:");
    EXPECT_EQ(shown("a:00000001"), "port invalid: a:00000001");
    EXPECT_EQ(shown("a:40a"), "port invalid: '40a'");
    EXPECT_EQ(shown("a:-1"), "port invalid: '-1'");
    EXPECT_EQ(shown("a:0x10"), "port invalid: '0x10'");
    EXPECT_EQ(shown("a:65536"), "port out of range: '65536'");
    EXPECT_EQ(shown("::1:4050"), "host address invalid: ::1:4050");
    EXPECT_EQ(shown("a[::1:1"), "host address invalid: a[::1:1");
    EXPECT_EQ(shown("::1]:1"), "host address invalid: ::1]:1");
    EXPECT_EQ(shown("]::1[:1"), "host address invalid: ]::1[:1");
    EXPECT_EQ(shown("[::1]x:1"), "host address invalid: [::1]x:1");
}

TEST(EndpointText, bounds_the_host) {
    EXPECT_EQ(shown(std::string(383, 'a') + ":1"), std::string(383, 'a') + " 1");
    EXPECT_TRUE(shown(std::string(384, 'a') + ":1").starts_with("host address invalid: "));
}

}  // namespace
}  // namespace tern::uri

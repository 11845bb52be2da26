#include "tern/uri/publication_params.hpp"

#include <gtest/gtest.h>

namespace tern::uri {
namespace {

constexpr std::string_view kUdp = "aeron:udp?endpoint=localhost:4040|";

std::optional<TaggedPublication> no_publication(std::int64_t) {
    return std::nullopt;
}

Result<PublicationParams> parse(std::string_view text, const PublicationDefaults& defaults = {}) {
    Result<ChannelUri> channel = parse_publication_channel(text);
    EXPECT_TRUE(channel) << channel.error().text;
    return PublicationParams::parse(*channel, defaults, no_publication);
}

PublicationParams params(std::string_view text, const PublicationDefaults& defaults = {}) {
    Result<PublicationParams> result = parse(text, defaults);
    EXPECT_TRUE(result) << result.error().text;
    return *std::move(result);
}

PublicationParams udp(std::string_view parameters, const PublicationDefaults& defaults = {}) {
    return params(std::string{kUdp} + std::string{parameters}, defaults);
}

std::string fault(std::string_view text, const PublicationDefaults& defaults = {}) {
    Result<PublicationParams> result = parse(text, defaults);
    EXPECT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, ErrorCode::generic_error);
    return result.error().text;
}

std::int64_t position(const PublicationParams& from) {
    return position_of(*from.start, from.term_length);
}

TEST(PublicationParams, read_the_values_that_examples_23_to_151_name) {
    EXPECT_EQ(udp("mtu=1408|mtu=4096").mtu_length, 1408);                          // 23
    EXPECT_EQ(params("aeron:ipc?term-length=64k").term_length, 65536);             // 25
    EXPECT_EQ(params("aeron:ipc?term-length=64K").term_length, 65536);             // 26
    EXPECT_EQ(params("aeron:ipc?linger=5s").linger_timeout, Nanos{5'000'000'000}); // 42
    EXPECT_EQ(params("aeron:ipc?linger=0").linger_timeout, Nanos{0});              // 43
    EXPECT_EQ(params("aeron:ipc?session-id=0x10").session_id, 16);                 // 46
    EXPECT_EQ(udp("pub-wnd=8m").window_length, 8 * 1024 * 1024);                   // 51
    EXPECT_EQ(udp("tags=,7").entity_tag, 7);                                       // 102
    EXPECT_EQ(udp("tags=7,").entity_tag, std::nullopt);                            // 103
    EXPECT_EQ(udp("tags=1,-1").entity_tag, std::nullopt);                          // 107
    const PublicationParams prototype = params(
        "aeron:udp?control-mode=response|control=a:1|response-correlation-id=prototype");   // 145
    EXPECT_EQ(prototype.term_length, 65536);
    EXPECT_EQ(prototype.window_length, 32768);
    EXPECT_EQ(prototype.response_correlation_id, kPrototypeResponse);
    EXPECT_EQ(udp("mtux=4096").mtu_length, 1408);                                  // 150
}

TEST(PublicationParams, compute_the_positions_of_examples_59_60_65_66_and_of_vectors_22_4) {
    const auto start = [](const char* text) {
        return position(params(std::string{"aeron:ipc?"} + text));
    };
    EXPECT_EQ(start("term-length=64k|init-term-id=7|term-id=9|term-offset=64"), 131136);
    EXPECT_EQ(start("term-length=64k|init-term-id=7|term-id=9|term-offset=65536"), 196608);
    EXPECT_EQ(start("term-length=64k|init-term-id=2147483647|term-id=-2147483648|term-offset=0"),
              65536);
    EXPECT_EQ(start("term-length=64k|init-term-id=-5|term-id=-3|term-offset=4096"), 135168);
    EXPECT_EQ(start("term-length=131072|init-term-id=777|term-id=780|term-offset=64"), 393280);
    EXPECT_EQ(start("term-length=16777216|init-term-id=0|term-id=1|term-offset=0"), 16777216);
}

TEST(PublicationParams, reach_the_last_position_that_a_stream_can_have) {
    const PublicationParams last = params(
        "aeron:ipc?term-length=1g|init-term-id=0|term-id=2147483647|term-offset=1073741824");
    EXPECT_EQ(position(last), std::int64_t{1} << 61);
}

TEST(PublicationParams, fall_back_to_the_settings) {
    const PublicationDefaults defaults{.mtu_length = 4096,
                                       .term_length = 1 << 20,
                                       .max_resend = 7,
                                       .linger_timeout = Nanos{3},
                                       .is_sparse = false,
                                       .spies_simulate_connection = true,
                                       .untethered_window_limit_timeout = Nanos{10},
                                       .untethered_resting_timeout = Nanos{30}};
    const PublicationParams plain = params("aeron:ipc", defaults);
    EXPECT_EQ(plain.mtu_length, 4096);
    EXPECT_FALSE(plain.has_mtu);
    EXPECT_EQ(plain.term_length, 1 << 20);
    EXPECT_FALSE(plain.has_term_length);
    EXPECT_EQ(plain.max_resend, 7);
    EXPECT_EQ(plain.linger_timeout, Nanos{3});
    EXPECT_FALSE(plain.is_sparse);
    EXPECT_TRUE(plain.spies_simulate_connection);
    EXPECT_TRUE(plain.signal_end_of_stream);
    EXPECT_EQ(plain.session_id, std::nullopt);
    EXPECT_EQ(plain.start, std::nullopt);
    EXPECT_EQ(plain.response_correlation_id, kNoResponse);
    EXPECT_EQ(plain.untethered.window_limit, Nanos{10});
    EXPECT_EQ(plain.untethered.linger, Nanos{10});
    EXPECT_EQ(plain.untethered.resting, Nanos{30});
}

TEST(PublicationParams, let_the_channel_override_the_settings) {
    const PublicationParams given = params(
        "aeron:ipc?mtu=2048|term-length=128k|sparse=false|eos=false|ssc=true|max-resend=256|"
        "response-correlation-id=42|untethered-window-limit-timeout=1us|"
        "untethered-linger-timeout=2us|untethered-resting-timeout=3us|linger=1ms");
    EXPECT_EQ(given.mtu_length, 2048);
    EXPECT_TRUE(given.has_mtu);
    EXPECT_EQ(given.term_length, 128 * 1024);
    EXPECT_TRUE(given.has_term_length);
    EXPECT_FALSE(given.is_sparse);
    EXPECT_FALSE(given.signal_end_of_stream);
    EXPECT_TRUE(given.spies_simulate_connection);
    EXPECT_EQ(given.max_resend, 256);
    EXPECT_EQ(given.response_correlation_id, 42);
    EXPECT_EQ(given.untethered.window_limit, Nanos{1'000});
    EXPECT_EQ(given.untethered.linger, Nanos{2'000});
    EXPECT_EQ(given.untethered.resting, Nanos{3'000});
    EXPECT_EQ(given.linger_timeout, Nanos{1'000'000});
}

TEST(PublicationParams, let_an_untethered_linger_of_0_follow_the_window_limit_of_this_channel) {
    const PublicationDefaults defaults{.untethered_linger_timeout = Nanos{77}};
    EXPECT_EQ(params("aeron:ipc", defaults).untethered.linger, Nanos{77});
    EXPECT_EQ(params("aeron:ipc?untethered-linger-timeout=0|untethered-window-limit-timeout=9",
                     defaults)
                  .untethered.linger,
              Nanos{9});
}

TEST(PublicationParams, take_half_the_term_as_window_unless_the_setting_is_smaller) {
    EXPECT_EQ(params("aeron:ipc?term-length=64k").window_length, 32768);
    EXPECT_EQ(params("aeron:ipc?term-length=64k", {.window_length = 4096}).window_length, 4096);
    EXPECT_EQ(params("aeron:ipc?term-length=64k", {.window_length = 1 << 20}).window_length,
              32768);
    EXPECT_EQ(params("aeron:ipc?term-length=64k|pub-wnd=8k", {.window_length = 4096})
                  .window_length,
              8192);
    EXPECT_EQ(params("aeron:ipc?term-length=64k|mtu=2048|pub-wnd=2048").window_length, 2048);
}

TEST(PublicationParams, report_the_first_fault_in_the_drivers_order) {
    EXPECT_TRUE(fault("aeron:ipc?linger=x|mtu=1|session-id=y").starts_with(
        "could not parse session-id=y as int32_t in URI: Invalid argument"));
    EXPECT_TRUE(fault("aeron:ipc?mtu=1|term-length=1|linger=x")
                    .starts_with("could not parse linger=x in URI"));
    EXPECT_TRUE(fault("aeron:ipc?eos=1|term-id=1").starts_with("params: init-term-id"));
    EXPECT_TRUE(fault("aeron:ipc?untethered-resting-timeout=x")
                    .starts_with("could not parse untethered-resting-timeout=x in URI"));
    EXPECT_TRUE(fault("aeron:ipc?sparse=1").ends_with(", channel=aeron:ipc?sparse=1"));
}

TEST(PublicationParams, refuse_numbers_that_do_not_fit) {
    EXPECT_TRUE(fault("aeron:ipc?init-term-id=2147483648|term-id=0|term-offset=0")
                    .starts_with("could not parse init-term-id=2147483648 as int32_t in URI: "
                                 "Numerical result out of range"));
    EXPECT_TRUE(fault("aeron:ipc?init-term-id=0|term-id=0|term-offset=99999999999999999999")
                    .starts_with("could not parse term-offset=99999999999999999999 in URI: "
                                 "Numerical result out of range"));
    EXPECT_TRUE(fault("aeron:ipc?init-term-id=0|term-id=0|term-offset=-32")
                    .starts_with("could not parse term-offset=-32 in URI"));
    EXPECT_TRUE(fault("aeron:ipc?init-term-id=0|term-id=0|term-offset=64k")
                    .starts_with("could not parse term-offset=64k in URI: Invalid argument"));
    EXPECT_TRUE(fault("aeron:ipc?mtu=99999999999999999999")
                    .starts_with("could not parse mtu=99999999999999999999 in URI"));
    EXPECT_TRUE(fault("aeron:ipc?max-resend=4294967297")
                    .starts_with("invalid max-resend=4294967297, must be > 0 and <= 256"));
    EXPECT_TRUE(fault("aeron:ipc?tags=1,99999999999999999999")
                    .starts_with("Entity tag invalid: 99999999999999999999"));
    EXPECT_TRUE(fault("aeron:ipc?response-correlation-id=abc")
                    .starts_with("invalid response-correlation-id, must be a number"));
}

TEST(PublicationParams, take_session_and_shape_of_the_log_from_a_tagged_publication) {
    const auto find = [](std::int64_t tag) -> std::optional<TaggedPublication> {
        if (tag != 5) return std::nullopt;
        return TaggedPublication{.session_id = -9, .mtu_length = 2048, .term_length = 128 * 1024};
    };
    const auto tagged = [&](std::string_view text) {
        return PublicationParams::parse(*ChannelUri::parse(text), {}, find);
    };
    const auto same = tagged("aeron:ipc?session-id=tag:5");
    ASSERT_TRUE(same);
    EXPECT_EQ(same->session_id, -9);
    EXPECT_EQ(same->mtu_length, 2048);
    EXPECT_EQ(same->term_length, 128 * 1024);
    EXPECT_EQ(same->window_length, 64 * 1024);
    EXPECT_FALSE(same->has_mtu);
    EXPECT_FALSE(same->has_term_length);

    const auto overridden = tagged("aeron:ipc?session-id=tag:5|term-length=64k");
    ASSERT_TRUE(overridden);
    EXPECT_EQ(overridden->mtu_length, 2048);
    EXPECT_EQ(overridden->term_length, 65536);

    EXPECT_TRUE(tagged("aeron:ipc?session-id=tag:6")
                    .error()
                    .text.starts_with("session-id=tag:6 must reference an IPC publication"));
    EXPECT_TRUE(tagged("aeron:ipc?session-id=tag:x")
                    .error()
                    .text.starts_with("could not parse session-id=tag:x as int64_t in URI due to:"
                                      " Invalid argument"));
}

const ExistingPublication kExisting{.session_id = 7,
                                    .mtu_length = 1408,
                                    .term_length = 65536,
                                    .start = {.initial_term_id = 1, .term_id = 3,
                                              .term_offset = 64}};

std::string difference(std::string_view parameters) {
    const auto joined =
        check_can_join(kExisting, params("aeron:ipc?" + std::string{parameters}));
    if (joined) return "";
    EXPECT_EQ(joined.error().code, ErrorCode::generic_error);
    return joined.error().text;
}

TEST(JoiningAPublication, compares_only_what_the_channel_gives) {
    EXPECT_EQ(difference("alias=x"), "");
    EXPECT_EQ(difference("linger=1|sparse=false|eos=false|pub-wnd=8k"), "");
    EXPECT_EQ(difference("session-id=7|mtu=1408|term-length=64k|init-term-id=1|term-id=3|"
                         "term-offset=64"),
              "");
}

TEST(JoiningAPublication, names_the_first_difference) {
    const std::string head = "existing publication has different ";
    EXPECT_EQ(difference("session-id=8|mtu=2048"), head + "'session-id': existing=7 requested=8");
    EXPECT_EQ(difference("mtu=2048|term-length=128k"),
              head + "'mtu': existing=1408 requested=2048");
    EXPECT_EQ(difference("term-length=128k"),
              head + "'term-length': existing=65536 requested=131072");
    EXPECT_EQ(difference("init-term-id=2|term-id=3|term-offset=64"),
              head + "'init-term-id': existing=1 requested=2");
    EXPECT_EQ(difference("init-term-id=1|term-id=2|term-offset=64"),
              head + "'term-id': existing=3 requested=2");
    EXPECT_EQ(difference("init-term-id=1|term-id=3|term-offset=32"),
              head + "'term-offset': existing=64 requested=32");
}

TEST(JoiningAPublication, wants_the_same_spies_simulate_connection) {
    EXPECT_TRUE(check_same_spies_simulate_connection(true, true));
    EXPECT_EQ(check_same_spies_simulate_connection(true, false).error().text,
              "existing publication has different spies simulate connection: requested=false");
}

}  // namespace
}  // namespace tern::uri

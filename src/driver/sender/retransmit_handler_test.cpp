#include "tern/driver/sender/retransmit_handler.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace tern::driver {
namespace {

using std::chrono::milliseconds;
using Decision = RetransmitHandler::Decision;

constexpr Nanos kStart = milliseconds{1000};

std::vector<TermRange> resent_at(RetransmitHandler& handler, Nanos now) {
    std::vector<TermRange> ranges;
    handler.process_timeouts(now, [&](const TermRange& range) { ranges.push_back(range); });
    return ranges;
}

TEST(ClampRetransmission, follows_the_examples_of_the_spec) {
    constexpr std::int32_t kMiB = 1024 * 1024;
    EXPECT_EQ(clamp_retransmission({0, 0, 4 * kMiB}, 8 * kMiB, 16).length, 2'097'152);
    EXPECT_EQ(clamp_retransmission({0, 65024, 1024}, 64 * 1024, 16).length, 512);
    EXPECT_EQ(clamp_retransmission({0, 0, 1024}, 64 * 1024, 16).length, 1024);
    EXPECT_EQ(clamp_retransmission({0, 0, 1 << 30}, 1 << 30, INT32_MAX).length, 1 << 30);
}

TEST(RetransmitHandler, answers_a_range_once_in_its_linger_time) {
    RetransmitHandler handler({.is_group = true, .max_actions = 4});
    EXPECT_EQ(handler.on_nak({7, 64, 128}, kStart), Decision::resend_now);
    EXPECT_EQ(handler.on_nak({7, 64, 128}, kStart), Decision::already_covered);
    EXPECT_EQ(handler.on_nak({7, 160, 512}, kStart), Decision::already_covered);
    EXPECT_EQ(handler.on_nak({7, 192, 64}, kStart), Decision::resend_now);
    EXPECT_EQ(handler.on_nak({8, 64, 128}, kStart), Decision::resend_now);

    EXPECT_TRUE(resent_at(handler, kStart + milliseconds{10}).empty());
    EXPECT_EQ(handler.on_nak({7, 64, 128}, kStart + milliseconds{10}), Decision::already_covered);
    EXPECT_TRUE(resent_at(handler, kStart + milliseconds{10} + Nanos{1}).empty());
    EXPECT_EQ(handler.next_expiry(), kNever);
    EXPECT_EQ(handler.on_nak({7, 64, 128}, kStart + milliseconds{11}), Decision::resend_now);
}

TEST(RetransmitHandler, has_one_action_for_unicast_that_the_next_nak_takes_over) {
    RetransmitHandler handler({.is_group = false, .max_actions = 16});
    EXPECT_EQ(handler.on_nak({7, 0, 64}, kStart), Decision::resend_now);
    EXPECT_EQ(handler.on_nak({7, 256, 64}, kStart), Decision::resend_now);
    EXPECT_EQ(handler.on_nak({7, 256, 64}, kStart), Decision::already_covered);
    EXPECT_EQ(handler.on_nak({7, 0, 64}, kStart), Decision::resend_now);
}

TEST(RetransmitHandler, refuses_what_finds_no_free_action_of_a_group) {
    RetransmitHandler handler({.is_group = true, .max_actions = 2});
    EXPECT_EQ(handler.on_nak({7, 0, 64}, kStart), Decision::resend_now);
    EXPECT_EQ(handler.on_nak({7, 256, 64}, kStart), Decision::resend_now);
    EXPECT_EQ(handler.on_nak({7, 512, 64}, kStart), Decision::pool_overflow);
    resent_at(handler, kStart + milliseconds{11});
    EXPECT_EQ(handler.on_nak({7, 512, 64}, kStart + milliseconds{11}), Decision::resend_now);
}

TEST(RetransmitHandler, waits_out_its_delay_and_lingers_from_then_on) {
    RetransmitHandler handler({.is_group = true, .max_actions = 2, .delay = milliseconds{5}});
    EXPECT_EQ(handler.on_nak({7, 64, 128}, kStart), Decision::delayed);
    EXPECT_EQ(handler.next_expiry(), kStart + milliseconds{5});
    EXPECT_TRUE(resent_at(handler, kStart + milliseconds{5}).empty());
    EXPECT_EQ(handler.on_nak({7, 64, 128}, kStart + milliseconds{5}), Decision::already_covered);
    EXPECT_EQ(resent_at(handler, kStart + milliseconds{6}), (std::vector<TermRange>{{7, 64, 128}}));
    EXPECT_EQ(handler.on_nak({7, 64, 128}, kStart + milliseconds{16}), Decision::already_covered);
    EXPECT_TRUE(resent_at(handler, kStart + milliseconds{17}).empty());
    EXPECT_EQ(handler.on_nak({7, 64, 128}, kStart + milliseconds{17}), Decision::delayed);
}

}  // namespace
}  // namespace tern::driver

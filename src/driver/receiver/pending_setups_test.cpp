// Spec wire-protocol.md 5.4, and what strangers can do with it.

#include <gtest/gtest.h>

#include "tern/driver/testing/channels.hpp"
#include "tern/driver/testing/receiver_harness.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;
using Endpoint = ReceiverHarness::Endpoint;

const std::string kAnySetup = "127.0.0.1:40130 SETUP? session=0 stream=0";

struct PendingSetups : ::testing::Test {
    PendingSetups() { receiver.add_interest(endpoint); }
    bool asks(std::int32_t session) {
        receiver.arrive(endpoint, data_frame({.session_id = session}));
        return !ReceiverHarness::take_sent(endpoint).empty();
    }

    ReceiverHarness receiver;
    Endpoint& endpoint = receiver.add_endpoint(kUnicast);
};

TEST_F(PendingSetups, that_nobody_answers_for_a_second_are_asked_again_by_the_next_data) {
    ASSERT_TRUE(asks(1));
    EXPECT_LE(receiver.receiver().next_deadline(), receiver.clock.now() + 1s);
    receiver.work_after(999ms);
    EXPECT_FALSE(asks(1));
    EXPECT_EQ(receiver.receiver().next_deadline(), receiver.clock.now() + 1ms);
    receiver.work_after(1ms);
    EXPECT_EQ(endpoint.remembered(), 0U);
    EXPECT_TRUE(asks(1));
}

TEST_F(PendingSetups, expire_one_by_one) {
    ASSERT_TRUE(asks(1));
    receiver.work_after(500ms);
    ASSERT_TRUE(asks(2));
    receiver.work_after(500ms);
    EXPECT_FALSE(asks(2));
    EXPECT_TRUE(asks(1));
}

TEST_F(PendingSetups, that_became_images_do_not_expire) {
    ASSERT_TRUE(asks(1));
    receiver.arrive(endpoint, encoded(test_setup(1)));
    receiver.work_after(2s);
    EXPECT_EQ(endpoint.remembered(), 1U);
    auto& image = receiver.add_image(endpoint, {.session_id = 1});
    receiver.work_after(2s);
    receiver.arrive(endpoint, data_frame({.session_id = 1}));
    EXPECT_EQ(image.hwm(), 64);
}

TEST_F(PendingSetups, do_not_expire_for_what_their_session_was_before) {
    ASSERT_TRUE(asks(0));  // stands before the other, whose end is not noticed at once
    ASSERT_TRUE(asks(1));
    receiver.work_after(600ms);
    receiver.arrive(endpoint, encoded(test_setup(1)));
    receiver.command(ImageNotCreated{endpoint.object.get(), testing::kTestStream, 1});
    ASSERT_TRUE(asks(1));
    receiver.work_after(600ms);  // the first of the two is over
    EXPECT_FALSE(asks(1));
    receiver.work_after(400ms);
    EXPECT_TRUE(asks(1));
}

TEST_F(PendingSetups, are_bounded_and_a_late_joiner_is_asked_among_any_number_of_others) {
    for (std::int32_t junk = 1'000; junk < 2'000; ++junk) {
        ASSERT_TRUE(asks(junk));
        ASSERT_LE(endpoint.remembered(), Dispatcher::kMaxPendingSetups);
    }
    EXPECT_TRUE(asks(1));
    EXPECT_FALSE(asks(1));
    EXPECT_FALSE(asks(1'999));
    // The oldest was given up, and its SETUP is as good as before.
    receiver.arrive(endpoint, encoded(test_setup(1'000)));
    EXPECT_EQ(receiver.take_event<CreateImage>().setup.session_id, 1'000);
}

TEST_F(PendingSetups, that_were_answered_make_room_before_any_is_given_up) {
    ASSERT_TRUE(asks(0));
    receiver.arrive(endpoint, encoded(test_setup(0)));
    for (std::int32_t session = 1; session < 256; ++session) ASSERT_TRUE(asks(session));
    ASSERT_TRUE(asks(256));
    EXPECT_EQ(endpoint.remembered(), 257U);
    EXPECT_FALSE(asks(1));
}

TEST(PeriodicSetups, begin_with_the_destination_and_go_on_while_there_is_interest) {
    ReceiverHarness receiver;
    Endpoint& endpoint = receiver.add_endpoint(kControlled);
    EXPECT_EQ(ReceiverHarness::take_sent(endpoint), Lines{kAnySetup});
    receiver.work_after(1s);
    EXPECT_EQ(ReceiverHarness::take_sent(endpoint), Lines{});
    receiver.add_interest(endpoint);
    receiver.work_after(999ms);
    EXPECT_EQ(ReceiverHarness::take_sent(endpoint), Lines{});
    EXPECT_EQ(receiver.receiver().next_deadline(), receiver.clock.now() + 1ms);
    receiver.work_after(1ms);
    EXPECT_EQ(ReceiverHarness::take_sent(endpoint), Lines{kAnySetup});
    receiver.add_image(endpoint);
    ReceiverHarness::take_sent(endpoint);
    receiver.work_after(1s);  // for the life of the destination
    EXPECT_EQ(ReceiverHarness::take_sent(endpoint).back(), kAnySetup);
}

TEST(PeriodicSetups, end_with_the_destination) {
    ReceiverHarness receiver;
    Endpoint& endpoint = receiver.add_endpoint("aeron:udp?control-mode=manual");
    receiver.add_interest(endpoint);
    receiver.add_destination(endpoint, "aeron:udp?endpoint=127.0.0.1:0|control=127.0.0.1:40130");
    EXPECT_EQ(ReceiverHarness::take_sent(endpoint), Lines{kAnySetup});
    receiver.command(RemoveReceiveDestination{endpoint.object.get(), endpoint.at(0).object.get()});
    receiver.work_after(1s);
    EXPECT_EQ(ReceiverHarness::take_sent(endpoint), Lines{});
}

TEST(PeriodicSetups, carry_the_group_tag) {
    ReceiverHarness receiver;
    Endpoint& endpoint = receiver.add_endpoint(kControlled, {.receiver_id = 3, .group_tag = -2});
    EXPECT_EQ(ReceiverHarness::take_sent(endpoint), Lines{kAnySetup + " tag=-2"});
}

TEST(SessionsOfNoInterest, are_remembered_up_to_a_bound) {
    ReceiverHarness receiver;
    Endpoint& endpoint = receiver.add_endpoint(kUnicast);
    receiver.add_interest(endpoint, 1);
    for (std::int32_t session = 10; session < 5'000; ++session) {
        receiver.arrive(endpoint, data_frame({.session_id = session}));
        receiver.arrive(endpoint, encoded(test_setup(session + 100'000)));
        ASSERT_LE(endpoint.remembered(), Dispatcher::kMaxIgnored);
    }
    EXPECT_EQ(ReceiverHarness::take_sent(endpoint), Lines{});
    EXPECT_EQ(receiver.event_count(), 0U);
    receiver.arrive(endpoint, data_frame({.session_id = 1}));
    EXPECT_EQ(ReceiverHarness::take_sent(endpoint).size(), 1U);
}

}  // namespace
}  // namespace tern::driver

// The tables of spec wire-protocol.md 5.3 and 5.4, row by row.

#include "tern/driver/receiver/dispatcher.hpp"

#include <gtest/gtest.h>

#include "tern/driver/testing/channels.hpp"
#include "tern/driver/testing/receiver_harness.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;
using Endpoint = ReceiverHarness::Endpoint;
using Image = ReceiverHarness::Image;

constexpr std::int32_t kSession = testing::kTestSession;
constexpr std::int32_t kOtherSession = 5;
const std::string kAsked =
    "127.0.0.1:5555 SETUP? session=" + std::to_string(kSession) + " stream=1001";

struct OneEndpoint {
    explicit OneEndpoint(const std::string& channel = kUnicast,
                         Settings settings = receiver_settings())
        : receiver(std::move(settings)), endpoint(receiver.add_endpoint(channel)) {}

    Lines after(ConstBytes datagram) {
        endpoint.socket().sent.clear();
        receiver.arrive(endpoint, datagram);
        return ReceiverHarness::take_sent(endpoint);
    }
    Lines after_data(std::int32_t session = kSession) {
        return after(data_frame({.session_id = session}));
    }
    /// How many images the conductor was asked for.
    std::size_t asks_after_setup(const protocol::Setup& setup = test_setup()) {
        receiver.event_count();
        after(encoded(setup));
        return receiver.event_count();
    }

    ReceiverHarness receiver;
    Endpoint& endpoint;
};

class DispatcherData : public ::testing::Test, public OneEndpoint {};
class DispatcherSetup : public ::testing::Test, public OneEndpoint {};
class DispatcherInterest : public ::testing::Test, public OneEndpoint {};

TEST_F(DispatcherData, of_a_stream_that_nobody_wants_is_dropped) {
    receiver.add_interest(endpoint, std::nullopt, 1002);
    EXPECT_EQ(after_data(), Lines{});
    EXPECT_EQ(endpoint.remembered(), 0U);
}

TEST_F(DispatcherData, goes_into_its_image) {
    receiver.add_interest(endpoint);
    Image& image = receiver.add_image(endpoint);
    EXPECT_EQ(after_data(), Lines{});
    EXPECT_EQ(image.hwm(), 64);
}

TEST_F(DispatcherData, of_an_unknown_session_asks_its_source_for_a_setup_once) {
    receiver.add_interest(endpoint);
    EXPECT_EQ(after_data(), Lines{kAsked});
    EXPECT_EQ(after_data(), Lines{});
    EXPECT_EQ(receiver.event_count(), 0U);
}

TEST_F(DispatcherData, padding_asks_as_well) {
    receiver.add_interest(endpoint);
    EXPECT_EQ(after(data_frame({.length = 4096, .type = kPaddingFrame})), Lines{kAsked});
}

TEST_F(DispatcherData, that_ends_a_stream_never_starts_one) {
    receiver.add_interest(endpoint);
    EXPECT_EQ(after(heartbeat(0, kEndOfStream)), Lines{});
    EXPECT_EQ(endpoint.remembered(), 0U);
    EXPECT_EQ(after(heartbeat()), Lines{kAsked});
}

TEST_F(DispatcherData, of_a_session_that_is_not_wanted_is_remembered_as_such) {
    receiver.add_interest(endpoint, kOtherSession);
    EXPECT_EQ(after_data(), Lines{});
    EXPECT_EQ(endpoint.remembered(), 1U);
    EXPECT_EQ(asks_after_setup(), 0U);
    EXPECT_EQ(after_data(kOtherSession).size(), 1U);
}

TEST_F(DispatcherData, is_dropped_while_its_image_is_made) {
    receiver.add_interest(endpoint);
    ASSERT_EQ(asks_after_setup(), 1U);
    EXPECT_EQ(after_data(), Lines{});
}

TEST(DispatcherDataOfAGroup, asks_the_control_address) {
    OneEndpoint group(kMulticast);
    group.receiver.add_interest(group.endpoint);
    EXPECT_EQ(group.after_data(),
              Lines{"224.0.1.2:40456 SETUP? session=" + std::to_string(kSession) + " stream=1001"});
}

TEST(DispatcherDataOfExplicitControl, asks_the_source_nevertheless) {
    OneEndpoint explicit_control(
        "aeron:udp?endpoint=127.0.0.1:0|control=127.0.0.1:40130|control-mode=dynamic");
    explicit_control.receiver.add_interest(explicit_control.endpoint);
    EXPECT_EQ(explicit_control.after_data(), Lines{kAsked});
}

TEST_F(DispatcherSetup, of_a_stream_that_nobody_wants_is_dropped) {
    EXPECT_EQ(asks_after_setup(), 0U);
    EXPECT_EQ(endpoint.remembered(), 0U);
}

TEST_F(DispatcherSetup, needs_no_data_before_it_and_asks_the_conductor_once) {
    receiver.add_interest(endpoint);
    after(encoded(test_setup()));
    const auto asked = receiver.take_event<CreateImage>();
    EXPECT_EQ(asked.endpoint, endpoint.object.get());
    EXPECT_EQ(asked.destination, endpoint.at(0).object.get());
    EXPECT_EQ(asked.setup, test_setup());
    EXPECT_EQ(asked.source, kTestSource);
    EXPECT_EQ(asked.control_address, kTestSource);
    EXPECT_EQ(asks_after_setup(), 0U);
}

TEST_F(DispatcherSetup, that_was_asked_for_asks_the_conductor) {
    receiver.add_interest(endpoint);
    after_data();
    EXPECT_EQ(asks_after_setup(), 1U);
}

TEST_F(DispatcherSetup, of_a_session_that_is_not_wanted_is_dropped_and_remembered) {
    receiver.add_interest(endpoint, kOtherSession);
    EXPECT_EQ(asks_after_setup(), 0U);
    EXPECT_EQ(endpoint.remembered(), 1U);
    EXPECT_EQ(asks_after_setup(test_setup(kOtherSession)), 1U);
}

TEST_F(DispatcherSetup, of_an_image_refreshes_its_connection_and_nothing_else) {
    receiver.add_interest(endpoint);
    Image& image = receiver.add_image(endpoint);
    receiver.clock.advance(4s);
    EXPECT_EQ(asks_after_setup(), 0U);
    receiver.clock.advance(4s);
    receiver.work();
    EXPECT_EQ(ReceiverHarness::take_sent(endpoint),
              Lines{"127.0.0.1:5555 SM term=7 off=0 window=32768"});
    EXPECT_EQ(image.last_packet(), 1s);  // a SETUP is no sign of life of the stream
}

TEST_F(DispatcherSetup, that_cannot_be_is_counted_and_dropped) {
    receiver.add_interest(endpoint);
    protocol::Setup setup = test_setup();
    setup.term_length = 65535;
    EXPECT_EQ(asks_after_setup(setup), 0U);
    setup = test_setup();
    setup.active_term_id = kTestTerm - 1;  // before the initial one
    EXPECT_EQ(asks_after_setup(setup), 0U);
    EXPECT_EQ(receiver.value(SystemCounter::invalid_packets), 2);
    EXPECT_EQ(asks_after_setup(), 1U);
}

TEST_F(DispatcherSetup, is_tried_again_after_an_image_was_not_created) {
    receiver.add_interest(endpoint);
    ASSERT_EQ(asks_after_setup(), 1U);
    receiver.command(ImageNotCreated{endpoint.object.get(), testing::kTestStream, kSession});
    EXPECT_EQ(asks_after_setup(), 1U);
}

TEST_F(DispatcherSetup, beyond_the_images_in_the_making_is_dropped_until_some_are_made) {
    receiver.add_interest(endpoint);
    for (std::int32_t session = 0; session < 70; ++session) after(encoded(test_setup(session)));
    EXPECT_EQ(receiver.event_count(), Dispatcher::kMaxImagesInMaking);
    EXPECT_EQ(endpoint.remembered(), Dispatcher::kMaxImagesInMaking);
    receiver.command(ImageNotCreated{endpoint.object.get(), testing::kTestStream, 0});
    EXPECT_EQ(asks_after_setup(test_setup(69)), 1U);
    EXPECT_EQ(asks_after_setup(test_setup(68)), 0U);
}

TEST(DispatcherSetupBeyondTheLimit,
     is_refused_and_reported_with_a_text_that_strangers_cannot_change) {
    ReceiverHarness receiver;
    Endpoint& endpoint = receiver.add_endpoint(
        kUnicast, {.receiver_id = ReceiverHarness::kReceiver, .stream_session_limit = 1});
    receiver.add_interest(endpoint);
    receiver.add_image(endpoint);
    for (std::int32_t session = 0; session < 100; ++session)
        receiver.arrive(endpoint, encoded(test_setup(session)));
    EXPECT_EQ(receiver.event_count(), 0U);
    ASSERT_EQ(receiver.logged_errors().size(), 1U);
    EXPECT_TRUE(receiver.logged_errors()[0].starts_with("exceeded session limit, streamId=1001"))
        << receiver.logged_errors()[0];
    EXPECT_LE(receiver.value(SystemCounter::errors), ReportCap::kPerSecond);
    // The limit is looked at first: it hits the image's own SETUP too.
    receiver.clock.advance(5s);
    receiver.arrive(endpoint, encoded(test_setup()));
    ReceiverHarness::take_sent(endpoint);
    receiver.work_after(300ms);
    EXPECT_EQ(ReceiverHarness::take_sent(endpoint), Lines{});
}

TEST(DispatcherSetupOfAGroup, counts_a_ttl_that_is_longer_than_ours) {
    OneEndpoint group(std::string(kMulticast) + "|ttl=4");
    group.receiver.add_interest(group.endpoint);
    protocol::Setup setup = test_setup();
    setup.ttl = 4;
    group.after(encoded(setup));
    EXPECT_EQ(group.receiver.value(SystemCounter::possible_ttl_asymmetry), 0);
    setup.session_id = kOtherSession;
    setup.ttl = 5;
    group.after(encoded(setup));
    EXPECT_EQ(group.receiver.value(SystemCounter::possible_ttl_asymmetry), 1);
    EXPECT_EQ(group.receiver.take_event<CreateImage>().control_address.text(), "224.0.1.2:40456");
    EXPECT_EQ(group.receiver.event_count(), 1U);  // no other effect
}

TEST(DispatcherSetupOfUnicast, does_not_look_at_the_ttl) {
    OneEndpoint unicast;
    unicast.receiver.add_interest(unicast.endpoint);
    protocol::Setup setup = test_setup();
    setup.ttl = 5;
    EXPECT_EQ(unicast.asks_after_setup(setup), 1U);
    EXPECT_EQ(unicast.receiver.value(SystemCounter::possible_ttl_asymmetry), 0);
}

TEST_F(DispatcherInterest, in_all_sessions_forgets_that_some_were_not_wanted) {
    receiver.add_interest(endpoint, kOtherSession);
    after_data();
    receiver.add_interest(endpoint);
    EXPECT_EQ(after_data(), Lines{kAsked});
}

TEST_F(DispatcherInterest, in_a_session_forgets_that_it_was_not_wanted) {
    receiver.add_interest(endpoint, kOtherSession);
    after_data();
    receiver.add_interest(endpoint, kSession);
    EXPECT_EQ(after_data(), Lines{kAsked});
}

TEST_F(DispatcherInterest, in_all_sessions_ends_for_those_that_are_not_wanted_one_by_one) {
    receiver.add_interest(endpoint);
    receiver.add_interest(endpoint, kOtherSession);
    Image& image = receiver.add_image(endpoint);
    Image& other = receiver.add_image(endpoint, {.session_id = kOtherSession});
    receiver.remove_interest(endpoint);
    after_data();
    after_data(kOtherSession);
    EXPECT_EQ(image.hwm(), 0);
    EXPECT_EQ(other.hwm(), 64);
}

TEST_F(DispatcherInterest, in_a_session_ends_with_its_image_unless_all_are_wanted) {
    receiver.add_interest(endpoint, kSession);
    receiver.add_interest(endpoint);
    Image& image = receiver.add_image(endpoint);
    receiver.remove_interest(endpoint, kSession);
    after_data();
    EXPECT_EQ(image.hwm(), 64);

    receiver.add_interest(endpoint, kSession);
    receiver.remove_interest(endpoint);
    receiver.remove_interest(endpoint, kSession);
    after(data_frame({.offset = 64}));
    EXPECT_EQ(image.hwm(), 64);
    EXPECT_EQ(endpoint.remembered(), 0U);
}

TEST_F(DispatcherInterest, that_ends_while_an_image_is_made_leaves_it_without_packets) {
    receiver.add_interest(endpoint);
    ASSERT_EQ(asks_after_setup(), 1U);
    receiver.remove_interest(endpoint);
    EXPECT_EQ(endpoint.remembered(), 0U);
    Image& image = receiver.add_image(endpoint);
    after_data();
    EXPECT_EQ(image.hwm(), 0);
    EXPECT_EQ(endpoint.remembered(), 0U);
    receiver.remove_image(image);
    EXPECT_EQ(receiver.take_event<ReceiverImageReleased>().image, image.object.get());
}

TEST_F(DispatcherInterest, in_one_session_asks_explicit_control_addresses_for_its_setup) {
    Endpoint& controlled = receiver.add_endpoint(
        "aeron:udp?endpoint=127.0.0.1:0|control=127.0.0.1:40130|control-mode=dynamic");
    ReceiverHarness::take_sent(controlled);
    receiver.add_interest(controlled, kOtherSession);
    EXPECT_EQ(ReceiverHarness::take_sent(controlled),
              Lines{"127.0.0.1:40130 SETUP? session=5 stream=1001"});
    receiver.add_interest(controlled);
    EXPECT_EQ(ReceiverHarness::take_sent(controlled), Lines{});
    receiver.command(RequestSetup{controlled.object.get(), testing::kTestStream, 6});
    EXPECT_EQ(ReceiverHarness::take_sent(controlled),
              Lines{"127.0.0.1:40130 SETUP? session=6 stream=1001"});
}

TEST_F(DispatcherInterest, of_an_image_that_ended_early_waits_for_the_cool_down) {
    receiver.add_interest(endpoint);
    Image& image = receiver.add_image(endpoint);
    receiver.remove_image(image);
    EXPECT_EQ(after_data(), Lines{});
    EXPECT_EQ(asks_after_setup(), 0U);
    receiver.command(RemoveCoolDown{endpoint.object.get(), testing::kTestStream, kSession});
    EXPECT_EQ(endpoint.remembered(), 0U);
    EXPECT_EQ(after_data(), Lines{kAsked});
}

TEST_F(DispatcherInterest, of_a_stream_that_came_to_its_end_needs_no_cool_down) {
    receiver.add_interest(endpoint);
    Image& image = receiver.add_image(endpoint);
    after(heartbeat(0, kEndOfStream));
    receiver.remove_image(image);
    EXPECT_EQ(after_data(), Lines{kAsked});
}

TEST_F(DispatcherInterest, keeps_a_newer_image_when_the_older_goes) {
    receiver.add_interest(endpoint);
    Image& old = receiver.add_image(endpoint);
    Image& newer = receiver.add_image(endpoint);
    receiver.remove_image(old);
    after_data();
    EXPECT_EQ(old.hwm(), 0);
    EXPECT_EQ(newer.hwm(), 64);
}

TEST_F(DispatcherInterest, remembers_who_cools_down_whatever_others_come_and_go) {
    receiver.add_interest(endpoint);
    receiver.remove_image(receiver.add_image(endpoint));
    for (std::int32_t i = 0; i < 3'000; ++i) {
        const std::int32_t session = 100 + i % 50;
        receiver.remove_image(receiver.add_image(endpoint, {.session_id = session}));
        receiver.command(RemoveCoolDown{endpoint.object.get(), testing::kTestStream, session});
    }
    EXPECT_EQ(endpoint.remembered(), 1U);
    EXPECT_EQ(after_data(), Lines{});
}

TEST_F(DispatcherInterest, survives_commands_about_sessions_that_nobody_knows) {
    receiver.remove_interest(endpoint);
    receiver.remove_interest(endpoint, kSession);
    receiver.command(RemoveCoolDown{endpoint.object.get(), testing::kTestStream, kSession});
    receiver.command(ImageNotCreated{endpoint.object.get(), testing::kTestStream, kSession});
    receiver.add_interest(endpoint);
    EXPECT_EQ(after_data(), Lines{kAsked});
    // Neither command is about a setup that is pending.
    receiver.command(RemoveCoolDown{endpoint.object.get(), testing::kTestStream, kSession});
    receiver.command(ImageNotCreated{endpoint.object.get(), testing::kTestStream, kSession});
    EXPECT_EQ(after_data(), Lines{});
}

}  // namespace
}  // namespace tern::driver

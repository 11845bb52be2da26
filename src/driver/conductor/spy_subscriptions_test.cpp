// Which publications a spy sees, whoever comes first (spec control-protocol.md 10, channel-uri.md
// 10.4 and 14.7).

#include "tern/driver/conductor/spy_subscriptions.hpp"

#include "tern/driver/testing/publication_fixture.hpp"

namespace tern::driver {
namespace {

namespace p = protocol;

struct Spies : PublicationFixture {
    std::int64_t subscribe(std::string_view channel, std::int32_t stream_id = 10) {
        return driver.add_subscription(client, stream_id, "aeron-spy:" + std::string(channel));
    }
    std::ptrdiff_t images() { return driver.take_events().count<p::AvailableImage>(); }
    /// How many images a spy on this channel gets of what is there.
    std::ptrdiff_t images_of(std::string_view channel, std::int32_t stream_id = 10) {
        subscribe(channel, stream_id);
        return images();
    }
};

TEST_F(Spies, are_answered_before_their_images) {
    const Stream stream = add();
    const std::int64_t spy = subscribe(kUnicast);
    const Events events = driver.take_events();
    EXPECT_EQ(events.texts(), (std::vector{"SUBSCRIPTION_READY " + std::to_string(spy) + " -1",
                                           "AVAILABLE_IMAGE " + std::to_string(stream.id) + " " +
                                               std::to_string(spy)}));
    const auto image = events.only<p::AvailableImage>();
    EXPECT_EQ(image.source_identity, "aeron:ipc");
    EXPECT_EQ(driver.label(image.subscriber_position_counter_id),
              "sub-pos: " + std::to_string(spy) + " " + std::to_string(stream.session_id) +
                  " 10 aeron-spy:" + kUnicast + " @0");
}

TEST_F(Spies, wait_for_a_publication_that_is_not_there_yet) {
    subscribe(kUnicast);
    EXPECT_EQ(images(), 0);
    driver.add_publication(client, 10, kUnicast);
    const Events events = driver.take_events();
    EXPECT_EQ(events.count<p::AvailableImage>(), 1);
    EXPECT_TRUE(events.front().is<p::PublicationReady>());
}

TEST_F(Spies, see_the_same_channel_stream_and_session_only) {
    const Stream stream = add();
    EXPECT_EQ(images_of(kUnicast, 11), 0);
    EXPECT_EQ(images_of("aeron:udp?endpoint=192.168.0.30:40124"), 0);
    const std::string with_session = std::string(kUnicast) + "|session-id=";
    EXPECT_EQ(images_of(with_session + std::to_string(stream.session_id)), 1);
    EXPECT_EQ(images_of(with_session + std::to_string(stream.session_id + 1)), 0);
}

TEST_F(Spies, see_a_channel_by_its_tag_whatever_the_session) {
    add(std::string(kUnicast) + "|tags=5");
    EXPECT_EQ(images_of("aeron:udp?tags=5|session-id=1"), 1);
    EXPECT_EQ(images_of("aeron:udp?tags=6"), 0);
}

TEST_F(Spies, and_ipc_subscriptions_do_not_mix) {
    subscribe(kUnicast);
    driver.take_events();
    driver.add_publication(client, 10, "aeron:ipc");
    EXPECT_EQ(images(), 0);
    driver.add_subscription(client, 10, "aeron:ipc");
    EXPECT_EQ(images(), 1);
    driver.add_publication(client, 10, kUnicast);
    EXPECT_EQ(images(), 1);
}

TEST_F(Spies, end_with_their_subscription_or_client) {
    add();
    const Spy first = spy_on();
    driver.remove_subscription(client, first.id);
    EXPECT_EQ(driver.counters().state(first.position), CounterState::reclaimed);
    const Spy second = spy_on();
    driver.close_client(client);
    driver.pass(driver.settings.timer_interval);
    EXPECT_EQ(driver.counters().state(second.position), CounterState::reclaimed);
}

TEST_F(Spies, with_a_channel_that_cannot_be_are_refused) {
    const auto code = [this](std::string_view channel) {
        subscribe(channel);
        return driver.take_events().only<p::CommandError>().error_code;
    };
    EXPECT_EQ(code("aeron:udp?endpoint=nowhere:1"), 9);
    EXPECT_EQ(code("aeron:udp?alias=a"), 1);
    EXPECT_EQ(code(std::string(kUnicast) + "|session-id=abc"), 11);
}

}  // namespace
}  // namespace tern::driver

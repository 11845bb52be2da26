// Subscriptions on UDP channels: endpoints, their counters and their sharing, interest,
// destinations, and what is refused (spec control-protocol.md 10 and 12.3, channel-uri.md 10 to 15,
// counters.md 10).

#include "tern/driver/conductor/network_subscriptions.hpp"

#include <gtest/gtest.h>

#include "tern/driver/testing/conductor_harness.hpp"
#include "tern/driver/testing/fake_receiver.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;
namespace p = protocol;

constexpr std::string_view kChannel = "aeron:udp?endpoint=localhost:20121";

struct NetworkSubscriptionsTest : ::testing::Test {
    explicit NetworkSubscriptionsTest(Settings settings = harness_settings())
        : driver(std::move(settings)) {
        driver.keep_alive_always(client);
    }

    ConductorHarness driver;
    FakeReceiver receiver{driver.receiver_queues};
    const std::int64_t client = driver.next_id();

    void work() {
        for (int i = 0; i < 3; ++i) {
            driver.work(2);
            receiver.work();
        }
    }
    void pass(Nanos time) {
        for (Nanos left = time; left > 0ns; left -= 1s) {
            driver.pass(1s);
            work();
        }
    }
    std::int64_t subscribe(std::string_view channel = kChannel, std::int32_t stream = 10) {
        const std::int64_t id = driver.add_subscription(client, stream, channel);
        work();
        return id;
    }
    std::size_t open_sockets() const { return driver.network.sockets().size(); }
    void unsubscribe(std::int64_t id) {
        driver.remove_subscription(client, id);
        work();
    }
    std::int32_t status_of(std::string_view channel = kChannel, std::int32_t stream = 10) {
        driver.take_events();
        subscribe(channel, stream);
        return driver.take_events().only<p::SubscriptionReady>().channel_status_indicator_id;
    }
    std::string refusal(std::string_view channel, int code, std::int32_t stream = 10) {
        driver.take_events();
        subscribe(channel, stream);
        const Events events = driver.take_events();
        const auto error = events.only<p::CommandError>();
        EXPECT_EQ(error.error_code, code) << error.message;
        return std::string(error.message);
    }
    void destination(p::DestinationAction action, std::int64_t subscription,
                     std::string_view channel) {
        driver.take_events();
        driver.send(p::DestinationCommand{.header = {client, driver.next_id()},
                                          .action = action,
                                          .registration_id = subscription,
                                          .channel = channel});
        work();
    }
    std::string destination_refusal(p::DestinationAction action, std::int64_t subscription,
                                    std::string_view channel, int code) {
        destination(action, subscription, channel);
        const Events events = driver.take_events();
        const auto error = events.only<p::CommandError>();
        EXPECT_EQ(error.error_code, code) << error.message;
        return std::string(error.message);
    }
};

TEST_F(NetworkSubscriptionsTest, first_of_a_channel_opens_an_endpoint_with_its_counters) {
    const std::int64_t id = subscribe();
    const Events events = driver.take_events();
    const std::int32_t status = events.only<p::SubscriptionReady>().channel_status_indicator_id;
    const std::optional<CounterView> channel = driver.counters().find(status);
    ASSERT_TRUE(channel);
    EXPECT_EQ(channel->type_id, 7);
    EXPECT_EQ(channel->label, "rcv-channel: aeron:udp?endpoint=localhost:20121 127.0.0.1:20121");
    EXPECT_EQ(channel->value, 1);
    EXPECT_EQ(channel->registration_id, id);
    EXPECT_EQ(channel->owner_id, 0);
    EXPECT_EQ(load_plain<std::int32_t>(channel->key.data()), 34);
    const std::optional<CounterView> address = driver.counters().find(status + 1);
    ASSERT_TRUE(address);
    EXPECT_EQ(address->type_id, 14);
    EXPECT_EQ(address->label, "rcv-local-sockaddr: " + std::to_string(status) + " 127.0.0.1:20121");
    EXPECT_EQ(address->value, 1);
    EXPECT_EQ(address->registration_id, id);
    // The client's heartbeat comes behind them.
    EXPECT_EQ(driver.counters().find_by_registration(11, client), status + 2);
    EXPECT_EQ(receiver.take_log(),
              (Texts{"add endpoint", "add destination 127.0.0.1:20121", "want 10"}));
    ASSERT_EQ(open_sockets(), 1U);
    EXPECT_EQ(driver.network.sockets()[0]->spec().receive_buffer, 131'072);
}

TEST_F(NetworkSubscriptionsTest, those_of_one_channel_share_the_endpoint_and_its_streams) {
    const std::int32_t status = status_of();
    receiver.take_log();
    EXPECT_EQ(status_of(), status);
    EXPECT_EQ(receiver.take_log(), Texts{});
    EXPECT_EQ(status_of(kChannel, 11), status);
    EXPECT_EQ(status_of(std::string(kChannel) + "|session-id=7"), status);
    EXPECT_EQ(receiver.take_log(), (Texts{"want 11", "want 10/7"}));
    // Another text is another channel, which finds the port taken.
    EXPECT_NE(refusal("aeron:udp?endpoint=127.0.0.1:20121", 11).find("failed to bind"),
              std::string::npos);
}

TEST_F(NetworkSubscriptionsTest, interest_ends_with_the_last_and_the_endpoint_with_all) {
    const std::int64_t first = subscribe();
    const std::int64_t second = subscribe();
    const std::int32_t status =
        driver.take_events().first<p::SubscriptionReady>().channel_status_indicator_id;
    unsubscribe(first);
    receiver.take_log();
    receiver.hold();
    unsubscribe(second);
    EXPECT_EQ(receiver.take_log(),
              (Texts{"want no more 10", "remove destination", "remove endpoint"}));
    EXPECT_EQ(driver.value(status), 2);      // CLOSING
    EXPECT_EQ(driver.value(status + 1), 2);  // its socket
    EXPECT_EQ(open_sockets(), 1U);
    EXPECT_EQ(refusal(kChannel, 10),
              "receive_channel_endpoint found in CLOSING state, please retry: channel=" +
                  std::string(kChannel));
    receiver.confirm();
    work();
    EXPECT_EQ(open_sockets(), 0U);
    EXPECT_FALSE(driver.counters().find(status));
    EXPECT_FALSE(driver.counters().find(status + 1));
    subscribe();
    EXPECT_EQ(driver.take_events().count<p::SubscriptionReady>(), 1);
}

TEST_F(NetworkSubscriptionsTest, end_with_their_client) {
    subscribe();
    driver.let_die(client);
    pass(12s);
    EXPECT_EQ(open_sockets(), 0U);
}

TEST_F(NetworkSubscriptionsTest, a_socket_that_cannot_be_opened_leaves_nothing_behind) {
    driver.network.set_open_error(
        Error{ErrorCode::generic_error, "failed to bind(7, 127.0.0.1:20121)"});
    EXPECT_EQ(refusal(kChannel, 11), "failed to bind(7, 127.0.0.1:20121)");
    driver.counters().for_each(
        [](const CounterView& counter) { EXPECT_EQ(counter.type_id, 0) << counter.type_id; });
    EXPECT_EQ(receiver.take_log(), Texts{});
}

TEST_F(NetworkSubscriptionsTest, refuses_what_the_socket_or_an_existing_one_contradicts) {
    EXPECT_EQ(refusal(std::string(kChannel) + "|rcv-wnd=256k", 11),
              "Initial window greater than SO_RCVBUF for channel: rcv-wnd=262144 "
              "so-rcvbuf=131072 channel=" +
                  std::string(kChannel) + "|rcv-wnd=256k");
    EXPECT_EQ(open_sockets(), 0U);
    EXPECT_EQ(refusal("aeron:udp?endpoint=localhost:0|control=localhost:0", 11),
              "control has port=0 for subscription: "
              "channel=aeron:udp?endpoint=localhost:0|control=localhost:0");
    EXPECT_NE(refusal("aeron:udp?endpoint=nowhere:1", 9).find("nowhere"), std::string::npos);
    subscribe();
    const std::string conflict = "option conflicts with existing subscription: ";
    for (const std::string option : {"reliable=false", "rejoin=false"}) {
        EXPECT_EQ(refusal(std::string(kChannel) + "|" + option, 11),
                  conflict + option + " existingChannel=" + std::string(kChannel) +
                      " channel=" + std::string(kChannel) + "|" + option);
    }
    EXPECT_NE(refusal(std::string(kChannel) + "|so-rcvbuf=1m", 11)
                  .find("so-rcvbuf=1048576 does not match existing value of 131072"),
              std::string::npos);
    EXPECT_NE(refusal(std::string(kChannel) + "|channel-rcv-ts-offset=reserved", 11)
                  .find("channel-rcv-ts-offset=-8 (reserved)"),
              std::string::npos);
    // Another stream, or another session filter, is no conflict.
    status_of(std::string(kChannel) + "|reliable=false", 11);
    status_of(std::string(kChannel) + "|reliable=false|session-id=3");
}

TEST_F(NetworkSubscriptionsTest, tags_name_an_endpoint) {
    const std::int32_t status = status_of(std::string(kChannel) + "|tags=7");
    EXPECT_EQ(status_of("aeron:udp?tags=7", 11), status);
    EXPECT_NE(refusal("aeron:udp?tags=7|endpoint=localhost:20122", 11)
                  .find("matching tag 7 has mismatched endpoint or control"),
              std::string::npos);
    EXPECT_NE(status_of("aeron:udp?tags=8"), status);  // a wildcard of its own
}

struct NetworkSubscriptionPorts : NetworkSubscriptionsTest {
    static Settings two_ports() {
        Settings settings = harness_settings();
        settings.receiver_wildcard_ports = {.low = 20'000, .high = 20'001};
        return settings;
    }
    NetworkSubscriptionPorts() : NetworkSubscriptionsTest(two_ports()) {}
};

TEST_F(NetworkSubscriptionPorts, come_from_the_range_and_go_back_to_it) {
    const std::int64_t first = subscribe("aeron:udp?endpoint=localhost:0");
    subscribe("aeron:udp?endpoint=localhost:0");
    EXPECT_EQ(receiver.take_log(),
              (Texts{"add endpoint", "add destination 127.0.0.1:20000", "want 10", "add endpoint",
                     "add destination 127.0.0.1:20001", "want 10"}));
    EXPECT_NE(refusal("aeron:udp?endpoint=localhost:0", 11)
                  .find("no available ports in range 20000 20001"),
              std::string::npos);
    unsubscribe(first);
    receiver.take_log();
    subscribe("aeron:udp?endpoint=localhost:0");
    EXPECT_EQ(receiver.take_log()[1], "add destination 127.0.0.1:20000");
}

TEST_F(NetworkSubscriptionsTest, multi_destination_ones_take_sockets_one_by_one) {
    const std::int64_t id = subscribe("aeron:udp?control-mode=manual");
    const std::int32_t status =
        driver.take_events().only<p::SubscriptionReady>().channel_status_indicator_id;
    EXPECT_EQ(driver.label(status), "rcv-channel: aeron:udp?control-mode=manual ");
    EXPECT_EQ(driver.value(status), 1);
    EXPECT_EQ(receiver.take_log(), (Texts{"add endpoint", "want 10"}));
    destination(p::DestinationAction::add_receive, id, "aeron:udp?endpoint=localhost:20125");
    EXPECT_EQ(driver.take_events().count<p::OperationSuccess>(), 1);
    EXPECT_EQ(receiver.take_log(), Texts{"add destination 127.0.0.1:20125"});
    const std::int32_t address = driver.counters().find_by_registration(14, id);
    EXPECT_EQ(driver.label(address),
              "rcv-local-sockaddr: " + std::to_string(status) + " 127.0.0.1:20125");
    destination(p::DestinationAction::remove_receive, id, "aeron:udp?endpoint=localhost:20126");
    EXPECT_EQ(driver.take_events().count<p::OperationSuccess>(), 1);
    EXPECT_EQ(receiver.take_log(), Texts{});  // success all the same
    destination(p::DestinationAction::remove_receive, id, "aeron:udp?endpoint=localhost:20125");
    EXPECT_EQ(receiver.take_log(), Texts{"remove destination"});
    EXPECT_FALSE(driver.counters().find(address));
    EXPECT_EQ(open_sockets(), 0U);
    destination(p::DestinationAction::add_receive, id, "aeron:udp?endpoint=localhost:20125");
    unsubscribe(id);
    EXPECT_EQ(open_sockets(), 0U);
}

TEST_F(NetworkSubscriptionsTest, destinations_that_are_refused) {
    const auto add = p::DestinationAction::add_receive;
    const auto remove = p::DestinationAction::remove_receive;
    const std::string unknown =
        "unknown subscription client_id=" + std::to_string(client) + " registration_id=99";
    EXPECT_EQ(destination_refusal(add, 99, "aeron:udp?endpoint=localhost:1", 2), unknown);
    EXPECT_EQ(destination_refusal(add, 99, "aeron:ipc", 2), unknown);
    EXPECT_EQ(destination_refusal(remove, 99, "aeron:udp?endpoint=localhost:1", 2), unknown);
    EXPECT_EQ(destination_refusal(remove, 99, "aeron:ipc", 2), unknown);
    const std::int64_t plain = subscribe();
    EXPECT_NE(destination_refusal(add, plain, "aeron:udp?endpoint=localhost:1", 1)
                  .find("channel does not allow manual control"),
              std::string::npos);
    const std::int64_t manual = subscribe("aeron:udp?control-mode=manual");
    EXPECT_NE(destination_refusal(add, manual, "aeron:udp?endpoint=localhost:1|mtu=4k", 1)
                  .find("destinations must not contain the key: mtu"),
              std::string::npos);
    EXPECT_NE(
        destination_refusal(add, manual, "aeron:udp?control=localhost:1|control-mode=response", 1)
            .find("destinations may not specify control-mode=response"),
        std::string::npos);
    EXPECT_NE(destination_refusal(add, manual, "aeron:udp?endpoint=nowhere:1", 9).find("nowhere"),
              std::string::npos);
}

TEST_F(NetworkSubscriptionsTest, ipc_destinations_bring_local_images) {
    const std::int64_t pub = driver.add_publication(client, 10);
    const std::int64_t id = subscribe("aeron:udp?control-mode=manual");
    destination(p::DestinationAction::add_receive, id, "aeron:ipc");
    destination(p::DestinationAction::add_receive, id, "aeron:ipc");
    const Events events = driver.take_events();
    EXPECT_EQ(events.count<p::OperationSuccess>(), 1);
    EXPECT_EQ(events.only<p::AvailableImage>().correlation_id, pub);
    EXPECT_EQ(events.only<p::AvailableImage>().subscription_registration_id, id);
    destination(p::DestinationAction::remove_receive, id, "aeron:ipc");
    EXPECT_EQ(driver.take_events().count<p::UnavailableImage>(), 1);
    unsubscribe(id);
    EXPECT_EQ(driver.counters().find_by_registration(4, id), kNullCounterId);
}

TEST_F(NetworkSubscriptionsTest, a_client_that_dies_while_its_channel_is_resolved_is_harmless) {
    driver.names.hold();
    subscribe();
    driver.names.release();
    work();
    EXPECT_EQ(driver.take_events().count<p::SubscriptionReady>(), 1);
    driver.names.hold();
    subscribe(kChannel, 11);
    driver.close();  // abandons the command
}

TEST_F(NetworkSubscriptionsTest, resolves_a_control_address_again_when_its_sender_is_silent) {
    driver.network.set_name("publisher", IpAddress::ipv4(10, 0, 0, 1));
    subscribe("aeron:udp?endpoint=localhost:20121|control=publisher:20122");
    receiver.take_log();
    const SocketAddress current{IpAddress::ipv4(10, 0, 0, 1), 20'122};
    EXPECT_EQ(receiver.destination->control_address, current);
    receiver.report_silence(current);
    work();
    EXPECT_EQ(receiver.take_log(), Texts{});
    driver.network.set_name("publisher", IpAddress::ipv4(10, 0, 0, 2));
    receiver.report_silence(current);
    work();
    EXPECT_EQ(receiver.take_log(), Texts{"control 10.0.0.2:20122"});
}

// A name server that does not answer: seconds for each name, and the receiver asks on.
TEST_F(NetworkSubscriptionsTest, looks_a_name_up_once_at_a_time_and_does_the_rest_meanwhile) {
    driver.network.set_name("publisher", IpAddress::ipv4(10, 0, 0, 1));
    subscribe("aeron:udp?endpoint=localhost:20121|control=publisher:20122");
    const SocketAddress current{IpAddress::ipv4(10, 0, 0, 1), 20'122};
    driver.names.hold();
    for (int i = 0; i < 10; ++i) {
        receiver.report_silence(current);
        work();
    }
    EXPECT_EQ(driver.names.waiting(), 1U);
    driver.take_events();
    driver.add_publication(client, 10, "aeron:ipc");  // needs a log file
    work();
    EXPECT_EQ(driver.take_events().count<p::PublicationReady>(), 1);
    driver.names.release();
    work();
    driver.names.hold();
    receiver.report_silence(current);
    work();
    EXPECT_EQ(driver.names.waiting(), 1U);  // again, once it was answered
}

}  // namespace
}  // namespace tern::driver

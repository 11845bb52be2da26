// Destinations of multi-destination publications (spec control-protocol.md 12.1 and 12.2,
// channel-uri.md 15.1).

#include "tern/driver/conductor/send_destination_commands.hpp"

#include "tern/driver/testing/publication_fixture.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;
namespace p = protocol;

constexpr const char* kManual = "aeron:udp?control-mode=manual|control=192.168.0.20:40200";
constexpr const char* kThere = "aeron:udp?endpoint=192.168.0.30:40123";

struct SendDestinations : PublicationFixture {
    std::int64_t command(p::DestinationAction action, std::int64_t publication,
                         std::string_view channel) {
        const std::int64_t id = driver.next_id();
        driver.send(p::DestinationCommand{{client, id}, action, publication, channel});
        driver.clock.advance(101ms);  // the sender takes commands now and then
        driver.work(8);
        return id;
    }
    std::int64_t add_to(const Stream& stream, std::string_view channel) {
        return command(p::DestinationAction::add_send, stream.id, channel);
    }
    std::int64_t remove_from(const Stream& stream, std::string_view channel) {
        return command(p::DestinationAction::remove_send, stream.id, channel);
    }
    std::int64_t remove_by_id(std::int64_t publication, std::int64_t destination) {
        const std::int64_t id = driver.next_id();
        driver.send(p::RemoveDestinationById{{client, id}, publication, destination});
        driver.clock.advance(101ms);
        driver.work(8);
        return id;
    }
    std::int64_t count(const Stream& stream) const {
        return driver.value(counter(CounterType::send_destinations, stream.id));
    }
    std::string refused(std::int64_t publication, std::string_view channel, int code) {
        command(p::DestinationAction::add_send, publication, channel);
        return refusal(code);
    }
    bool has_succeeded(std::int64_t id) {
        return driver.take_events().only<p::OperationSuccess>().correlation_id == id;
    }
};

TEST_F(SendDestinations, are_added_and_removed_by_address) {
    const Stream stream = add(kManual);
    EXPECT_EQ(count(stream), 0);
    EXPECT_TRUE(has_succeeded(add_to(stream, kThere)));
    EXPECT_EQ(count(stream), 1);
    receive(stream, 0);
    EXPECT_TRUE(stream.log.is_connected());
    EXPECT_TRUE(has_succeeded(remove_from(stream, "aeron:udp?endpoint=192.168.0.30:1")));
    EXPECT_EQ(count(stream), 1);  // another one
    EXPECT_TRUE(has_succeeded(remove_from(stream, kThere)));
    EXPECT_EQ(count(stream), 0);
}

TEST_F(SendDestinations, are_removed_by_the_id_of_the_command_that_added_them) {
    const Stream stream = add(kManual);
    const std::int64_t first = add_to(stream, kThere);
    add_to(stream, kThere);
    EXPECT_EQ(count(stream), 2);
    driver.take_events();
    EXPECT_TRUE(has_succeeded(remove_by_id(stream.id, first)));
    EXPECT_EQ(count(stream), 1);
    EXPECT_TRUE(has_succeeded(remove_by_id(stream.id, first)));
    EXPECT_EQ(count(stream), 1);
}

TEST_F(SendDestinations, may_name_a_link_of_the_same_client) {
    const Stream stream = add(kManual);
    const std::int64_t link = driver.add_publication(client, 10, kManual);
    driver.take_events();
    EXPECT_TRUE(has_succeeded(command(p::DestinationAction::add_send, link, kThere)));
    EXPECT_EQ(count(stream), 1);
}

TEST_F(SendDestinations, whose_name_is_unknown_are_kept_until_it_is_known) {
    const Stream stream = add(kManual);
    EXPECT_TRUE(has_succeeded(add_to(stream, "aeron:udp?endpoint=later:40123")));
    EXPECT_EQ(count(stream), 1);
    driver.network.set_name("later", IpAddress::ipv4(192, 168, 0, 30));
    for (int i = 0; i < 8; ++i) {
        driver.pass(1s);
        driver.work(8);
    }
    receive(stream, 0);
    publish(stream, 1024);
    driver.work(16);
    ReceiveBatch batch(64, 2048);
    EXPECT_GT(receiver().receive(batch), 0);
    EXPECT_NE(refused(stream.id, "aeron:udp?endpoint=later:x", 11).find("port invalid: 'x'"),
              std::string::npos);
    remove_from(stream, "aeron:udp?endpoint=nowhere:1");
    EXPECT_NE(refusal(9).find("Unable to resolve host=(nowhere)"), std::string::npos);
}

TEST_F(SendDestinations, are_refused_in_the_words_of_the_spec) {
    const Stream stream = add(kManual);
    EXPECT_EQ(refused(999, kThere, 3), "unknown publication registration_id=999");
    EXPECT_EQ(refused(stream.id, "aeron-spy:aeron:udp?endpoint=a:1", 1),
              "Aeron spies are invalid as send destinations: aeron-spy:aeron:udp?endpoint=a:1");
    EXPECT_EQ(refused(stream.id, "aeron:ipc", 11),
              "incorrect URI format for destination: aeron:ipc");
    EXPECT_EQ(refused(stream.id, "aeron:udp?control=a:1", 11),
              "incorrect URI format for destination: aeron:udp?control=a:1");
    EXPECT_EQ(refused(stream.id, "aeron:udp?endpoint=a:0", 11),
              "endpoint has port=0 for send destination: channel=aeron:udp?endpoint=a:0");
    EXPECT_EQ(refused(stream.id, "aeron:udp?endpoint=a:1|so-tos=1|mtu=2k", 1),
              "destinations must not contain the key: mtu "
              "channel=aeron:udp?endpoint=a:1|so-tos=1|mtu=2k");
    EXPECT_TRUE(refused(stream.id, "aeron:udp?endpoint=a:1|control-mode=response", 1)
                    .starts_with("destinations may not specify control-mode=response"));
    EXPECT_EQ(count(stream), 0);
}

TEST_F(SendDestinations, are_for_manual_channels_only) {
    const Stream stream = add();
    const std::string text =
        "channel does not allow manual control of destinations: publication_registration_id=" +
        std::to_string(stream.id);
    EXPECT_EQ(refused(stream.id, kThere, 11), text);
    remove_by_id(stream.id, 1);
    EXPECT_EQ(refusal(11), text);
    remove_by_id(999, 1);
    EXPECT_EQ(refusal(3), "unknown publication registration_id=999");
    const std::int64_t ipc = driver.add_publication(client, 10, "aeron:ipc");
    driver.take_events();
    EXPECT_EQ(refused(ipc, kThere, 3),
              "unknown publication registration_id=" + std::to_string(ipc));
}

TEST_F(SendDestinations, of_a_publication_that_goes_while_their_name_is_looked_up_are_refused) {
    const Stream stream = add(kManual);
    driver.remove_publication(client, stream.id);
    driver.pass(6s);
    driver.take_events();
    driver.names.hold();
    add_to(stream, kThere);
    driver.pass(3s);
    driver.work(16);
    driver.take_events();
    driver.names.release();
    driver.work(8);
    refusal(3);
}

TEST_F(SendDestinations, wait_in_the_ring_while_the_sender_stands_still) {
    constexpr std::ptrdiff_t kCommands = 1100;  // more than a queue has room for
    const Stream stream = add(kManual);
    driver.is_sender_held = true;
    for (int i = 0; i < kCommands; ++i) {
        driver.send(p::DestinationCommand{
            {client, driver.next_id()}, p::DestinationAction::add_send, stream.id, kThere});
    }
    const std::ptrdiff_t answered = driver.take_events().count<p::OperationSuccess>();
    EXPECT_LT(answered, kCommands);
    driver.is_sender_held = false;
    driver.clock.advance(101ms);
    driver.work(2 * kCommands);
    EXPECT_EQ(driver.take_events().count<p::OperationSuccess>(), kCommands - answered);
    EXPECT_EQ(count(stream), kCommands);
}

}  // namespace
}  // namespace tern::driver

// What no client should send, and some do (spec control-protocol.md, 4.2 and 7.4). The driver
// counts it, reports it, answers where it can, and goes on.

#include <gtest/gtest.h>

#include <random>

#include "tern/driver/testing/conductor_harness.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;
namespace p = protocol;

struct ConductorBadInput : ::testing::Test {
    ConductorHarness driver;
    const std::int64_t client = driver.next_id();

    void send_raw(std::int32_t type, std::vector<std::byte> body) {
        driver.send_raw(type, body);
        driver.work();
    }
    static std::vector<std::byte> with_header(std::size_t length, std::int64_t correlation_id) {
        std::vector<std::byte> body(length);
        store_plain(body.data(), std::int64_t{1});
        store_plain(body.data() + 8, correlation_id);
        return body;
    }
    void expect_alive() {
        driver.take_events();
        driver.add_publication(client, 10);
        EXPECT_EQ(driver.take_events().count<p::PublicationReady>(), 1);
    }
};

TEST_F(ConductorBadInput, a_command_that_is_too_short_is_logged_and_answered_by_its_id) {
    send_raw(0x01, with_header(20, 77));
    const Events events = driver.take_events();
    EXPECT_EQ(events.texts(), Texts{"ERROR 77 7"});
    EXPECT_EQ(events[0].as<p::CommandError>().message, "command=1 too short: length=20");
    EXPECT_EQ(driver.logged_errors(), Texts{"command=1 too short: length=20"});
    EXPECT_EQ(driver.value(SystemCounter::errors), 1);
    expect_alive();
}

TEST_F(ConductorBadInput, one_without_a_whole_header_is_only_logged) {
    send_raw(0x09, std::vector<std::byte>(15));
    EXPECT_TRUE(driver.take_events().empty());
    EXPECT_EQ(driver.logged_errors(), Texts{"command=9 too short: length=15"});
    expect_alive();
}

TEST_F(ConductorBadInput, an_unknown_type_is_logged_and_answered) {
    send_raw(0x7F, with_header(16, 78));
    EXPECT_EQ(driver.take_events().texts(), Texts{"ERROR 78 6"});
    EXPECT_EQ(driver.logged_errors(), Texts{"command=127 unknown"});
    expect_alive();
}

TEST_F(ConductorBadInput, lengths_inside_a_command_are_checked) {
    for (const std::int32_t length : {-1, INT32_MIN, INT32_MAX, 9}) {
        std::vector<std::byte> body = with_header(32, 79);
        store_plain(body.data() + 20, length);  // of the channel, of the key
        send_raw(0x01, body);
        send_raw(0x03, body);
        send_raw(0x09, body);
        const Events events = driver.take_events();
        EXPECT_EQ(events.count<p::CommandError>(), 3) << length;
        for (const EventRecord& event : events) {
            EXPECT_EQ(event.as<p::CommandError>().error_code, 7);
        }
    }
    expect_alive();
}

TEST_F(ConductorBadInput, a_malformed_termination_is_not_answered) {
    std::vector<std::byte> body = with_header(24, 80);
    store_plain(body.data() + 16, std::int32_t{100});
    send_raw(0x0E, body);
    EXPECT_TRUE(driver.take_events().empty());
    EXPECT_EQ(driver.value(SystemCounter::errors), 1);
}

TEST_F(ConductorBadInput, an_error_seen_twice_is_logged_once_and_counted_twice) {
    send_raw(0x7F, with_header(16, 1));
    send_raw(0x7F, with_header(16, 2));
    EXPECT_EQ(driver.logged_errors().size(), 1U);
    EXPECT_EQ(driver.value(SystemCounter::errors), 2);
}

TEST_F(ConductorBadInput, a_very_long_channel_gives_a_bounded_error) {
    driver.add_publication(client, 10, "aeron:ipc?alias=" + std::string(20'000, 'x'));
    const Events events = driver.take_events();
    EXPECT_EQ(events.only<p::CommandError>().error_code, 1);
    EXPECT_LE(events.only<p::CommandError>().message.size(), 8191U);
    expect_alive();
}

TEST_F(ConductorBadInput, a_command_of_a_client_that_died_in_its_claim_is_skipped) {
    const ManyToOneRing::Claim claim = driver.ring().try_claim(0x06, 16);
    ASSERT_TRUE(claim);  // never committed
    driver.add_publication(client, 10);
    EXPECT_TRUE(driver.take_events().empty());
    driver.pass(10s);
    EXPECT_EQ(driver.value(SystemCounter::unblocked_commands), 0);
    driver.pass(2s);
    EXPECT_EQ(driver.value(SystemCounter::unblocked_commands), 1);
    EXPECT_EQ(driver.take_events().count<p::PublicationReady>(), 1);
}

TEST_F(ConductorBadInput, a_ring_with_nothing_in_it_is_not_blocked) {
    driver.pass(60s);
    EXPECT_EQ(driver.value(SystemCounter::unblocked_commands), 0);
    expect_alive();
}

TEST_F(ConductorBadInput, a_damaged_ring_is_reported_and_read_on) {
    const std::int32_t at = static_cast<std::int32_t>(driver.ring().consumer_position());
    const ManyToOneRing::Claim claim = driver.ring().try_claim(0x06, 16);
    ASSERT_TRUE(claim);
    store_plain(claim.payload.data() - 8, std::int32_t{3});  // no record has that length
    driver.work();
    EXPECT_EQ(driver.ring().size(), 0) << at;
    EXPECT_EQ(driver.logged_errors().size(), 1U);
    expect_alive();
}

// Commands of random types and lengths, some of them with plausible ids, channels and lengths.
TEST_F(ConductorBadInput, random_commands_stop_nobody) {
    std::mt19937_64 random(20'260'101);
    const auto below = [&](std::uint64_t bound) { return random() % bound; };
    const std::string channels[] = {"aeron:ipc",
                                    "aeron:ipc?session-id=1|",
                                    "aeron:ipc?term-length=64k",
                                    "aeron:udp?endpoint=localhost:0",
                                    "aeron-spy:aeron:udp?a=b",
                                    "aeron:ipc?tether=false|x"};
    std::ptrdiff_t made = 0, refused = 0, linked = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::vector<std::byte> body(below(80));
        for (std::byte& byte : body)
            byte = static_cast<std::byte>(below(4) == 0 ? random() : 0);
        if (body.size() >= 32 && below(2) == 0) {
            store_plain(body.data(), static_cast<std::int64_t>(below(4)));
            store_plain(body.data() + 8, static_cast<std::int64_t>(below(64)));
            const bool is_stream = below(2) == 0;  // else a registration id
            store_plain(body.data() + 16, static_cast<std::int64_t>(below(is_stream ? 3 : 64)));
            store_plain(body.data() + 24, static_cast<std::int32_t>(below(3)));
            const std::string& channel = channels[below(std::size(channels))];
            const std::size_t at = below(2) == 0 ? 24 : 32;
            store_plain(body.data() + at - 4, static_cast<std::int32_t>(channel.size()));
            body.resize(at + channel.size());
            std::memcpy(body.data() + at, channel.data(), channel.size());
        }
        driver.send_raw(static_cast<std::int32_t>(1 + below(20)), body);
        driver.work(2);
        if (below(64) == 0) driver.pass(Nanos{1s} * static_cast<int>(below(4)));
        const Events events = driver.take_events();
        made += events.count<p::PublicationReady>() + events.count<p::SubscriptionReady>();
        linked += events.count<p::AvailableImage>();
        refused += events.count<p::CommandError>();
    }
    EXPECT_GT(made, 100);
    EXPECT_GT(linked, 20);
    EXPECT_GT(refused, 1000);
    driver.pass(60s);
    driver.work(200);
    driver.take_events();
    driver.add_publication(client, 10);
    EXPECT_EQ(driver.take_events().count<p::PublicationReady>(), 1);
    driver.close();
    EXPECT_EQ(
        driver.files.file_names(),
        (std::vector<std::string>{"/dev/shm/aeron/cnc.dat", "/dev/shm/aeron/loss-report.dat"}));
    EXPECT_TRUE(driver.files.written_without_blocks().empty());
}

// The same with the ring's own words.
TEST_F(ConductorBadInput, random_bytes_in_the_ring_stop_nobody) {
    std::mt19937_64 random(7);
    for (int i = 0; i < 5'000; ++i) {
        const ManyToOneRing::Claim claim =
            driver.ring().try_claim(static_cast<std::int32_t>(1 + random() % 20),
                                    static_cast<std::int32_t>(random() % 100));
        if (claim) {
            store_plain(claim.payload.data() - 8, static_cast<std::int32_t>(random() % 300) - 20);
            for (std::byte& byte : claim.payload)
                byte = static_cast<std::byte>(random() % 8);
        }
        driver.work(2);
        if (random() % 16 == 0) driver.pass(12s);
    }
    driver.pass(24s);
    driver.work(20);
    expect_alive();
}

}  // namespace
}  // namespace tern::driver

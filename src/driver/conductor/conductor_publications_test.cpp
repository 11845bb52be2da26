// Session ids, sharing, and what keeps a publication from being made (spec control-protocol.md,
// sections 8, 9 and 15).

#include <gtest/gtest.h>

#include "tern/driver/testing/conductor_harness.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;
namespace p = protocol;

struct ConductorPublications : ::testing::Test {
    ConductorHarness driver;
    const std::int64_t client = driver.next_id();

    std::int32_t session_of_exclusive(std::int32_t stream, std::string_view channel = "aeron:ipc") {
        driver.add_exclusive(client, stream, channel);
        return driver.take_events().only<p::PublicationReady>().session_id;
    }
    std::string refusal(std::int32_t stream, std::string_view channel, int code, bool exclusive) {
        driver.add_publication(client, stream, channel, exclusive);
        const Events events = driver.take_events();
        const auto error = events.only<p::CommandError>();
        EXPECT_EQ(error.error_code, code);
        return std::string(error.message);
    }
    std::int32_t next_session(std::int32_t stream) {
        const std::int64_t id = driver.next_id();
        driver.send(p::GetNextAvailableSessionId{{client, id}, stream});
        const Events events = driver.take_events();
        EXPECT_EQ(events.only<p::NextAvailableSessionId>().correlation_id, id);
        return events.only<p::NextAvailableSessionId>().next_session_id;
    }
};

TEST_F(ConductorPublications, exclusive_ones_get_sessions_in_a_row) {
    const std::int32_t first = session_of_exclusive(10);
    EXPECT_EQ(session_of_exclusive(10), first + 1);
    EXPECT_EQ(session_of_exclusive(11), first + 2);
}

// Worked example 21.2, relative to wherever the driver starts to count.
TEST_F(ConductorPublications, explicit_sessions_are_taken_skipped_and_refused_as_in_example_21_2) {
    const std::int32_t first = session_of_exclusive(10);
    const std::string explicit_next = "aeron:ipc?session-id=" + std::to_string(first + 1);
    EXPECT_EQ(session_of_exclusive(10, explicit_next), first + 1);
    EXPECT_EQ(session_of_exclusive(10), first + 2);  // the candidate was in use
    EXPECT_EQ(refusal(10, explicit_next, 1, true),
              "existing publication has clashing sessionId=" + std::to_string(first + 1) +
                  " for streamId=10 channel=" + explicit_next);
    EXPECT_EQ(next_session(10), first + 3);
    EXPECT_EQ(next_session(10), first + 4);
    EXPECT_EQ(session_of_exclusive(10, "aeron:ipc?session-id=7"), 7);  // reserved, but explicit
    EXPECT_EQ(session_of_exclusive(10), first + 5);
    EXPECT_EQ(session_of_exclusive(11, explicit_next), first + 1);  // another stream
}

TEST_F(ConductorPublications, next_session_id_does_not_make_the_client_known) {
    next_session(10);
    EXPECT_EQ(driver.counters().find_by_registration(11, client), kNullCounterId);
}

TEST_F(ConductorPublications, a_session_is_free_again_once_its_stream_lingers) {
    const std::int64_t pub = driver.add_exclusive(client, 10, "aeron:ipc?session-id=7");
    driver.remove_publication(client, pub);
    driver.take_events();
    refusal(10, "aeron:ipc?session-id=7", 1, true);  // draining
    driver.pass(1s);
    EXPECT_EQ(session_of_exclusive(10, "aeron:ipc?session-id=7"), 7);
}

TEST_F(ConductorPublications, sharing_compares_what_the_new_channel_gives) {
    driver.add_publication(client, 10, "aeron:ipc?session-id=7|mtu=4096|term-length=128k");
    const std::int64_t shared = driver.take_events().only<p::PublicationReady>().registration_id;
    driver.add_publication(client, 10, "aeron:ipc?linger=9s|sparse=false|alias=x");
    EXPECT_EQ(driver.take_events().only<p::PublicationReady>().registration_id, shared);
    const std::string prefix = "existing publication has different ";
    EXPECT_NE(refusal(10, "aeron:ipc?session-id=8", 11, false)
                  .find(prefix + "'session-id': existing=7 requested=8"),
              std::string::npos);
    EXPECT_NE(refusal(10, "aeron:ipc?mtu=1408", 11, false)
                  .find(prefix + "'mtu': existing=4096 requested=1408"),
              std::string::npos);
    EXPECT_NE(refusal(10, "aeron:ipc?term-length=64k", 11, false)
                  .find(prefix + "'term-length': existing=131072 requested=65536"),
              std::string::npos);
}

TEST_F(ConductorPublications, exclusive_ones_are_never_shared) {
    const std::int64_t exclusive = driver.add_exclusive(client, 10);
    const std::int64_t shared = driver.add_publication(client, 10);
    driver.add_publication(client, 10);
    driver.add_exclusive(client, 10);
    const Events events = driver.take_events();
    std::vector<std::int64_t> registration_ids;
    for (const EventRecord& event : events) {
        if (event.is<p::PublicationReady>()) {
            registration_ids.push_back(event.as<p::PublicationReady>().registration_id);
        }
    }
    EXPECT_EQ(registration_ids,
              (std::vector<std::int64_t>{exclusive, shared, shared, exclusive + 3}));
}

TEST_F(ConductorPublications, another_response_correlation_id_is_another_publication) {
    const std::int64_t plain = driver.add_publication(client, 10);
    const std::int64_t response =
        driver.add_publication(client, 10, "aeron:ipc?response-correlation-id=99");
    driver.take_events();
    driver.add_publication(client, 10, "aeron:ipc?response-correlation-id=99");
    EXPECT_EQ(driver.take_events().only<p::PublicationReady>().registration_id, response);
    driver.add_publication(client, 10);
    EXPECT_EQ(driver.take_events().only<p::PublicationReady>().registration_id, plain);
}

TEST_F(ConductorPublications, one_that_drains_or_is_revoked_is_not_joined) {
    const std::int64_t pub = driver.add_publication(client, 10);
    driver.remove_publication(client, pub);
    const std::int64_t second = driver.add_publication(client, 10);
    driver.take_events();
    driver.remove_publication(client, second, true);  // revoked: ends in the next timer pass
    const std::int64_t third = driver.add_publication(client, 10);
    EXPECT_EQ(driver.take_events().only<p::PublicationReady>().registration_id, third);
}

TEST_F(ConductorPublications, session_of_a_tag_is_that_of_the_tagged_one) {
    driver.add_publication(client, 10, "aeron:ipc?tags=,77|session-id=7|mtu=4096|term-length=128k");
    driver.take_events();
    driver.add_publication(client, 11, "aeron:ipc?session-id=tag:77");
    const Events events = driver.take_events();
    const auto ready = events.only<p::PublicationReady>();
    EXPECT_EQ(ready.session_id, 7);
    const LogBuffers log = driver.log(std::string(ready.log_file_name));
    EXPECT_EQ(log.mtu_length(), 4096);
    EXPECT_EQ(log.term_length(), 128 * 1024);
    refusal(11, "aeron:ipc?session-id=tag:78", 11, true);
}

TEST_F(ConductorPublications, max_resend_is_in_the_log_if_the_channel_gives_it) {
    const auto max_resend_of = [&](std::string_view channel) {
        driver.add_exclusive(client, 10, channel);
        const Events events = driver.take_events();
        const auto ready = events.only<p::PublicationReady>();
        return driver.log(std::string(ready.log_file_name)).metadata().max_resend;
    };
    EXPECT_EQ(max_resend_of("aeron:ipc"), 0);
    EXPECT_EQ(max_resend_of("aeron:ipc?max-resend=3"), 3);
}

TEST_F(ConductorPublications, initial_term_ids_differ) {
    driver.add_exclusive(client, 10);
    driver.add_exclusive(client, 10);
    const Events events = driver.take_events();
    std::vector<std::int32_t> term_ids;
    for (const EventRecord& event : events) {
        if (!event.is<p::PublicationReady>()) continue;
        const auto ready = event.as<p::PublicationReady>();
        term_ids.push_back(driver.log(std::string(ready.log_file_name)).initial_term_id());
    }
    ASSERT_EQ(term_ids.size(), 2U);
    EXPECT_NE(term_ids[0], term_ids[1]);
}

TEST_F(ConductorPublications, too_little_space_is_error_12_and_nothing_is_left) {
    driver.files.set_capacity(driver.files.used() + 200'703);
    const std::string text = refusal(10, "aeron:ipc", 12, false);
    EXPECT_NE(text.find("insufficient usable storage for new log of length=200704"),
              std::string::npos);
    EXPECT_EQ(driver.counters().find_by_registration(11, client), kNullCounterId);
    driver.files.set_capacity(std::uint64_t{1} << 40);
    driver.add_publication(client, 10);
    EXPECT_EQ(driver.take_events().count<p::PublicationReady>(), 1);
}

TEST_F(ConductorPublications, a_file_that_cannot_be_made_is_an_error_of_the_command) {
    driver.files.fail_creations(1, {ErrorCode::generic_error, "permission denied"});
    EXPECT_EQ(refusal(10, "aeron:ipc", 11, false), "permission denied");
    // Two commands with one correlation id want one file.
    driver.send(p::AddPublication{{client, 1000}, 10, "aeron:ipc", true});
    driver.take_events();
    driver.send(p::AddPublication{{client, 1000}, 10, "aeron:ipc", true});
    EXPECT_EQ(driver.take_events().only<p::CommandError>().error_code, 11);
}

TEST(ConductorPublicationsWithFewCounters, no_free_counter_is_an_error_and_nothing_is_left) {
    Settings settings = harness_settings();
    settings.counters_values_buffer_length = (kSystemCounterCount + 3) * 128;
    ConductorHarness driver(settings);
    const std::int64_t client = driver.next_id();
    driver.add_exclusive(client, 10);  // heartbeat, position and limit: the last three
    EXPECT_EQ(driver.take_events().count<p::PublicationReady>(), 1);
    const std::int64_t refused = driver.add_exclusive(client, 10);
    const Events events = driver.take_events();
    EXPECT_EQ(events.only<p::CommandError>().error_code, 11);
    EXPECT_NE(events.only<p::CommandError>().message.find("Max counter id (48) exceeded"),
              std::string_view::npos)
        << events.only<p::CommandError>().message;
    driver.work();
    EXPECT_FALSE(driver.files.exists("/dev/shm/aeron/publications/" + std::to_string(refused) +
                                     ".logbuffer"));
    // A subscription is ready, but cannot be linked: told beside the answer.
    const std::int64_t sub = driver.add_subscription(client, 10);
    EXPECT_EQ(driver.take_events().texts(),
              (std::vector<std::string>{"SUBSCRIPTION_READY " + std::to_string(sub) + " -1",
                                        "ERROR " + std::to_string(sub) + " 11"}));
}

TEST(ConductorPublicationsWithFewCounters, a_client_without_heartbeat_gets_no_publication) {
    Settings settings = harness_settings();
    settings.counters_values_buffer_length = (kSystemCounterCount + 2) * 128;
    ConductorHarness driver(settings);
    const std::int64_t client = driver.next_id();
    const std::int64_t refused = driver.add_exclusive(client, 10);
    EXPECT_EQ(driver.take_events().texts(),
              std::vector<std::string>{"ERROR " + std::to_string(refused) + " 11"});
    EXPECT_EQ(driver.counters().state(kSystemCounterCount), CounterState::reclaimed);
    EXPECT_EQ(driver.counters().state(kSystemCounterCount + 1), CounterState::reclaimed);
    driver.work();
    EXPECT_EQ(driver.files.file_names().size(), 2U);
}

}  // namespace
}  // namespace tern::driver

// Conversations about IPC streams: which events come, in which order, and what they say (spec
// control-protocol.md, sections 1, 8 to 10 and 21).

#include <gtest/gtest.h>

#include "tern/driver/testing/conductor_harness.hpp"
#include "tern/logbuffer/exclusive_appender.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;
namespace p = protocol;

std::string line(std::string name, std::initializer_list<std::int64_t> ids) {
    for (const std::int64_t id : ids) name += " " + std::to_string(id);
    return name;
}

struct ConductorIpc : ::testing::Test {
    ConductorHarness driver;
    const std::int64_t one = driver.next_id();
    const std::int64_t two = driver.next_id();
};

// Worked example 21.3, line by line.
TEST_F(ConductorIpc, talks_to_two_clients_as_in_example_21_3) {
    ASSERT_EQ(one, 1);
    ASSERT_EQ(two, 2);
    driver.keep_alive_always(one);
    driver.keep_alive_always(two);

    const std::int64_t sub = driver.add_subscription(one, 10);
    EXPECT_EQ(driver.take_events().texts(), (Texts{"COUNTER_READY 1", "SUBSCRIPTION_READY 3 -1"}));

    driver.add_publication(two, 10);
    const Events shared = driver.take_events();
    EXPECT_EQ(shared.texts(),
              (Texts{"COUNTER_READY 2", "PUBLICATION_READY 4 4", "AVAILABLE_IMAGE 4 3"}));
    const auto ready = shared.first<p::PublicationReady>();
    const auto image = shared.first<p::AvailableImage>();
    EXPECT_EQ(ready.log_file_name, "/dev/shm/aeron/publications/4.logbuffer");
    EXPECT_EQ(ready.stream_id, 10);
    EXPECT_EQ(ready.channel_status_indicator_id, -1);
    EXPECT_EQ(image.session_id, ready.session_id);
    EXPECT_EQ(image.source_identity, "aeron:ipc");
    EXPECT_EQ(image.log_file_name, ready.log_file_name);
    EXPECT_EQ(image.subscription_registration_id, sub);

    const std::int64_t joined = driver.add_publication(one, 10);
    const Events again = driver.take_events();
    EXPECT_EQ(again.texts(), (Texts{"PUBLICATION_READY 5 4"}));
    EXPECT_EQ(again.first<p::PublicationReady>().session_id, ready.session_id);
    EXPECT_EQ(again.first<p::PublicationReady>().position_limit_counter_id,
              ready.position_limit_counter_id);

    const std::int64_t exclusive = driver.add_exclusive(two, 10);
    const Events third = driver.take_events();
    EXPECT_EQ(third.texts(), (Texts{"EXCLUSIVE_PUBLICATION_READY 6 6", "AVAILABLE_IMAGE 6 3"}));
    EXPECT_EQ(third.first<p::PublicationReady>().session_id, ready.session_id + 1);

    driver.remove_publication(two, 4);
    EXPECT_EQ(driver.take_events().texts(), (Texts{"OPERATION_SUCCESS 7"}));
    driver.remove_publication(two, exclusive, true);
    EXPECT_EQ(driver.take_events().texts(), (Texts{"OPERATION_SUCCESS 8"}));
    driver.pass(1s);
    EXPECT_EQ(driver.take_events().texts(), (Texts{"UNAVAILABLE_IMAGE 6 3 10"}));
    EXPECT_TRUE(driver.files.exists("/dev/shm/aeron/publications/6.logbuffer"));
    driver.pass(1s);
    EXPECT_FALSE(driver.files.exists("/dev/shm/aeron/publications/6.logbuffer"));

    driver.remove_publication(one, joined);
    EXPECT_EQ(driver.take_events().texts(), (Texts{"OPERATION_SUCCESS 9"}));
    driver.pass(1s);  // nothing was published, so it is drained
    EXPECT_EQ(driver.take_events().texts(), (Texts{"UNAVAILABLE_IMAGE 4 3 10"}));

    driver.let_die(two);
    driver.pass(11s);
    EXPECT_EQ(driver.take_events().texts(), (Texts{"CLIENT_TIMEOUT 2", "UNAVAILABLE_COUNTER 2"}));

    driver.close_client(one);
    driver.pass(1s);
    EXPECT_EQ(driver.take_events().texts(), (Texts{"UNAVAILABLE_COUNTER 1"}));
    EXPECT_EQ(driver.value(SystemCounter::errors), 0);
}

TEST_F(ConductorIpc, a_message_crosses_from_publisher_to_subscriber) {
    driver.add_subscription(one, 10);
    driver.add_exclusive(two, 10);
    const Events events = driver.take_events();
    const auto ready = events.first<p::PublicationReady>();
    const auto image = events.first<p::AvailableImage>();
    const LogBuffers log = driver.log(std::string(ready.log_file_name));
    EXPECT_TRUE(log.is_connected());
    const Position limit = driver.value(ready.position_limit_counter_id);
    EXPECT_EQ(limit, 32'768);

    ExclusiveAppender appender(log, ready.session_id, ready.stream_id);
    EXPECT_EQ(appender.offer(bytes_of("hello"), limit).position(), 64);
    driver.work();
    EXPECT_EQ(load_plain<std::int32_t>(log.term(0)), 37);
    driver.set_value(image.subscriber_position_counter_id, 64);
    driver.pass(1s);
    EXPECT_TRUE(driver.files.written_without_blocks().empty());
}

TEST_F(ConductorIpc, counters_of_a_stream_have_types_labels_and_owners) {
    const std::int64_t sub = driver.add_subscription(one, 10, "aeron:ipc?alias=in");
    const std::int64_t pub = driver.add_publication(two, 10, "aeron:ipc?alias=out");
    const Events events = driver.take_events();
    const auto ready = events.first<p::PublicationReady>();
    const auto image = events.first<p::AvailableImage>();
    const std::string stream = std::to_string(ready.session_id) + " 10 ";
    const CountersReader& counters = driver.counters();

    EXPECT_EQ(driver.label(ready.position_limit_counter_id),
              line("pub-lmt:", {pub}) + " " + stream + "aeron:ipc?alias=out");
    EXPECT_EQ(counters.owner_id(ready.position_limit_counter_id), two);
    const std::int32_t position = counters.find_by_registration(12, pub);
    EXPECT_EQ(driver.label(position),
              line("pub-pos (concurrent):", {pub}) + " " + stream + "aeron:ipc?alias=out");
    EXPECT_EQ(driver.label(image.subscriber_position_counter_id),
              line("sub-pos:", {sub}) + " " + stream + "aeron:ipc?alias=in @0");
    EXPECT_EQ(counters.registration_id(image.subscriber_position_counter_id), sub);
    EXPECT_EQ(counters.reference_id(image.subscriber_position_counter_id), pub);
    EXPECT_EQ(counters.owner_id(image.subscriber_position_counter_id), one);
}

TEST_F(ConductorIpc, a_subscription_gets_every_stream_that_is_there_already) {
    const std::int64_t first = driver.add_exclusive(one, 10);
    const std::int64_t second = driver.add_exclusive(one, 10);
    driver.add_exclusive(one, 11);
    driver.take_events();
    const std::int64_t sub = driver.add_subscription(two, 10);
    EXPECT_EQ(
        driver.take_events().texts(),
        (Texts{line("COUNTER_READY", {two}), line("SUBSCRIPTION_READY", {sub, -1}),
               line("AVAILABLE_IMAGE", {first, sub}), line("AVAILABLE_IMAGE", {second, sub})}));
}

TEST_F(ConductorIpc, a_session_id_in_the_channel_restricts_a_subscription) {
    const std::int64_t wanted = driver.add_exclusive(one, 10, "aeron:ipc?session-id=7");
    driver.add_exclusive(one, 10, "aeron:ipc?session-id=8");
    driver.take_events();
    const std::int64_t sub = driver.add_subscription(two, 10, "aeron:ipc?session-id=7");
    const Events events = driver.take_events();
    EXPECT_EQ(events.only<p::AvailableImage>().correlation_id, wanted);
    EXPECT_EQ(events.only<p::AvailableImage>().subscription_registration_id, sub);
    driver.add_exclusive(one, 10, "aeron:ipc?session-id=9");
    EXPECT_EQ(driver.take_events().count<p::AvailableImage>(), 0);
}

TEST_F(ConductorIpc, other_parameters_and_tags_do_not_matter_for_matching) {
    driver.add_publication(one, 10, "aeron:ipc?tags=5|mtu=4096|term-length=128k");
    driver.take_events();
    driver.add_subscription(two, 10, "aeron:ipc?tags=6|alias=x");
    EXPECT_EQ(driver.take_events().count<p::AvailableImage>(), 1);
}

TEST_F(ConductorIpc, removing_a_subscription_is_silent_and_frees_its_positions) {
    driver.add_publication(one, 10);
    const std::int64_t sub = driver.add_subscription(two, 10);
    const Events events = driver.take_events();
    const std::int32_t position = events.first<p::AvailableImage>().subscriber_position_counter_id;
    const LogBuffers log =
        driver.log(std::string(events.first<p::PublicationReady>().log_file_name));
    EXPECT_TRUE(log.is_connected());
    const std::int64_t removal = driver.remove_subscription(one, sub);  // any client may
    EXPECT_EQ(driver.take_events().texts(), (Texts{line("OPERATION_SUCCESS", {removal})}));
    EXPECT_EQ(driver.counters().state(position), CounterState::reclaimed);
    EXPECT_FALSE(log.is_connected());  // at once
    const std::int64_t again = driver.remove_subscription(two, sub);
    const Events error = driver.take_events();
    EXPECT_EQ(error.texts(), (Texts{line("ERROR", {again, 2})}));
    EXPECT_EQ(error[0].as<p::CommandError>().message,
              "unknown subscription client_id=2 registration_id=" + std::to_string(sub));
}

TEST_F(ConductorIpc, a_publication_is_known_to_the_client_that_added_it_only) {
    const std::int64_t pub = driver.add_publication(one, 10);
    driver.take_events();
    const std::int64_t wrong = driver.remove_publication(two, pub);
    const Events error = driver.take_events();
    EXPECT_EQ(error.texts(), (Texts{line("ERROR", {wrong, 3})}));
    EXPECT_EQ(error[0].as<p::CommandError>().message,
              "unknown publication client_id=2 registration_id=" + std::to_string(pub));
    const std::int64_t right = driver.remove_publication(one, pub);
    EXPECT_EQ(driver.take_events().texts(), (Texts{line("OPERATION_SUCCESS", {right})}));
}

TEST_F(ConductorIpc, a_failing_add_does_not_register_the_client) {
    driver.add_publication(one, 10, "aeron:ipc?term-length=7");
    driver.add_subscription(one, 10, "aeron:ipc?session-id=x");
    const Events events = driver.take_events();
    EXPECT_EQ(events.count<p::CounterReady>(), 0);
    EXPECT_EQ(events.count<p::CommandError>(), 2);
    EXPECT_EQ(driver.value(SystemCounter::errors), 2);
    EXPECT_EQ(driver.logged_errors().size(), 2U);
}

TEST_F(ConductorIpc, keeps_answers_in_the_order_of_the_commands_while_a_log_is_made) {
    driver.executor.hold();
    const std::int64_t pub = driver.add_publication(one, 10);
    const std::int64_t sub = driver.add_subscription(one, 10);
    EXPECT_TRUE(driver.take_events().empty());
    driver.keep_alive_always(one);
    driver.pass(2s);  // timers go on
    EXPECT_EQ(driver.ring().consumer_heartbeat_ms(), driver.clock.epoch_now().count());
    EXPECT_GT(driver.ring().size(), 0);
    driver.executor.release();
    driver.work();
    EXPECT_EQ(driver.take_events().texts(),
              (Texts{line("COUNTER_READY", {one}), line("PUBLICATION_READY", {pub, pub}),
                     line("SUBSCRIPTION_READY", {sub, -1}), line("AVAILABLE_IMAGE", {pub, sub})}));
}

TEST_F(ConductorIpc, asks_again_where_the_executor_had_no_room) {
    driver.executor.set_capacity(0);
    const std::int64_t pub = driver.add_publication(one, 10);
    EXPECT_TRUE(driver.take_events().empty());
    driver.executor.set_capacity(8);
    driver.work();
    EXPECT_EQ(driver.take_events().texts(),
              (Texts{line("COUNTER_READY", {one}), line("PUBLICATION_READY", {pub, pub})}));
}

TEST_F(ConductorIpc, metadata_of_the_log_says_what_the_channel_said) {
    driver.add_publication(
        one, 10,
        "aeron:ipc?term-length=128k|mtu=4096|linger=3s|eos=false|ssc=true|"
        "tags=,77|pub-wnd=16k|max-resend=3|init-term-id=5|term-id=7|term-offset=64");
    const Events events = driver.take_events();
    const auto ready = events.first<p::PublicationReady>();
    const LogBuffers log = driver.log(std::string(ready.log_file_name));
    const LogMetadata& metadata = log.metadata();
    EXPECT_EQ(log.term_length(), 128 * 1024);
    EXPECT_EQ(log.mtu_length(), 4096);
    EXPECT_EQ(log.initial_term_id(), 5);
    EXPECT_EQ(log.producer_position(), 2 * 128 * 1024 + 64);
    EXPECT_EQ(metadata.correlation_id, ready.registration_id);
    EXPECT_EQ(metadata.publication_window_length, 16 * 1024);
    EXPECT_EQ(metadata.linger_timeout_ns, 3'000'000'000);
    EXPECT_EQ(metadata.max_resend, 3);
    EXPECT_EQ(metadata.entity_tag, 77);
    EXPECT_EQ(metadata.response_correlation_id, -1);
    EXPECT_EQ(metadata.signal_eos, 0);
    EXPECT_EQ(metadata.spies_simulate_connection, 1);
    EXPECT_EQ(metadata.sparse, 1);
    EXPECT_EQ(metadata.reliable, 0);
    EXPECT_EQ(metadata.type, LogType::concurrent_publication);
    EXPECT_EQ(metadata.untethered_window_limit_timeout_ns, 5'000'000'000);
    EXPECT_EQ(metadata.untethered_linger_timeout_ns(), 5'000'000'000);
    EXPECT_EQ(metadata.untethered_resting_timeout_ns, 10'000'000'000);
    EXPECT_EQ(metadata.default_header.session_id, ready.session_id);
    EXPECT_EQ(metadata.default_header.stream_id, 10);
    EXPECT_EQ(metadata.default_header.term_id, 5);
}

// Worked example 21.1.
TEST_F(ConductorIpc, starts_at_the_position_of_example_21_1) {
    const std::int64_t pub = driver.add_publication(
        one, 10, "aeron:ipc?term-length=64k|init-term-id=-5|term-id=-3|term-offset=1024");
    const Events events = driver.take_events();
    const auto ready = events.first<p::PublicationReady>();
    EXPECT_EQ(driver.value(ready.position_limit_counter_id), 132'096);
    EXPECT_EQ(driver.value(driver.counters().find_by_registration(12, pub)), 132'096);
    const LogMetadata& metadata = driver.log(std::string(ready.log_file_name)).metadata();
    EXPECT_EQ(static_cast<std::uint64_t>(metadata.term_tail_counters[2].load_acquire()),
              0xFFFFFFFD00000400U);
    EXPECT_EQ(static_cast<std::uint64_t>(metadata.term_tail_counters[0].load_acquire()),
              0xFFFFFFFB00000000U);
    EXPECT_EQ(static_cast<std::uint64_t>(metadata.term_tail_counters[1].load_acquire()),
              0xFFFFFFFC00000000U);
    EXPECT_EQ(metadata.active_term_count.load_acquire(), 2);

    driver.add_publication(one, 10, "aeron:ipc?init-term-id=-5|term-id=-3|term-offset=1024");
    EXPECT_EQ(driver.take_events().only<p::PublicationReady>().registration_id, pub);
    driver.add_publication(one, 10, "aeron:ipc?init-term-id=-5|term-id=-2|term-offset=1024");
    const Events error = driver.take_events();
    EXPECT_EQ(error.only<p::CommandError>().error_code, 11);
    EXPECT_NE(error.only<p::CommandError>().message.find(
                  "existing publication has different 'term-id': existing=-3 requested=-2"),
              std::string_view::npos);
}

TEST_F(ConductorIpc, refuses_channels_that_no_publication_can_have) {
    for (const char* channel :
         {"foo:bar", "aeron-spy:aeron:ipc", "aeron-spy:aeron:udp?endpoint=x:1"}) {
        driver.add_publication(one, 10, channel);
        EXPECT_EQ(driver.take_events().only<p::CommandError>().error_code, 1) << channel;
    }
}

TEST_F(ConductorIpc, destinations_are_answered_as_for_unknown_resources) {
    const std::int64_t pub = driver.add_publication(one, 10);
    const std::int64_t sub = driver.add_subscription(one, 10);
    driver.take_events();
    const auto command = [&](p::DestinationAction action, std::int64_t id,
                             std::string_view channel) {
        const std::int64_t correlation_id = driver.next_id();
        driver.send(p::DestinationCommand{{one, correlation_id}, action, id, channel});
        return correlation_id;
    };
    using enum p::DestinationAction;
    const std::string_view udp = "aeron:udp?endpoint=localhost:40123";
    for (const auto& [action, id, code] : {std::tuple{add_send, pub, 3},
                                           {remove_send, pub, 3},
                                           {add_receive, sub, 2},
                                           {remove_receive, sub, 2}}) {
        const std::int64_t correlation_id = command(action, id, udp);
        EXPECT_EQ(driver.take_events().texts(), (Texts{line("ERROR", {correlation_id, code})}));
    }
    const std::int64_t by_id = driver.next_id();
    driver.send(p::RemoveDestinationById{{one, by_id}, pub, 99});
    EXPECT_EQ(driver.take_events().texts(), (Texts{line("ERROR", {by_id, 3})}));

    EXPECT_EQ(command(remove_receive, sub, "aeron:ipc?alias=x") > 0, true);
    EXPECT_EQ(driver.take_events().only<p::CommandError>().error_code, 2);
    // The subscription's own link has its registration id and its text.
    const std::int64_t removal = command(remove_receive, sub, "aeron:ipc");
    EXPECT_EQ(driver.take_events().texts(), (Texts{line("OPERATION_SUCCESS", {removal}),
                                                   line("UNAVAILABLE_IMAGE", {pub, sub, 10})}));
}

TEST_F(ConductorIpc, response_publication_gives_its_session_to_the_subscription_that_waits) {
    const std::int64_t sub = driver.add_subscription(one, 20, "aeron:ipc?control-mode=response");
    const std::int64_t request =
        driver.add_publication(one, 10, "aeron:ipc?response-correlation-id=" + std::to_string(sub));
    driver.add_exclusive(two, 20);  // somebody else's stream: not for an unbound subscription
    EXPECT_EQ(driver.take_events().count<p::AvailableImage>(), 0);
    const std::int64_t response = driver.add_exclusive(
        two, 20, "aeron:ipc?response-correlation-id=" + std::to_string(request));
    const Events bound = driver.take_events();
    EXPECT_EQ(bound.only<p::AvailableImage>().correlation_id, response);
    EXPECT_EQ(bound.only<p::AvailableImage>().subscription_registration_id, sub);
    // The server makes another one for the same request.
    const std::int64_t again = driver.add_exclusive(
        two, 20, "aeron:ipc?response-correlation-id=" + std::to_string(request));
    EXPECT_EQ(driver.take_events().only<p::AvailableImage>().correlation_id, again);
}

TEST_F(ConductorIpc, response_publication_with_another_session_is_refused) {
    const std::int64_t sub =
        driver.add_subscription(one, 20, "aeron:ipc?control-mode=response|session-id=5");
    const std::int64_t request =
        driver.add_publication(one, 10, "aeron:ipc?response-correlation-id=" + std::to_string(sub));
    driver.take_events();
    const std::string channel =
        "aeron:ipc?session-id=6|response-correlation-id=" + std::to_string(request);
    const std::int64_t refused = driver.add_exclusive(two, 20, channel);
    const Events error = driver.take_events();
    EXPECT_EQ(error.texts(), (Texts{line("ERROR", {refused, 11})}));
    EXPECT_EQ(error[0].as<p::CommandError>().message,
              "failed to create response publication (registrationId=" + std::to_string(refused) +
                  ", channel=" + channel +
                  "), because response subscription (registrationId=" + std::to_string(sub) +
                  ", channel=aeron:ipc?control-mode=response|session-id=5) uses `session-id` "
                  "parameter that does not match `session-id=6` of the response publication");
    driver.work();
    EXPECT_FALSE(driver.files.exists("/dev/shm/aeron/publications/" + std::to_string(refused) +
                                     ".logbuffer"));
}

}  // namespace
}  // namespace tern::driver

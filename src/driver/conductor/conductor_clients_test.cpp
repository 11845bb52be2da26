// Clients come, are heard of, and go (spec control-protocol.md, 16.1), and their counters (13).

#include <gtest/gtest.h>

#include "tern/driver/testing/conductor_harness.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;
namespace p = protocol;

struct ConductorClients : ::testing::Test {
    ConductorHarness driver;
    const std::int64_t client = driver.next_id();
    const std::int64_t other = driver.next_id();

    std::int64_t add_counter(std::int64_t owner, std::int32_t type = 1002,
                             std::string_view label = "my-counter", ConstBytes key = {}) {
        const std::int64_t id = driver.next_id();
        driver.send(p::AddCounter{{owner, id}, type, key, label});
        return id;
    }
    std::int64_t add_static(std::int64_t owner, std::int64_t registration_id,
                            std::int32_t type = 1003) {
        const std::int64_t id = driver.next_id();
        driver.send(p::AddStaticCounter{{owner, id}, registration_id, type, {}, "static"});
        return id;
    }
    std::int32_t heartbeat_of(std::int64_t id) const {
        return driver.counters().find_by_registration(11, id);
    }
};

TEST_F(ConductorClients, become_known_with_a_heartbeat_counter) {
    driver.add_subscription(client, 10);
    const Events events = driver.take_events();
    const auto ready = events.only<p::CounterReady>();
    EXPECT_EQ(ready.registration_id, client);
    EXPECT_EQ(ready.counter_id, heartbeat_of(client));
    EXPECT_EQ(driver.label(ready.counter_id), "client-heartbeat: id=" + std::to_string(client));
    EXPECT_EQ(driver.value(ready.counter_id), driver.clock.epoch_now().count());
    EXPECT_EQ(driver.counters().owner_id(ready.counter_id), client);
    driver.add_subscription(client, 11);
    EXPECT_EQ(driver.take_events().count<p::CounterReady>(), 0);
}

TEST_F(ConductorClients, time_out_after_the_liveness_time_out_not_at_it) {
    driver.add_subscription(client, 10);
    driver.take_events();
    driver.pass(10s);
    EXPECT_TRUE(driver.take_events().empty());
    driver.pass(1s);
    EXPECT_EQ(driver.take_events().texts(),
              (Texts{"CLIENT_TIMEOUT " + std::to_string(client),
                     "UNAVAILABLE_COUNTER " + std::to_string(client)}));
    EXPECT_EQ(driver.value(SystemCounter::client_timeouts), 1);
    EXPECT_EQ(heartbeat_of(client), kNullCounterId);
}

TEST_F(ConductorClients, live_on_by_their_heartbeat_or_by_the_old_command) {
    driver.add_subscription(client, 10);
    driver.add_subscription(other, 10);
    driver.take_events();
    driver.keep_alive_always(client);
    for (int i = 0; i < 5; ++i) {
        driver.pass(9s);
        driver.send(p::ClientKeepalive{{other, 0}});
        EXPECT_EQ(driver.value(heartbeat_of(other)), driver.clock.epoch_now().count());
    }
    EXPECT_TRUE(driver.take_events().empty());
    driver.send(p::ClientKeepalive{{999, 0}});  // nobody
    EXPECT_EQ(heartbeat_of(999), kNullCounterId);
}

TEST_F(ConductorClients, a_heartbeat_that_makes_no_sense_stops_nobody) {
    driver.add_subscription(client, 10);
    driver.take_events();
    driver.set_value(heartbeat_of(client), INT64_MAX);
    driver.pass(9s);
    EXPECT_TRUE(driver.take_events().empty());
    driver.set_value(heartbeat_of(client), INT64_MIN);
    driver.pass(1s);
    EXPECT_EQ(driver.take_events().count<p::ClientTimeout>(), 1);
}

// The wall clock was set back: a heartbeat of the future is no sign of life by itself.
TEST_F(ConductorClients, with_a_heartbeat_of_the_future_live_while_it_changes) {
    driver.add_subscription(client, 10);
    driver.take_events();
    const std::int64_t future = driver.clock.epoch_now().count() + 3'600'000;
    for (std::int64_t i = 0; i < 30; ++i) {
        driver.set_value(heartbeat_of(client), future + i);
        driver.pass(1s);
    }
    EXPECT_TRUE(driver.take_events().empty());
    driver.pass(12s);
    EXPECT_EQ(driver.take_events().count<p::ClientTimeout>(), 1);
}

TEST_F(ConductorClients, take_everything_with_them_when_they_die) {
    driver.keep_alive_always(other);
    const std::int64_t sub = driver.add_subscription(other, 10);
    const std::int64_t pub = driver.add_publication(client, 10);
    driver.add_subscription(client, 10);
    const std::int64_t counter = add_counter(client);
    const std::int64_t kept = add_static(client, 777);
    const Events made = driver.take_events();
    EXPECT_EQ(made.count<p::AvailableImage>(), 2);

    driver.pass(11s);
    EXPECT_EQ(
        driver.take_events().texts(),
        (Texts{"CLIENT_TIMEOUT " + std::to_string(client),
               "UNAVAILABLE_COUNTER " + std::to_string(client),
               "UNAVAILABLE_COUNTER " + std::to_string(counter),
               // The publication has drained; nothing is said to the dead subscriber.
               "UNAVAILABLE_IMAGE " + std::to_string(pub) + " " + std::to_string(sub) + " 10"}));
    driver.pass(1s);
    EXPECT_FALSE(
        driver.files.exists("/dev/shm/aeron/publications/" + std::to_string(pub) + ".logbuffer"));
    EXPECT_NE(driver.counters().find_by_registration(1003, 777), kNullCounterId) << kept;
    EXPECT_EQ(driver.counters().find_by_registration(1, pub), kNullCounterId);
    EXPECT_EQ(driver.counters().find_by_registration(4, sub), kNullCounterId);
}

TEST_F(ConductorClients, close_without_a_time_out) {
    driver.add_publication(client, 10);
    const std::int64_t counter = add_counter(client);
    driver.take_events();
    driver.close_client(client);
    EXPECT_EQ(driver.value(heartbeat_of(client)), 0);
    EXPECT_TRUE(driver.take_events().empty());  // in the next timer pass
    driver.pass(1s);
    EXPECT_EQ(driver.take_events().texts(),
              (Texts{"UNAVAILABLE_COUNTER " + std::to_string(client),
                     "UNAVAILABLE_COUNTER " + std::to_string(counter)}));
    EXPECT_EQ(driver.value(SystemCounter::client_timeouts), 0);
    driver.close_client(12345);  // nobody
    EXPECT_TRUE(driver.take_events().empty());
}

TEST_F(ConductorClients, are_new_clients_if_they_come_back) {
    driver.add_subscription(client, 10);
    driver.pass(11s);
    driver.take_events();
    driver.add_subscription(client, 10);
    EXPECT_EQ(driver.take_events().count<p::CounterReady>(), 1);
}

TEST_F(ConductorClients, counters_are_announced_to_everybody) {
    const std::byte key[] = {std::byte{1}, std::byte{2}, std::byte{3}};
    const std::int64_t counter = add_counter(client, 1002, "my-counter", key);
    const Events events = driver.take_events();
    EXPECT_EQ(events.texts(), (Texts{"COUNTER_READY " + std::to_string(client),
                                     "COUNTER_READY " + std::to_string(counter)}));
    const std::int32_t id = events[1].as<p::CounterReady>().counter_id;
    const std::optional<CounterView> view = driver.counters().find(id);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->type_id, 1002);
    EXPECT_EQ(view->label, "my-counter");
    EXPECT_EQ(view->key[2], std::byte{3});
    EXPECT_EQ(view->value, 0);
    EXPECT_EQ(view->registration_id, counter);
    EXPECT_EQ(view->owner_id, client);

    const auto remove = [&](std::int64_t who) {
        const std::int64_t correlation_id = driver.next_id();
        driver.send(p::RemoveCounter{{who, correlation_id}, counter});
        return correlation_id;
    };
    const std::int64_t wrong = remove(other);
    const Events error = driver.take_events();
    EXPECT_EQ(error.texts(), (Texts{"ERROR " + std::to_string(wrong) + " 5"}));
    EXPECT_EQ(error[0].as<p::CommandError>().message,
              "unknown counter client_id=2 registration_id=" + std::to_string(counter));
    const std::int64_t right = remove(client);
    EXPECT_EQ(driver.take_events().texts(),
              (Texts{"OPERATION_SUCCESS " + std::to_string(right),
                     "UNAVAILABLE_COUNTER " + std::to_string(counter)}));
    EXPECT_EQ(driver.counters().state(id), CounterState::reclaimed);
}

TEST_F(ConductorClients, long_keys_and_labels_are_cut) {
    const std::string label(500, 'x');
    const std::vector<std::byte> key(200, std::byte{7});
    const std::int64_t counter = add_counter(client, 1002, label, key);
    const std::int32_t id = driver.counters().find_by_registration(1002, counter);
    EXPECT_EQ(driver.label(id), label.substr(0, 380));
    EXPECT_EQ(driver.counters().find(id)->key[111], std::byte{7});
}

TEST_F(ConductorClients, static_counters_are_shared_and_stay) {
    const std::int64_t first = add_static(client, 777);
    const Events events = driver.take_events();
    EXPECT_EQ(events.texts(), (Texts{"COUNTER_READY " + std::to_string(client),
                                     "STATIC_COUNTER " + std::to_string(first)}));
    const std::int32_t id = events[1].as<p::StaticCounter>().counter_id;
    EXPECT_EQ(driver.counters().owner_id(id), -1);
    EXPECT_EQ(driver.counters().registration_id(id), 777);
    add_static(other, 777);
    EXPECT_EQ(driver.take_events().only<p::StaticCounter>().counter_id, id);
    driver.pass(12s);
    EXPECT_EQ(driver.counters().state(id), CounterState::allocated);
}

TEST_F(ConductorClients, a_static_counter_does_not_take_the_place_of_another) {
    const std::int64_t counter = add_counter(client, 1002);
    const std::int32_t id = driver.counters().find_by_registration(1002, counter);
    driver.take_events();
    add_static(client, counter, 1002);
    const Events events = driver.take_events();
    EXPECT_EQ(events.only<p::CommandError>().error_code, 11);
    EXPECT_EQ(events.only<p::CommandError>().message,
              "cannot add static counter, because a non-static counter exists (counterId=" +
                  std::to_string(id) +
                  ") for typeId=1002 and registrationId=" + std::to_string(counter));
}

TEST_F(ConductorClients, freed_counter_ids_rest_before_they_are_used_again) {
    const std::int64_t counter = add_counter(client);
    const std::int32_t id = driver.counters().find_by_registration(1002, counter);
    driver.send(p::RemoveCounter{{client, driver.next_id()}, counter});
    EXPECT_NE(driver.counters().find_by_registration(1002, add_counter(client)), id);
    driver.keep_alive_always(client);
    driver.pass(1s);
    EXPECT_EQ(driver.counters().find_by_registration(1002, add_counter(client)), id);
}

}  // namespace
}  // namespace tern::driver

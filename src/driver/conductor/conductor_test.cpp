// The conductor's own rhythm: cycles, timers, heartbeat, termination and its end (spec
// control-protocol.md, 7 and 17).

#include "tern/driver/conductor/conductor.hpp"

#include <gtest/gtest.h>

#include "tern/driver/testing/conductor_harness.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;
namespace p = protocol;

TEST(Conductor, draws_the_id_0_so_that_no_client_gets_it) {
    ConductorHarness driver;
    EXPECT_EQ(driver.next_id(), 1);
}

TEST(Conductor, writes_its_heartbeat_once_in_each_timer_interval) {
    ConductorHarness driver;
    const std::int64_t begin = driver.ring().consumer_heartbeat_ms();
    EXPECT_EQ(begin, driver.clock.epoch_now().count());
    driver.clock.advance(999ms);
    driver.work();
    EXPECT_EQ(driver.ring().consumer_heartbeat_ms(), begin);
    driver.clock.advance(1ms);
    driver.work();
    EXPECT_EQ(driver.ring().consumer_heartbeat_ms(), begin + 1000);
}

TEST(Conductor, says_when_its_next_timer_is_due) {
    Settings settings = harness_settings();
    settings.timer_interval = 5ms;
    ConductorHarness driver(settings);
    EXPECT_EQ(driver.conductor().next_deadline(), driver.clock.now() + 5ms);
    driver.pass(5ms);
    EXPECT_EQ(driver.conductor().next_deadline(), driver.clock.now() + 5ms);
}

TEST(Conductor, measures_its_cycles) {
    ConductorHarness driver;
    driver.clock.advance(100ms);
    driver.work(1);
    EXPECT_EQ(driver.value(SystemCounter::conductor_max_cycle_time), 100'000'000);
    EXPECT_EQ(driver.value(SystemCounter::conductor_cycle_time_threshold_exceeded), 0);
    driver.clock.advance(101ms);
    driver.work(1);
    driver.clock.advance(1ms);
    driver.work(1);
    EXPECT_EQ(driver.value(SystemCounter::conductor_max_cycle_time), 101'000'000);
    EXPECT_EQ(driver.value(SystemCounter::conductor_cycle_time_threshold_exceeded), 1);
}

TEST(Conductor, takes_one_command_in_a_cycle) {
    ConductorHarness driver;
    for (int i = 0; i < 3; ++i) {
        const p::GetNextAvailableSessionId command{{1, 10 + i}, 5};
        std::vector<std::byte> body(p::encoded_length(command));
        p::encode(command, body);
        driver.send_raw(0x12, body);
    }
    driver.work(1);
    EXPECT_EQ(driver.take_events().size(), 1U);
    driver.work(2);
    EXPECT_EQ(driver.take_events().size(), 2U);
}

TEST(Conductor, is_named_as_configured) {
    Settings settings = harness_settings();
    EXPECT_EQ(ConductorHarness(settings).conductor().role_name(), "conductor");
    settings.thread_naming = ThreadNaming::modern;
    EXPECT_EQ(ConductorHarness(settings).conductor().role_name(), "aeron-md-cnd");
}

struct Termination {
    int hooks_called = 0;
    std::string token;
    Hooks hooks(bool with_validator) {
        Hooks given{.termination_hook = [this] { ++hooks_called; }};
        if (with_validator) {
            given.termination_validator = [this](ConstBytes bytes) {
                token = text_of(bytes);
                return token == "secret";
            };
        }
        return given;
    }
    static void ask(ConductorHarness& driver, std::string_view token) {
        driver.send(p::TerminateDriver{{driver.next_id(), driver.next_id()}, bytes_of(token)});
        EXPECT_TRUE(driver.take_events().empty());  // never answered
    }
};

TEST(ConductorTermination, is_refused_unless_it_is_allowed) {
    Termination termination;
    ConductorHarness denying(harness_settings(), termination.hooks(false));
    Termination::ask(denying, "secret");
    EXPECT_EQ(termination.hooks_called, 0);
    Settings settings = harness_settings();
    settings.termination_validator = "allow";
    ConductorHarness allowing(settings, termination.hooks(false));
    Termination::ask(allowing, "");
    EXPECT_EQ(termination.hooks_called, 1);
}

TEST(ConductorTermination, asks_the_validator_that_was_given) {
    Termination termination;
    ConductorHarness driver(harness_settings(), termination.hooks(true));
    Termination::ask(driver, "wrong");
    EXPECT_EQ(termination.token, "wrong");
    EXPECT_EQ(termination.hooks_called, 0);
    Termination::ask(driver, "secret");
    EXPECT_EQ(termination.hooks_called, 1);
}

TEST(ConductorTermination, does_nothing_without_a_hook) {
    Settings settings = harness_settings();
    settings.termination_validator = "allow";
    ConductorHarness driver(settings);
    Termination::ask(driver, "");
    driver.pass(2s);
    EXPECT_EQ(driver.ring().consumer_heartbeat_ms(), driver.clock.epoch_now().count());
}

TEST(ConductorClose, deletes_the_logs_and_says_so_by_its_heartbeat) {
    ConductorHarness driver;
    const std::int64_t client = driver.next_id();
    driver.add_publication(client, 10);
    driver.add_subscription(client, 10);
    driver.take_events();
    driver.close();
    EXPECT_TRUE(driver.take_events().empty());
    EXPECT_EQ(driver.ring().consumer_heartbeat_ms(), -1);
    EXPECT_EQ(
        driver.files.file_names(),
        (std::vector<std::string>{"/dev/shm/aeron/cnc.dat", "/dev/shm/aeron/loss-report.dat"}));
    EXPECT_EQ(driver.counters().state(0), CounterState::reclaimed);
}

TEST(ConductorClose, abandons_a_command_whose_log_is_being_made) {
    ConductorHarness driver;
    const std::int64_t client = driver.next_id();
    driver.executor.hold();
    driver.add_publication(client, 10);
    driver.close();
    EXPECT_TRUE(driver.take_events().empty());
    EXPECT_EQ(driver.files.file_names().size(), 2U);
}

TEST(ConductorClose, counts_a_log_that_cannot_be_deleted_and_goes_on) {
    ConductorHarness driver;
    driver.add_publication(driver.next_id(), 10);
    driver.files.fail_removals(1);
    driver.close();
    EXPECT_EQ(driver.value(SystemCounter::free_fails), 1);
    EXPECT_EQ(driver.ring().consumer_heartbeat_ms(), -1);
}

TEST(Conductor, counts_what_it_has_mapped) {
    ConductorHarness driver;
    const std::int64_t before = driver.value(SystemCounter::bytes_currently_mapped);
    EXPECT_EQ(before, static_cast<std::int64_t>(
                          driver.files.file_length("/dev/shm/aeron/cnc.dat") +
                          driver.files.file_length("/dev/shm/aeron/loss-report.dat")));
    const std::int64_t client = driver.next_id();
    const std::int64_t pub = driver.add_publication(client, 10);
    EXPECT_EQ(driver.value(SystemCounter::bytes_currently_mapped), before + 200'704);
    driver.remove_publication(client, pub);
    driver.pass(3s);
    EXPECT_EQ(driver.value(SystemCounter::bytes_currently_mapped), before);
}

TEST(Conductor, does_the_same_from_the_same_seed) {
    const auto run = [](std::uint64_t seed) {
        ConductorHarness driver(harness_settings(), {}, seed);
        const std::int64_t client = driver.next_id();
        driver.add_exclusive(client, 10);
        driver.add_exclusive(client, 10);
        std::vector<std::vector<std::byte>> bodies;
        for (const EventRecord& event : driver.take_events())
            bodies.push_back(event.body());
        return bodies;
    };
    EXPECT_EQ(run(5), run(5));
    EXPECT_NE(run(5), run(6));
}

}  // namespace
}  // namespace tern::driver

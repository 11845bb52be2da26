// How clients live and end: heartbeats, time-outs, handlers, closing (spec
// control-protocol.md 18.4, 18.5, 18.10, 18.11; shared-memory.md 6.7).

#include <gtest/gtest.h>

#include <thread>

#include "tern/base/version.hpp"
#include "tern/client/testing/fake_driver.hpp"

namespace tern::client {
namespace {

using namespace std::chrono_literals;
using testing::FakeDriver;

struct ClientLife : ::testing::Test {
    FakeDriver driver;
    std::vector<Error> errors;
    std::vector<std::string> events;

    ClientSettings settings() {
        ClientSettings with = driver.settings();
        with.on_error = [this](const Error& error) { errors.push_back(error); };
        return with;
    }
    void pass(Client& client, Nanos time, bool beat = true) {
        driver.clock.advance(time);
        if (beat) driver.beat();
        client.do_work();
    }
};

TEST_F(ClientLife, beats_its_heart_once_the_driver_has_made_the_counter) {
    ClientSettings with = settings();
    with.client_name = "demo";
    auto client = driver.connect(with);
    pass(*client, 500ms);

    const std::int32_t id = driver.allocate_heartbeat(client->client_id());
    driver.clock.advance(17ms);  // looks for it in each pass until it is there
    client->do_work();

    EXPECT_EQ(driver.counters->value(id), driver.clock.epoch_now().count());
    EXPECT_EQ(driver.counters->label(id),
              "client-heartbeat: id=" + std::to_string(client->client_id()) +
                  " name=demo version=" + std::string(version_text()) +
                  " commit=" + std::string(revision_text()));
    const std::int64_t beat = driver.counters->value(id);
    pass(*client, 400ms);
    EXPECT_EQ(driver.counters->value(id), beat) << "not due yet";
    pass(*client, 101ms);
    EXPECT_EQ(driver.counters->value(id), beat + 501);
    EXPECT_TRUE(errors.empty());
}

TEST_F(ClientLife, ignores_the_heartbeat_of_another_client) {
    auto client = driver.connect(settings());
    const std::int32_t id = driver.allocate_heartbeat(client->client_id() + 1);
    pass(*client, 600ms);
    EXPECT_EQ(driver.counters->value(id), 0);
}

TEST_F(ClientLife, ends_when_its_heartbeat_counter_is_gone) {
    auto client = driver.connect(settings());
    const std::int32_t id = driver.allocate_heartbeat(client->client_id());
    pass(*client, 600ms);
    driver.counters->free(id, driver.clock.epoch_now());
    pass(*client, 600ms);

    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0].code, ErrorCode::driver_timeout);
    EXPECT_EQ(errors[0].text,
              "unexpected close of heartbeat timestamp counter: " + std::to_string(id));
    EXPECT_TRUE(client->is_closed());
}

TEST_F(ClientLife, ends_when_the_driver_is_shut_down) {
    auto client = driver.connect(settings());
    driver.ring->set_consumer_heartbeat_ms(-1);
    pass(*client, 501ms, false);
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0].code, ErrorCode::driver_timeout);
    EXPECT_EQ(errors[0].text, "MediaDriver has been shutdown");
}

TEST_F(ClientLife, ends_when_the_driver_is_silent_for_too_long) {
    auto client = driver.connect(settings());
    for (int i = 0; i < 20; ++i) pass(*client, 500ms, false);
    EXPECT_TRUE(errors.empty()) << "exactly the time-out is not too long";
    pass(*client, 501ms, false);
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0].code, ErrorCode::driver_timeout);
    EXPECT_EQ(errors[0].text, "MediaDriver keepalive: age=10501ms > timeout=10000ms");
}

TEST_F(ClientLife, ends_when_the_heartbeat_of_a_dead_driver_is_ahead_of_the_clock) {
    auto client = driver.connect(settings());
    const auto ahead = [&] { return (driver.clock.epoch_now() + 1h).count(); };
    for (int i = 0; i < 30; ++i) {
        driver.ring->set_consumer_heartbeat_ms(ahead());
        pass(*client, 500ms, false);
    }
    EXPECT_TRUE(errors.empty()) << "a heartbeat that moves is a life";
    for (int i = 0; i < 20; ++i) pass(*client, 501ms, false);
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0].code, ErrorCode::driver_timeout);
    EXPECT_NE(errors[0].text.find("ahead of the clock"), std::string::npos) << errors[0].text;
}

TEST_F(ClientLife, ends_when_it_is_not_run_often_enough) {
    auto client = driver.connect(settings());
    pass(*client, 20ms);
    pass(*client, 10s + 1ns);
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0].code, ErrorCode::conductor_service_timeout);
    EXPECT_EQ(errors[0].text,
              "service interval exceeded in ns: timeout=10000000000, interval=10000000001");
}

TEST_F(ClientLife, ends_when_the_driver_gives_it_up) {
    auto client = driver.connect(settings());
    driver.send(protocol::ClientTimeout{client->client_id() + 1});
    client->do_work();
    EXPECT_FALSE(client->is_closed()) << "that was another client";
    driver.send(protocol::ClientTimeout{client->client_id()});
    client->do_work();
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0].code, ErrorCode::client_timeout);
    EXPECT_EQ(errors[0].text, "client timeout from driver");
}

TEST_F(ClientLife, ends_when_it_lost_events) {
    auto client = driver.connect(settings());
    for (int i = 0; i < 1000; ++i) driver.send(protocol::OperationSuccess{1'000'000 + i});
    client->do_work();
    driver.commands();
    for (int i = 0; i < 10'000; ++i) driver.send(protocol::OperationSuccess{1'000'000 + i});
    client->do_work();
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0].code, ErrorCode::client_buffer_lapped);
    EXPECT_NE(errors[0].text.find("unable to keep up with broadcast"), std::string::npos);
}

// Spec c-api.md 8.4, the table of results after a time-out.
TEST_F(ClientLife, after_the_end_everything_says_so_and_no_memory_is_gone) {
    int unavailable = 0;
    auto client = driver.connect(settings());
    const auto publication = driver.add_publication(*client);
    const auto exclusive = driver.add_exclusive_publication(*client);
    const auto subscription =
        driver.add_subscription(*client, {}, [&](const std::shared_ptr<Image>&) { ++unavailable; });
    const LogBuffers log = driver.add_image(*client, *subscription, 500);
    FakeDriver::appender_of(log).offer(bytes_of("unread"), 1 << 20);
    const std::shared_ptr<Image> image = subscription->image_at(0);
    const auto pending = *client->async_add_publication("aeron:ipc", 1);
    BufferClaim claim;
    ASSERT_TRUE(publication->try_claim(10, claim).ok());

    driver.ring->set_consumer_heartbeat_ms(-1);
    pass(*client, 501ms, false);

    ASSERT_TRUE(client->is_closed());
    EXPECT_EQ(client->fatal_error()->code, ErrorCode::driver_timeout);
    EXPECT_EQ(publication->offer(bytes_of("late")).status(), OfferStatus::closed);
    EXPECT_EQ(exclusive->offer(bytes_of("late")).status(), OfferStatus::closed);
    EXPECT_EQ(publication->try_claim(10, claim).status(), OfferStatus::closed);
    EXPECT_EQ(publication->try_claim(10'000, claim).status(), OfferStatus::error)
        << "the length is looked at first";
    EXPECT_EQ(publication->position(), -4);
    EXPECT_EQ(publication->position_limit(), -4);
    EXPECT_EQ(publication->channel_status(), -1);
    EXPECT_FALSE(publication->is_connected());
    EXPECT_FALSE(subscription->is_connected());
    EXPECT_EQ(subscription->image_count(), 1) << "the last value";
    EXPECT_EQ(subscription->poll([](ConstBytes, const FragmentHeader&) { FAIL(); }, 10), 0);
    EXPECT_EQ(image->poll([](ConstBytes, const FragmentHeader&) { FAIL(); }, 10), 0);
    EXPECT_TRUE(image->is_closed());
    EXPECT_EQ(unavailable, 0);
    EXPECT_EQ(pending.poll().error().code, ErrorCode::driver_timeout);
    const auto refused = client->async_add_publication("aeron:ipc", 1);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::client_illegal_state);
    EXPECT_NE(refused.error().text.find("MediaDriver has been shutdown"), std::string::npos);
    EXPECT_FALSE(client->add_close_handler([] {}));
    EXPECT_FALSE(client->remove(RequestKind::publication, 1));
    EXPECT_FALSE(publication->close()) << "it was closed by the end";
    EXPECT_EQ(client->do_work(), 0);
    EXPECT_EQ(client->counters().value(publication->limit_counter_id()), 1 << 20);

    // The client itself goes, the driver deletes its files: what the application holds stays.
    client.reset();
    ASSERT_TRUE(driver.files.remove_tree(FakeDriver::kDir));
    driver.cnc.reset();
    EXPECT_EQ(publication->offer(bytes_of("late")).status(), OfferStatus::closed);
    claim.commit();
    EXPECT_EQ(image->position(), 0);
    EXPECT_EQ(subscription->poll([](ConstBytes, const FragmentHeader&) { FAIL(); }, 10), 0);
    EXPECT_EQ(errors.size(), 1u);
}

TEST_F(ClientLife, closing_runs_handlers_then_notifications_and_tells_the_driver_last) {
    ClientSettings with = settings();
    with.on_close = [&] { events.push_back("first close handler"); };
    auto client = driver.connect(with);
    ASSERT_TRUE(client->add_close_handler([&] { events.push_back("second"); }));
    const auto removed = client->add_close_handler([&] { events.push_back("removed"); });
    ASSERT_TRUE(client->remove_handler(*removed));
    const auto publication = driver.add_publication(*client);
    const auto subscription = driver.add_subscription(
        *client, {}, [&](const std::shared_ptr<Image>&) { events.push_back("unavailable"); });
    driver.add_image(*client, *subscription, 500);
    const auto pending = *client->async_add_publication("aeron:ipc", 1);
    driver.commands();
    client->set_wake({});  // nobody runs the conductor any more: the close stays in the queue
    publication->close([&] { events.push_back("publication closed"); });
    const std::int64_t client_id = client->client_id();

    client->close();

    EXPECT_EQ(events,
              (std::vector<std::string>{"first close handler", "second", "publication closed"}));
    const auto commands = driver.commands();
    ASSERT_EQ(commands.size(), 2u) << "what is still open goes with the client";
    EXPECT_TRUE(commands[0].is<protocol::RemovePublication>());
    const auto last = commands[1].as<protocol::ClientClose>();
    EXPECT_EQ(last.header.client_id, client_id);
    EXPECT_EQ(last.header.correlation_id, -1);
    EXPECT_TRUE(subscription->is_closed());
    EXPECT_TRUE(subscription->image_at(0)->is_closed());
    EXPECT_FALSE(pending.poll());
    EXPECT_FALSE(client->fatal_error());
    client->close();
    EXPECT_EQ(events.size(), 3u) << "once";
}

TEST_F(ClientLife, a_notification_that_was_queued_before_a_time_out_runs_in_close) {
    auto client = driver.connect(settings());
    const auto publication = driver.add_publication(*client);
    client->set_wake({});
    publication->close([&] { events.push_back("closed"); });
    driver.send(protocol::ClientTimeout{client->client_id()});
    client->do_work();  // takes the close up first
    EXPECT_EQ(events.size(), 1u);

    const auto other = driver.connect(settings());
    const auto late = driver.add_publication(*other);
    other->set_wake({});
    driver.clock.advance(11s);
    driver.beat();
    // The order inside of a cycle is the conductor's; however it goes, the notification runs once.
    late->close([&] { events.push_back("closed late"); });
    other->do_work();
    other->close();
    EXPECT_EQ(events.size(), 2u);
}

TEST_F(ClientLife, tells_the_driver_in_close_of_what_was_closed_just_before) {
    auto client = driver.connect(settings());
    const auto subscription = driver.add_subscription(*client);
    client->set_wake({});
    driver.commands();
    subscription->close();
    client->close();  // before the conductor has taken the removal up

    const auto commands = driver.commands();
    ASSERT_EQ(commands.size(), 2u);
    EXPECT_EQ(commands[0].as<protocol::RemoveSubscription>().registration_id,
              subscription->registration_id());
    EXPECT_TRUE(commands[1].is<protocol::ClientClose>());
}

TEST_F(ClientLife, counter_handlers_hear_of_everybodys_counters_in_order) {
    ClientSettings with = settings();
    with.on_available_counter = [&](const CountersReader&, std::int64_t id, std::int32_t counter) {
        events.push_back("a " + std::to_string(id) + " " + std::to_string(counter));
    };
    with.on_unavailable_counter = [&](const CountersReader&, std::int64_t id, std::int32_t) {
        events.push_back("gone " + std::to_string(id));
    };
    auto client = driver.connect(with);
    HandlerId self = 0;
    const auto second = client->add_available_counter_handler(
        [&](const CountersReader&, std::int64_t, std::int32_t) {
            events.push_back("b");
            EXPECT_TRUE(client->remove_handler(self)) << "from a handler it is done at once";
        });
    ASSERT_TRUE(second);
    self = *second;

    driver.send(protocol::CounterReady{7000, 3});
    driver.send(protocol::CounterReady{7001, 4});
    driver.send(protocol::UnavailableCounter{7000, 3});
    client->do_work();

    EXPECT_EQ(events, (std::vector<std::string>{"a 7000 3", "b", "a 7001 4", "gone 7000"}));
}

TEST_F(ClientLife, handlers_may_call_the_client_but_not_wait_for_it) {
    ClientSettings with = settings();
    Client* reached = nullptr;
    std::optional<AsyncRequest<Publication>> added;
    with.on_new_subscription = [&](std::string_view, std::int32_t, std::int64_t) {
        added = *reached->async_add_publication("aeron:ipc", 5);
        const auto waited = reached->await(*added);
        ASSERT_FALSE(waited);
        EXPECT_EQ(waited.error().code, ErrorCode::client_illegal_state);
    };
    auto client = driver.connect(with);
    reached = client.get();
    const auto request = *client->async_add_subscription("aeron:ipc", 5);
    driver.send(protocol::SubscriptionReady{request.registration_id(), -1});
    client->do_work();
    client->do_work();
    ASSERT_TRUE(added);
    const auto commands = driver.commands();
    ASSERT_EQ(commands.size(), 2u);
    EXPECT_TRUE(commands[1].is<protocol::AddPublication>());
}

TEST_F(ClientLife, what_a_handler_throws_goes_to_the_error_handler) {
    ClientSettings with = settings();
    with.on_available_counter = [](const CountersReader&, std::int64_t, std::int32_t) {
        throw std::runtime_error("oops");
    };
    auto client = driver.connect(with);
    driver.send(protocol::CounterReady{7000, 3});
    client->do_work();
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0].text, "exception in a handler: oops");
    EXPECT_FALSE(client->is_closed());
}

TEST_F(ClientLife, malformed_events_are_reported_and_unknown_ones_ignored) {
    auto client = driver.connect(settings());
    driver.send_raw(0x0F05, std::vector<std::byte>(10));
    driver.send_raw(0x0FFF, std::vector<std::byte>(10));
    client->do_work();
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors[0].code, ErrorCode::malformed_command);
    EXPECT_NE(errors[0].text.find("too short"), std::string::npos) << errors[0].text;
    EXPECT_FALSE(client->is_closed());
}

TEST_F(ClientLife, a_publication_error_is_told_once_for_each_local_sharer) {
    ClientSettings with = settings();
    with.on_publication_error = [&](const protocol::PublicationError& error) {
        events.push_back(std::to_string(error.error_code) + " " + std::string(error.message));
    };
    auto client = driver.connect(with);
    const auto first = driver.add_publication(*client);
    const auto request = *client->async_add_publication("aeron:ipc", FakeDriver::kStream);
    driver.send(driver.ready(request.registration_id(), first->registration_id(),
                             first->limit_counter_id()));
    client->do_work();

    protocol::PublicationError error{};
    error.registration_id = first->registration_id();
    error.error_code = 13;
    error.message = "no";  // 70 bytes in all: Aeron's C client refuses it, a client should not
    driver.send(error);
    error.registration_id = 999'999;
    driver.send(error);
    client->do_work();

    EXPECT_EQ(events, (std::vector<std::string>{"13 no", "13 no"}));
    EXPECT_TRUE(errors.empty());
}

TEST_F(ClientLife, with_a_thread_requests_of_many_threads_reach_the_driver) {
    ClientSettings with = driver.settings();
    with.use_invoker = false;
    auto client = driver.connect(with);
    std::atomic<bool> stop{false};
    std::thread conductor([&] {
        while (!stop) client->do_work();
    });
    std::vector<std::thread> threads;
    std::atomic<int> notified{0};
    constexpr int kEach = 20;
    for (int t = 0; t < 3; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < kEach; ++i) {
                const auto request = client->async_add_publication("aeron:ipc", i);
                ASSERT_TRUE(request);
                ASSERT_TRUE(client->remove(RequestKind::publication, request->registration_id(),
                                           [&] { ++notified; }));
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    while (notified < 3 * kEach) std::this_thread::yield();
    stop = true;
    conductor.join();
    EXPECT_EQ(driver.commands().size(), 2u * 3 * kEach);
}

}  // namespace
}  // namespace tern::client

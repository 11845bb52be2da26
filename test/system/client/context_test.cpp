/// Contexts and what is made from them, on a driver in this process.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>

#include "system/client/driver_for_clients.hpp"

namespace tern::test {
namespace {

using namespace std::chrono_literals;

TEST(Context, says_at_once_that_no_driver_is_there) {
    TempDir temp;
    try {
        Context context{{.directory = temp / "nobody"}};
        FAIL() << "connected to nothing";
    } catch (const DriverNotRunning& error) {
        EXPECT_NE(std::string(error.what()).find(temp / "nobody/cnc.dat"), std::string::npos);
        EXPECT_EQ(error.code(), ErrorCode::driver_timeout);
    }
}

TEST(Context, says_at_once_that_the_driver_was_shut_down) {
    DriverForClients setup;
    setup.driver.close();
    EXPECT_THROW(Context{setup.context_options()}, DriverNotRunning);
}

TEST(Context, waits_for_a_driver_where_it_is_told_to) {
    TempDir temp;
    const std::string directory = temp / "aeron";
    std::optional<EmbeddedDriver> driver;
    std::thread later([&] {
        driver.emplace(DriverForClients::options(directory));
    });
    Context context{{.directory = directory, .wait_for_driver = 1min}};
    EXPECT_FALSE(context.is_closed());
    later.join();
}

TEST(Context, finds_the_directory_in_the_environment) {
    DriverForClients setup;
    ASSERT_EQ(setenv("AERON_DIR", setup.driver.directory().c_str(), 1), 0);
    {
        Context context;
        EXPECT_EQ(context.directory(), setup.driver.directory());
        EXPECT_THROW(Context{{.directory = setup.temp / "other"}}, DriverNotRunning)
            << "an option comes first";
    }
    ASSERT_EQ(setenv("AERON_DRIVER_TIMEOUT", "soon", 1), 0);
    EXPECT_THROW(Context{}, InvalidArgument);
    unsetenv("AERON_DRIVER_TIMEOUT");
    unsetenv("AERON_DIR");
}

TEST(Context, throws_what_the_driver_refused) {
    DriverForClients setup;
    Context context{setup.context_options()};
    try {
        context.add_publication("aeron:nonsense", 1);
        FAIL();
    } catch (const RegistrationError& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_channel);
        EXPECT_GT(error.correlation_id(), 0);
        EXPECT_NE(std::string(error.what()).find("aeron:nonsense"), std::string::npos);
    }
}

TEST(Context, adds_without_waiting) {
    DriverForClients setup;
    Context context{setup.context_options()};
    auto pending = context.async_add_publication("aeron:ipc", 1);
    auto pending_subscription = context.async_add_subscription("aeron:ipc", 1);
    auto refused = context.async_add_publication("aeron:nonsense", 1);
    std::optional<Publication> publication;
    std::optional<Subscription> subscription;
    eventually([&] {
        if (!publication) publication = pending.poll();
        if (!subscription) subscription = pending_subscription.poll();
        return publication && subscription;
    });
    EXPECT_EQ(publication->registration_id(), pending.registration_id());
    EXPECT_FALSE(pending.poll()) << "once";
    eventually([&] { return publication->is_connected(); });
    EXPECT_THROW(eventually([&] { return refused.poll().has_value(); }), RegistrationError);
}

TEST(Context, takes_back_what_was_not_waited_for) {
    DriverForClients setup;
    Context context{setup.context_options()};
    std::int64_t id = 0;
    {
        const auto pending = context.async_add_counter(1001, "dropped");
        id = pending.registration_id();
    }
    const auto kept = context.add_counter(1001, "kept");  // answered after the one before
    eventually([&] { return context.counters().find_by_registration(1001, id) == kNullCounterId; });
    EXPECT_EQ(context.counters().find_by_registration(1001, kept.registration_id()), kept.id());
}

TEST(Context, counters_are_seen_by_everybody_and_removed_with_their_handle) {
    DriverForClients setup;
    Context context{setup.context_options()};
    Context other{setup.context_options()};
    std::int32_t id = 0;
    {
        ClientCounter counter = context.add_counter(1001, "answers");
        id = counter.id();
        counter.set(41);
        counter.increment();
        EXPECT_EQ(other.counters().value(id), 42);
        EXPECT_EQ(other.counters().label(id), "answers");
        EXPECT_EQ(other.counters().owner_id(id), context.client_id());
    }
    eventually([&] { return other.counters().state(id) != CounterState::allocated; });
    {
        ClientCounter counter = context.add_static_counter(1002, "stays", 77);
        counter.set(7);
        id = counter.id();
    }
    EXPECT_EQ(other.add_static_counter(1002, "stays", 77).id(), id);
    EXPECT_EQ(other.counters().value(id), 7);
}

TEST(Context, handlers_hear_of_images_and_counters) {
    DriverForClients setup;
    std::atomic<int> available{0}, unavailable{0}, own{0}, counters{0}, closed{0};
    Context::Options options = setup.context_options();
    options.on_available_image = [&](const std::shared_ptr<Image>&) { ++available; };
    options.on_unavailable_image = [&](const std::shared_ptr<Image>&) { ++unavailable; };
    options.on_close = [&] { ++closed; };
    {
        Context context{options};
        const HandlerId handler = context.add_available_counter_handler(
            [&](const CountersReader&, std::int64_t, std::int32_t) { ++counters; });
        const auto one = context.add_subscription("aeron:ipc", 1);
        const auto two =
            context.add_subscription("aeron:ipc", 1, [&](const std::shared_ptr<Image>&) { ++own; });
        {
            const auto publication = context.add_publication("aeron:ipc", 1);
            eventually([&] { return available == 1 && own == 1; });
        }
        eventually([&] { return unavailable == 2; });
        const auto counter = context.add_counter(1001, "heard");
        EXPECT_GE(counters, 1);
        context.remove_handler(handler);
        const int before = counters;
        const auto unheard = context.add_counter(1001, "not heard");
        EXPECT_EQ(counters, before);
    }
    EXPECT_EQ(closed, 1);
}

TEST(Context, with_an_invoker_runs_on_the_programs_own_thread) {
    DriverForClients setup;
    Context::Options options = setup.context_options();
    options.use_invoker = true;
    std::thread::id heard_on;
    options.on_available_image = [&](const std::shared_ptr<Image>&) {
        heard_on = std::this_thread::get_id();
    };
    Context context{options};
    Subscription subscription = context.add_subscription("aeron:ipc", 1);
    Publication publication = context.add_publication("aeron:ipc", 1);
    eventually([&] {
        context.do_work();
        return publication.is_connected() && subscription.is_connected();
    });
    EXPECT_EQ(heard_on, std::this_thread::get_id());
    ASSERT_TRUE(publication.offer_for(std::string_view("hello"), 1min).ok());
    EXPECT_EQ(subscription.take().text(), "hello");

    setup.driver.close();
    EXPECT_THROW(eventually([&] { return context.do_work() < 0; }), DriverTimeout);
    EXPECT_TRUE(context.is_closed());
}

TEST(Context, may_go_before_what_was_made_by_it) {
    DriverForClients setup;
    std::optional<Context> context{setup.context_options()};
    Subscription subscription = context->add_subscription("aeron:ipc", 1);
    Publication publication = context->add_publication("aeron:ipc", 1);
    ExclusivePublication exclusive = context->add_exclusive_publication("aeron:ipc", 1);
    ClientCounter counter = context->add_counter(1001, "late");
    eventually([&] { return subscription.image_count() == 2; });
    ASSERT_TRUE(publication.offer("unread").ok());

    context.reset();

    EXPECT_EQ(publication.offer("late").status(), OfferStatus::closed);
    EXPECT_EQ(exclusive.offer_for(std::string_view("late"), 1min).status(), OfferStatus::closed);
    EXPECT_FALSE(subscription.poll());
    EXPECT_EQ(subscription.poll([](ConstBytes, const FragmentHeader&) {}, 10), 0);
    EXPECT_TRUE(counter.is_closed());
    EXPECT_THROW(subscription.take(), ContextClosed);
    EXPECT_THROW(subscription.add_destination("aeron:ipc"), ContextClosed);
}

TEST(Context, a_closed_one_refuses_requests) {
    DriverForClients setup;
    Context context{setup.context_options()};
    context.close();
    EXPECT_THROW(context.add_publication("aeron:ipc", 1), ContextClosed);
    context.close();
}

TEST(Context, publications_move_and_close_where_they_end) {
    DriverForClients setup;
    Context context{setup.context_options()};
    Subscription subscription = context.add_subscription("aeron:ipc", 1);
    Publication publication = context.add_publication("aeron:ipc", 1);
    const auto core = publication.core();
    Publication moved = std::move(publication);
    EXPECT_TRUE(publication.is_closed());
    EXPECT_FALSE(core->is_closed());
    moved = context.add_publication("aeron:ipc", 2);
    EXPECT_TRUE(core->is_closed());
    eventually([&] { return !subscription.is_connected(); });
}

TEST(Context, next_session_ids_are_free) {
    DriverForClients setup;
    Context context{setup.context_options()};
    const Publication publication = context.add_publication("aeron:ipc", 1);
    const std::int32_t id = context.next_session_id(1);
    EXPECT_NE(id, publication.session_id());
    const Publication other =
        context.add_publication("aeron:ipc?session-id=" + std::to_string(id), 2);
    EXPECT_EQ(other.session_id(), id);
    EXPECT_NE(context.next_session_id(1), id);
}

TEST(Context, revoking_withdraws_what_was_not_read) {
    DriverForClients setup;
    Context context{setup.context_options()};
    Subscription subscription = context.add_subscription("aeron:ipc", 1);
    ExclusivePublication publication = context.add_exclusive_publication("aeron:ipc", 1);
    eventually([&] { return subscription.is_connected(); });
    const std::shared_ptr<Image> image = subscription.images().front();
    ASSERT_TRUE(publication.offer("unread").ok());
    publication.revoke();
    eventually([&] { return image->is_closed(); });
    EXPECT_TRUE(image->is_publication_revoked());
    EXPECT_FALSE(image->is_end_of_stream());
}

TEST(Context, a_rejected_publisher_is_told_why) {
    DriverForClients setup;
    std::mutex mutex;
    std::string reason;
    Context::Options options = setup.context_options();
    options.on_publication_error = [&](const protocol::PublicationError& error) {
        std::scoped_lock lock(mutex);
        reason = error.message;
    };
    Context context{options};
    Subscription subscription = context.add_subscription("aeron:ipc", 1);
    Publication publication = context.add_publication("aeron:ipc", 1);
    eventually([&] { return subscription.is_connected(); });
    subscription.reject(*subscription.images().front(), "not today");
    eventually([&] {
        std::scoped_lock lock(mutex);
        return reason == "not today";
    });
}

}  // namespace
}  // namespace tern::test

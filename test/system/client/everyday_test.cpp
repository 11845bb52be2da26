/// The everyday calls: publisher, subscriber, messages, watches.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>

#include "system/client/driver_for_clients.hpp"

namespace tern::test {
namespace {

using namespace std::chrono_literals;

const Config kConf{.channel = "aeron:ipc", .stream = 1001};

std::vector<std::byte> payload(std::size_t length, std::uint8_t seed) {
    std::vector<std::byte> bytes(length);
    for (std::size_t i = 0; i < length; ++i) bytes[i] = static_cast<std::byte>(seed + i * 7);
    return bytes;
}

TEST(Everyday, publisher_and_subscriber_in_scopes) {
    DriverForClients setup;
    Context ctx{setup.context_options()};
    std::thread sender([&] {
        publisher(ctx, kConf, [](Publication& pub) {
            for (int i = 0; i < 10; ++i) {
                ASSERT_TRUE(pub.offer_for("message " + std::to_string(i), 1min).ok());
            }
            eventually([&] { return !pub.is_connected(); });  // its subscriber has read them
        });
    });
    const int count = subscriber(ctx, kConf, [](Subscription& sub) {
        int seen = 0;
        for (const Message& message : sub) {
            EXPECT_EQ(message.text(), "message " + std::to_string(seen));
            if (++seen == 10) break;
        }
        return seen;
    });
    EXPECT_EQ(count, 10);
    sender.join();
}

TEST(Everyday, whole_messages_of_any_size_from_any_number_of_publishers) {
    DriverForClients setup;
    Context ctx{setup.context_options()};
    // Another mapping for the reader: that the driver orders its reads before the next writes to
    // the same memory is nothing that the thread sanitizer sees.
    Context sub_ctx{setup.context_options()};
    Subscription sub = subscriber(sub_ctx, kConf);
    constexpr int kPublishers = 3, kMessages = 400;
    std::map<std::int32_t, int> next;  // by session
    std::vector<std::thread> senders;
    const auto length = [](int i) { return static_cast<std::size_t>(i * 197 % 8193); };
    for (int p = 0; p < kPublishers; ++p) {
        senders.emplace_back([&] {
            ExclusivePublication pub = exclusive_publisher(ctx, kConf);
            for (int i = 0; i < kMessages; ++i) {
                const auto bytes = payload(length(i), static_cast<std::uint8_t>(i));
                ASSERT_TRUE(pub.offer_for(bytes, 1min).ok());
            }
            const Position end = pub.position();
            eventually([&] {  // a publication that is closed at once would be gone for late readers
                const auto image = sub.image_by_session_id(pub.session_id());
                return image && image->position() >= end;
            });
        });
    }
    int left = kPublishers * kMessages;
    for (const Message& message : sub) {
        const int i = next[message.session_id]++;
        const auto expected = payload(length(i), static_cast<std::uint8_t>(i));
        ASSERT_TRUE(std::equal(message.buffer.begin(), message.buffer.end(), expected.begin(),
                               expected.end()))
            << i;
        EXPECT_EQ(message.stream_id, kConf.stream);
        if (--left == 0) break;
    }
    for (std::thread& sender : senders) sender.join();
    EXPECT_EQ(next.size(), 3u);
}

TEST(Everyday, a_loop_ends_when_its_subscription_is_closed) {
    DriverForClients setup;
    Context ctx{setup.context_options()};
    Subscription sub = subscriber(ctx, kConf);
    Publication pub = publisher(ctx, kConf);
    ASSERT_TRUE(pub.offer_for(std::string_view("one"), 1min).ok());
    int seen = 0;
    std::thread closer;
    for (const Message& message : sub) {
        EXPECT_EQ(message.text(), "one");
        ++seen;
        closer = std::thread([&] { sub.close(); });
    }
    closer.join();
    EXPECT_EQ(seen, 1);
    EXPECT_FALSE(ctx.is_closed());
}

TEST(Everyday, a_loop_ends_when_its_context_is_closed) {
    DriverForClients setup;
    Context ctx{setup.context_options()};
    Subscription sub = subscriber(ctx, kConf);
    std::thread closer([&] { ctx.close(); });
    for (const Message& message : sub) ADD_FAILURE() << message.text();
    closer.join();
}

TEST(Everyday, a_loop_throws_when_the_driver_dies) {
    DriverForClients setup;
    Context ctx{setup.context_options()};
    Subscription sub = subscriber(ctx, kConf);
    std::thread killer([&] { setup.driver.close(); });
    EXPECT_THROW(
        {
            for (const Message& message : sub) ADD_FAILURE() << message.text();
        },
        DriverTimeout);
    killer.join();
    EXPECT_THROW(sub.take(), DriverTimeout);
    EXPECT_EQ(ctx.fatal_error()->code, ErrorCode::driver_timeout);
}

TEST(Everyday, take_and_poll_give_one_message) {
    DriverForClients setup;
    Context ctx{setup.context_options()};
    Subscription sub = subscriber(ctx, kConf);
    Publication pub = publisher(ctx, kConf);
    EXPECT_FALSE(sub.poll());
    EXPECT_FALSE(sub.take_for(1ms));
    ASSERT_TRUE(pub.offer_for(std::string_view("one"), 1min).ok());
    ASSERT_TRUE(pub.offer("two").ok());
    ASSERT_TRUE(pub.offer("three").ok());
    EXPECT_EQ(sub.take().text(), "one");
    EXPECT_EQ(sub.take_for(1min)->text(), "two");
    EXPECT_EQ(sub.poll()->text(), "three");
    EXPECT_FALSE(sub.poll());
}

TEST(Everyday, a_message_of_a_loop_that_was_left_does_not_come_again) {
    DriverForClients setup;
    Context ctx{setup.context_options()};
    Subscription sub = subscriber(ctx, kConf);
    Publication pub = publisher(ctx, kConf);
    ASSERT_TRUE(pub.offer_for(std::string_view("one"), 1min).ok());
    ASSERT_TRUE(pub.offer("two").ok());
    for (const Message& message : sub) {
        EXPECT_EQ(message.text(), "one");
        break;
    }
    try {
        for (const Message& message : sub) {
            EXPECT_EQ(message.text(), "two");
            throw std::runtime_error("left by an exception");
        }
    } catch (const std::runtime_error&) {}
    EXPECT_FALSE(sub.poll());
    EXPECT_EQ(sub.images().front()->position(), pub.position());
}

TEST(Everyday, offers_say_what_came_of_them) {
    DriverForClients setup;
    Context ctx{setup.context_options()};
    Publication pub = publisher(ctx, kConf);
    EXPECT_EQ(pub.offer("nobody").status(), OfferStatus::not_connected);
    EXPECT_EQ(pub.offer_for(std::string_view("nobody"), 5ms).status(), OfferStatus::not_connected);

    Subscription sub = subscriber(ctx, kConf);
    eventually([&] { return sub.is_connected() && pub.offer("x").ok(); });
    const auto block = payload(4000, 1);
    OfferResult result = pub.offer(block);
    while (result.ok() || result == OfferStatus::admin_action) result = pub.offer(block);
    EXPECT_EQ(result.status(), OfferStatus::back_pressured);
    EXPECT_EQ(pub.offer_for(block, 5ms).status(), OfferStatus::back_pressured);
    EXPECT_LT(result.code(), 0);

    while (sub.poll([](ConstBytes, const FragmentHeader&) {}, 100) > 0) {}
    result = pub.offer_for(block, 1min);
    EXPECT_TRUE(result.ok());
    EXPECT_EQ(result.position(), pub.position());
    EXPECT_EQ(pub.offer_for(payload(8193, 1), 1min).status(), OfferStatus::error) << "too long";
    pub.close();
    EXPECT_EQ(pub.offer("late").status(), OfferStatus::closed);
}

TEST(Everyday, messages_in_parts_with_reserved_values_and_claims) {
    DriverForClients setup;
    Context ctx{setup.context_options()};
    Subscription sub = subscriber(ctx, kConf);
    Publication pub = publisher(ctx, kConf);
    eventually([&] { return pub.is_connected(); });
    const std::array<ConstBytes, 3> parts{bytes_of("gath"), ConstBytes{}, bytes_of("ered")};
    while (!pub.offer(parts, [](std::byte*, std::int32_t length) { return length; }).ok()) {}
    const Message gathered = sub.take();
    EXPECT_EQ(gathered.text(), "gathered");
    EXPECT_EQ(gathered.reserved_value, 40);

    BufferClaim claim;
    ASSERT_TRUE(pub.try_claim(7, claim).ok());
    std::memcpy(claim.buffer().data(), "claimed", 7);
    EXPECT_FALSE(sub.poll());
    claim.commit();
    EXPECT_EQ(sub.take().text(), "claimed");
    ASSERT_TRUE(pub.try_claim(7, claim).ok());
    claim.abort();
    ASSERT_TRUE(pub.offer("after").ok());
    EXPECT_EQ(sub.take().text(), "after");
}

struct WatchTest : ::testing::Test {
    DriverForClients setup;
    std::mutex mutex;
    std::vector<std::string> errors;
    std::vector<std::string> seen;
    Context ctx{options()};
    Subscription sub = subscriber(ctx, kConf);
    Publication pub = publisher(ctx, kConf);

    Context::Options options() {
        Context::Options with = setup.context_options();
        with.on_error = [this](const Error& error) {
            std::scoped_lock lock(mutex);
            errors.push_back(error.text);
        };
        return with;
    }
    void see(const Message& message) {
        std::scoped_lock lock(mutex);
        seen.emplace_back(message.text());
    }
    std::vector<std::string> what_was_seen() {
        std::scoped_lock lock(mutex);
        return seen;
    }
    void send(int first, int last) {
        for (int i = first; i <= last; ++i) {
            ASSERT_TRUE(pub.offer_for(std::to_string(i), 1min).ok());
        }
    }
    void await_consumed() {
        eventually([&] {
            const auto images = sub.images();
            return !images.empty() && images.front()->position() == pub.position();
        });
    }
};

TEST_F(WatchTest, calls_the_function_with_each_message) {
    Watch watch = tern::watch(sub, [this](const Message& message) { see(message); });
    send(1, 3);
    eventually([&] { return watch.shown() == 3; });
    await_consumed();
    EXPECT_EQ(what_was_seen(), (std::vector<std::string>{"1", "2", "3"}));
    EXPECT_TRUE(watch.is_active());
}

TEST_F(WatchTest, shows_every_nth) {
    Watch watch =
        tern::watch(sub, [this](const Message& message) { see(message); }, {.every_nth = 3});
    send(1, 10);
    await_consumed();
    EXPECT_EQ(what_was_seen(), (std::vector<std::string>{"3", "6", "9"}));
}

TEST_F(WatchTest, shows_at_most_one_in_each_period) {
    Watch watch =
        tern::watch(sub, [this](const Message& message) { see(message); }, {.at_most_one_per = 1h});
    send(1, 10);
    await_consumed();
    EXPECT_EQ(what_was_seen(), std::vector<std::string>{"1"});
}

TEST_F(WatchTest, leaves_messages_where_they_are_while_it_is_paused) {
    Watch watch = tern::watch(sub, [this](const Message& message) { see(message); });
    watch.pause();
    EXPECT_TRUE(watch.is_paused());
    send(1, 3);
    watch.resume();
    await_consumed();
    EXPECT_EQ(what_was_seen(), (std::vector<std::string>{"1", "2", "3"}));
}

TEST_F(WatchTest, is_not_running_any_more_once_it_was_cancelled) {
    std::atomic<int> calls{0};
    Watch watch = tern::watch(sub, [&](const Message&) { ++calls; });
    send(1, 1);
    eventually([&] { return calls == 1; });
    watch.cancel();
    EXPECT_FALSE(watch.is_active());
    send(2, 3);
    EXPECT_EQ(sub.take().text(), "2") << "the subscription may be read again";
    EXPECT_EQ(calls, 1);
}

TEST_F(WatchTest, may_be_cancelled_by_its_own_function) {
    std::atomic<Watch*> self{nullptr};
    std::atomic<int> calls{0};
    Watch watch = tern::watch(sub, [&](const Message&) {
        ++calls;
        eventually([&] { return self.load() != nullptr; });
        self.load()->cancel();
    });
    self = &watch;
    send(1, 2);
    eventually([&] { return !watch.is_active(); });
    watch.cancel();
    EXPECT_EQ(calls, 1);
}

TEST_F(WatchTest, serves_many_subscriptions_from_one_thread) {
    Subscription second = subscriber(ctx, {.channel = "aeron:ipc", .stream = 2});
    Publication to_second = publisher(ctx, {.channel = "aeron:ipc", .stream = 2});
    std::atomic<std::thread::id> one{}, two{};
    Watch first_watch = tern::watch(sub, [&](const Message&) { one = std::this_thread::get_id(); });
    Watch second_watch =
        tern::watch(second, [&](const Message&) { two = std::this_thread::get_id(); });
    send(1, 1);
    ASSERT_TRUE(to_second.offer_for(std::string_view("x"), 1min).ok());
    eventually([&] { return first_watch.shown() == 1 && second_watch.shown() == 1; });
    await_consumed();
    eventually([&] { return one.load() != std::thread::id{} && two.load() != std::thread::id{}; });
    EXPECT_EQ(one.load(), two.load());
    EXPECT_NE(one.load(), std::this_thread::get_id());
}

TEST_F(WatchTest, tells_the_error_handler_what_the_function_throws_and_goes_on) {
    Watch watch = tern::watch(sub, [](const Message&) { throw std::runtime_error("oops"); });
    send(1, 2);
    await_consumed();
    std::scoped_lock lock(mutex);
    EXPECT_EQ(errors, std::vector<std::string>(2, "exception in a watching function: oops"));
}

TEST_F(WatchTest, ends_with_its_subscription_and_its_context) {
    Watch watch = tern::watch(sub, [](const Message&) {});
    sub.close();
    eventually([&] { return !watch.is_active(); });
    Subscription other = subscriber(ctx, kConf);
    Watch second = tern::watch(other, [](const Message&) {});
    ctx.close();
    EXPECT_FALSE(second.is_active());
    EXPECT_THROW(static_cast<void>(tern::watch(other, [](const Message&) {})), ContextClosed);
}

}  // namespace
}  // namespace tern::test

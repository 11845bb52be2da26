// Subscriptions and their images (spec control-protocol.md 18.8; shared-memory.md 9.12, 9.18).

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tern/client/testing/fake_driver.hpp"

namespace tern::client {
namespace {

using namespace std::chrono_literals;
using testing::FakeDriver;
using testing::text_of_message;

struct Texts {
    std::vector<std::string> all;
    void operator()(ConstBytes payload, const FragmentHeader&) {
        all.push_back(text_of_message(payload));
    }
};

TEST(ClientImages, come_with_the_driver_and_are_polled) {
    FakeDriver driver;
    auto client = driver.connect();
    std::vector<std::shared_ptr<Image>> available;
    const auto subscription = driver.add_subscription(
        *client, [&](const std::shared_ptr<Image>& image) { available.push_back(image); });
    EXPECT_FALSE(subscription->is_connected());
    Texts texts;
    EXPECT_EQ(subscription->poll(texts, 10), 0);

    const LogBuffers log = driver.add_image(*client, *subscription, 500);

    ASSERT_EQ(available.size(), 1u);
    EXPECT_EQ(subscription->image_at(0), available[0]) << "in the list before the handler runs";
    EXPECT_TRUE(subscription->is_connected());
    const Image& image = *available[0];
    EXPECT_EQ(image.correlation_id(), 500);
    EXPECT_EQ(image.session_id(), FakeDriver::kSession);
    EXPECT_EQ(image.source_identity(), "aeron:ipc");
    EXPECT_EQ(image.join_position(), 0);
    EXPECT_EQ(image.end_of_stream_position(), kNoEndOfStream);
    FakeDriver::appender_of(log).offer(bytes_of("one"), 1 << 20);
    FakeDriver::appender_of(log).offer(bytes_of("two"), 1 << 20);
    EXPECT_EQ(subscription->poll(texts, 10), 2);
    EXPECT_EQ(texts.all, (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(image.position(), 128);
    EXPECT_EQ(driver.counters->value(image.subscriber_position_id()), 128);
}

TEST(ClientImages, begin_at_the_join_position) {
    FakeDriver driver;
    auto client = driver.connect();
    const auto subscription = driver.add_subscription(*client);
    const LogBuffers log = driver.make_log(500);
    FakeDriver::appender_of(log).offer(bytes_of("missed"), 1 << 20);
    FakeDriver::appender_of(log).offer(bytes_of("seen"), 1 << 20);
    driver.announce_image(*subscription, 500, FakeDriver::kSession,
                          driver.allocate(4, 500, "sub-pos", {}, 64));
    client->do_work();

    Texts texts;
    subscription->poll(texts, 10);
    EXPECT_EQ(texts.all, std::vector<std::string>{"seen"});
    EXPECT_EQ(subscription->image_at(0)->join_position(), 64);
}

TEST(ClientImages, are_polled_in_turn_beginning_with_another_one_each_time) {
    FakeDriver driver;
    auto client = driver.connect();
    const auto subscription = driver.add_subscription(*client);
    for (std::int32_t session : {1, 2, 3}) {
        const LogBuffers log = driver.add_image(*client, *subscription, 500 + session, session);
        for (int i = 0; i < 2; ++i) {
            FakeDriver::appender_of(log, session).offer(bytes_of(std::to_string(session)), 1 << 20);
        }
    }
    Texts texts;
    for (int i = 0; i < 6; ++i) subscription->poll(texts, 1);
    EXPECT_EQ(texts.all, (std::vector<std::string>{"1", "2", "3", "1", "2", "3"}));
    EXPECT_EQ(subscription->poll(texts, 10), 0);
}

TEST(ClientImages, share_the_fragment_limit) {
    FakeDriver driver;
    auto client = driver.connect();
    const auto subscription = driver.add_subscription(*client);
    for (std::int32_t session : {1, 2}) {
        const LogBuffers log = driver.add_image(*client, *subscription, 500 + session, session);
        for (int i = 0; i < 3; ++i) {
            FakeDriver::appender_of(log, session).offer(bytes_of("m"), 1 << 20);
        }
    }
    Texts texts;
    EXPECT_EQ(subscription->poll(texts, 0), 0);
    EXPECT_EQ(subscription->poll(texts, 4), 4);
    EXPECT_EQ(subscription->poll(texts, 4), 2);
}

TEST(ClientImages, controlled_and_block_polls) {
    FakeDriver driver;
    auto client = driver.connect();
    const auto subscription = driver.add_subscription(*client);
    const LogBuffers log = driver.add_image(*client, *subscription, 500);
    for (const char* text : {"a", "b", "c", "d"}) {
        FakeDriver::appender_of(log).offer(bytes_of(text), 1 << 20);
    }
    std::string seen;
    const auto handler = [&](ConstBytes payload, const FragmentHeader& header) {
        EXPECT_EQ(&Image::of(header), subscription->image_at(0).get());
        seen += text_of(payload);
        return seen == "ab" ? ControlledAction::abort : ControlledAction::continue_;
    };
    EXPECT_EQ(subscription->controlled_poll(handler, 10), 1);
    EXPECT_EQ(subscription->image_at(0)->position(), 64);
    int blocks = 0;
    EXPECT_EQ(subscription->block_poll(
                  [&](const Block& block) {
                      ++blocks;
                      EXPECT_EQ(block.bytes.size(), 128u);
                      EXPECT_EQ(block.session_id, FakeDriver::kSession);
                  },
                  128),
              128);
    EXPECT_EQ(subscription->raw_block_poll(
                  [&](const RawBlock& block) {
                      ++blocks;
                      EXPECT_EQ(block.file_offset, 192u);
                      EXPECT_EQ(block.file->path(), log.file()->path());
                  },
                  1 << 16),
              64);
    EXPECT_EQ(blocks, 2);
}

TEST(ClientImages, go_with_the_driver_and_keep_what_was_true_at_the_end) {
    FakeDriver driver;
    auto client = driver.connect();
    std::vector<std::string> events;
    std::shared_ptr<Subscription> subscription;
    const auto on_unavailable = [&](const std::shared_ptr<Image>& image) {
        events.push_back("unavailable " + std::to_string(image->correlation_id()) +
                         (image->is_closed() ? " closed" : " open") +
                         " left=" + std::to_string(subscription->image_count()));
    };
    subscription = driver.add_subscription(*client, {}, on_unavailable);
    LogBuffers log = driver.add_image(*client, *subscription, 500);
    FakeDriver::appender_of(log).offer(bytes_of("one"), 1 << 20);
    FakeDriver::appender_of(log).offer(bytes_of("two"), 1 << 20);
    Texts texts;
    subscription->poll(texts, 1);
    const std::shared_ptr<Image> image = subscription->image_at(0);
    log.set_end_of_stream_position(128);
    EXPECT_FALSE(image->is_end_of_stream());

    driver.send(protocol::UnavailableImage{500, subscription->registration_id(),
                                           FakeDriver::kStream, "aeron:ipc"});
    client->do_work();

    EXPECT_EQ(events, std::vector<std::string>{"unavailable 500 closed left=0"});
    EXPECT_FALSE(subscription->is_connected());
    EXPECT_EQ(subscription->poll(texts, 10), 0);
    EXPECT_EQ(image->poll(texts, 10), 0);
    EXPECT_EQ(image->position(), 64);
    EXPECT_EQ(image->end_of_stream_position(), 128);
    EXPECT_FALSE(image->is_end_of_stream());
    EXPECT_EQ(image->active_transport_count(), 0);
    // The counter may be somebody else's by now: whatever it says, the image stays where it was.
    driver.counters->counter(image->subscriber_position_id()).set(4711);
    EXPECT_EQ(image->position(), 64);
    log.set_revoked();
    EXPECT_TRUE(image->is_publication_revoked());
}

TEST(ClientImages, unknown_ones_are_ignored) {
    FakeDriver driver;
    ClientSettings settings = driver.settings();
    std::vector<Error> errors;
    settings.on_error = [&](const Error& error) { errors.push_back(error); };
    auto client = driver.connect(settings);
    const auto subscription = driver.add_subscription(*client);

    driver.send(protocol::UnavailableImage{1, subscription->registration_id(), 1001, "aeron:ipc"});
    driver.send(protocol::UnavailableImage{1, 12345, 1001, "aeron:ipc"});
    driver.send(protocol::AvailableImage{1, 1, 1001, 12345, 0, "/aeron/none", "aeron:ipc"});
    client->do_work();
    EXPECT_TRUE(errors.empty());

    driver.send(protocol::AvailableImage{1, 1, 1001, subscription->registration_id(), 0,
                                         "/aeron/none", "aeron:ipc"});
    driver.send(protocol::AvailableImage{1, 1, 1001, subscription->registration_id(), 1'000'000,
                                         "/aeron/none", "aeron:ipc"});
    client->do_work();
    EXPECT_EQ(errors.size(), 2u) << "no such log, no such counter";
    EXPECT_EQ(subscription->image_count(), 0);
}

TEST(ClientImages, of_one_id_twice_go_one_by_one) {
    FakeDriver driver;
    auto client = driver.connect();
    const auto subscription = driver.add_subscription(*client);
    driver.add_image(*client, *subscription, 500);
    driver.announce_image(*subscription, 500, FakeDriver::kSession, driver.allocate(4, 500));
    client->do_work();
    ASSERT_EQ(subscription->image_count(), 2);

    driver.send(protocol::UnavailableImage{500, subscription->registration_id(), 1001, ""});
    client->do_work();
    EXPECT_EQ(subscription->image_count(), 1);
    driver.send(protocol::UnavailableImage{500, subscription->registration_id(), 1001, ""});
    client->do_work();
    EXPECT_EQ(subscription->image_count(), 0);
}

TEST(ClientImages, of_a_closed_subscription_close_first_then_comes_the_notification) {
    FakeDriver driver;
    auto client = driver.connect();
    std::vector<std::string> events;
    const auto subscription =
        driver.add_subscription(*client, {}, [&](const std::shared_ptr<Image>& image) {
            events.push_back("image " + std::to_string(image->session_id()));
        });
    driver.add_image(*client, *subscription, 501, 1);
    driver.add_image(*client, *subscription, 502, 2);
    const Images images = subscription->images();

    EXPECT_TRUE(subscription->close([&] { events.push_back("closed"); }));

    EXPECT_EQ(events, (std::vector<std::string>{"image 1", "image 2", "closed"}));
    EXPECT_EQ(driver.command().as<protocol::RemoveSubscription>().registration_id,
              subscription->registration_id());
    EXPECT_TRUE(images[0]->is_closed());
    Texts texts;
    EXPECT_EQ(subscription->poll(texts, 10), 0);
    EXPECT_EQ(subscription->channel_status(), kChannelErrored);
    EXPECT_FALSE(subscription->close());
}

TEST(ClientImages, are_forgotten_once_the_polling_thread_has_moved_on) {
    FakeDriver driver;
    auto client = driver.connect();
    const auto subscription = driver.add_subscription(*client);
    driver.add_image(*client, *subscription, 500);
    Texts texts;
    subscription->poll(texts, 1);
    const std::weak_ptr<Image> image = subscription->image_at(0);

    driver.send(protocol::UnavailableImage{500, subscription->registration_id(), 1001, ""});
    client->do_work();
    EXPECT_FALSE(image.expired()) << "a poll may be using the old list";

    subscription->poll(texts, 1);
    driver.clock.advance(20ms);
    client->do_work();
    EXPECT_TRUE(image.expired());
}

TEST(ClientImages, a_poll_within_its_own_handler_gets_nothing) {
    FakeDriver driver;
    auto client = driver.connect();
    const auto subscription = driver.add_subscription(*client);
    const LogBuffers log = driver.add_image(*client, *subscription, 500);
    FakeDriver::appender_of(log).offer(bytes_of("one"), 1 << 20);
    int inner = -1;
    const int outer = subscription->poll(
        [&](ConstBytes, const FragmentHeader&) {
            inner = subscription->poll([](ConstBytes, const FragmentHeader&) {}, 10);
        },
        10);
    EXPECT_EQ(outer, 1);
    EXPECT_EQ(inner, 0);
}

TEST(ClientImages, local_addresses_are_those_of_active_sockets_of_the_channel) {
    FakeDriver driver;
    auto client = driver.connect();
    const std::int32_t status = driver.allocate(7, 1, "rcv-channel", {}, kChannelActive);
    const auto add_address = [&](std::int32_t channel, std::string_view address,
                                 std::int64_t value) {
        std::vector<std::byte> key(8 + address.size());
        store_plain(key.data(), channel);
        store_plain(key.data() + 4, static_cast<std::int32_t>(address.size()));
        std::memcpy(key.data() + 8, address.data(), address.size());
        driver.allocate(14, 1, "rcv-local-sockaddr", key, value);
    };
    add_address(status, "127.0.0.1:20121", kChannelActive);
    add_address(status, "[::1]:40123", kChannelActive);
    add_address(status, "127.0.0.1:1", kChannelInitialising);
    add_address(status, "", kChannelActive);
    add_address(status + 1, "127.0.0.1:2", kChannelActive);

    EXPECT_EQ(local_socket_addresses(client->counters(), status),
              (std::vector<std::string>{"127.0.0.1:20121", "[::1]:40123"}));
    driver.counters->counter(status).set(kChannelInitialising);
    EXPECT_TRUE(local_socket_addresses(client->counters(), status).empty());
    EXPECT_TRUE(local_socket_addresses(client->counters(), -1).empty());
}

// The list is replaced under a thread that polls without a lock: nothing of an old list may be gone
// while it is in use. For the address and thread sanitizers.
TEST(ClientImages, come_and_go_under_a_polling_thread) {
    FakeDriver driver;
    auto client = driver.connect();
    const auto subscription = driver.add_subscription(*client);
    std::vector<LogBuffers> logs;
    for (std::int32_t i = 0; i < 4; ++i) {
        logs.push_back(driver.make_log(600 + i));
        FakeDriver::appender_of(logs.back()).offer(bytes_of("message"), 1 << 20);
    }
    std::atomic<bool> stop{false};
    std::atomic<std::int64_t> polls{0};
    std::thread poller([&] {
        while (!stop) {
            subscription->poll(
                [](ConstBytes payload, const FragmentHeader&) {
                    EXPECT_EQ(text_of(payload), "message");
                },
                10);
            static_cast<void>(subscription->is_connected());
            ++polls;
        }
    });
    const std::int32_t position = driver.allocate(4, 600);
    for (int round = 0; round < 3000; ++round) {
        const std::int64_t id = 600 + round % 4;
        driver.counters->counter(position).set(0);
        driver.announce_image(*subscription, id, FakeDriver::kSession, position);
        client->do_work();
        if (round >= 2) {
            driver.send(protocol::UnavailableImage{600 + (round - 2) % 4,
                                                   subscription->registration_id(), 1001, ""});
            client->do_work();
        }
        driver.clock.advance(20ms);
        driver.beat();
        client->do_work();
    }
    while (polls < 100) std::this_thread::yield();
    stop = true;
    poller.join();
    EXPECT_FALSE(client->is_closed());
}

}  // namespace
}  // namespace tern::client

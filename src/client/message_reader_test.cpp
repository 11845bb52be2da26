#include "tern/client/message_reader.hpp"

#include <gtest/gtest.h>

#include "tern/client/testing/fake_driver.hpp"

namespace tern::client {
namespace {

using namespace std::chrono_literals;
using testing::FakeDriver;

std::string long_text(std::size_t length, char first) {
    std::string text(length, ' ');
    for (std::size_t i = 0; i < length; ++i) text[i] = static_cast<char>(first + i % 17);
    return text;
}

struct MessageReaderTest : ::testing::Test {
    FakeDriver driver;
    std::unique_ptr<Client> client = driver.connect();
    std::shared_ptr<Subscription> subscription = driver.add_subscription(*client);

    static void offer(const LogBuffers& log, std::string_view text,
                      std::int32_t session = FakeDriver::kSession) {
        // a rotation answers once with admin_action
        while (!FakeDriver::appender_of(log, session).offer(bytes_of(text), 1 << 30).ok()) {}
    }
};

TEST_F(MessageReaderTest, leaves_a_message_in_the_log_until_the_next_is_asked_for) {
    const LogBuffers log = driver.add_image(*client, *subscription, 500);
    offer(log, "one");
    offer(log, "two");
    MessageReader reader(subscription);

    const Message* message = reader.poll();
    ASSERT_NE(message, nullptr);
    EXPECT_EQ(message->text(), "one");
    EXPECT_EQ(message->position, 64);
    EXPECT_EQ(message->session_id, FakeDriver::kSession);
    EXPECT_EQ(message->buffer.data(), log.term(0) + 32) << "not copied";
    EXPECT_EQ(subscription->image_at(0)->position(), 0);

    message = reader.poll();
    ASSERT_NE(message, nullptr);
    EXPECT_EQ(message->text(), "two");
    EXPECT_EQ(subscription->image_at(0)->position(), 64);
    reader.release();
    EXPECT_EQ(subscription->image_at(0)->position(), 128);
    EXPECT_EQ(reader.poll(), nullptr);
}

TEST_F(MessageReaderTest, puts_long_messages_of_several_publishers_together) {
    const LogBuffers one = driver.add_image(*client, *subscription, 501, 1);
    const LogBuffers two = driver.add_image(*client, *subscription, 502, 2);
    const std::string a = long_text(5000, 'a');
    const std::string b = long_text(8192, 'B');
    offer(one, a, 1);
    offer(two, b, 2);
    offer(two, "short", 2);
    offer(one, "", 1);
    MessageReader reader(subscription);

    std::vector<std::string> of_one, of_two;
    while (const Message* message = reader.poll()) {
        (message->session_id == 1 ? of_one : of_two).emplace_back(message->text());
    }
    EXPECT_EQ(of_one, (std::vector<std::string>{a, ""}));
    EXPECT_EQ(of_two, (std::vector<std::string>{b, "short"}));
}

TEST_F(MessageReaderTest, gives_every_publisher_its_turn) {
    const LogBuffers busy = driver.add_image(*client, *subscription, 501, 1);
    const LogBuffers quiet = driver.add_image(*client, *subscription, 502, 2);
    for (int i = 0; i < 100; ++i) offer(busy, "busy", 1);
    offer(quiet, "quiet", 2);
    MessageReader reader(subscription);
    int before = 0;
    while (const Message* message = reader.poll()) {
        if (message->text() == "quiet") break;
        ++before;
    }
    EXPECT_EQ(before, 16);
}

TEST_F(MessageReaderTest, goes_on_over_the_ends_of_terms) {
    const LogBuffers log = driver.add_image(*client, *subscription, 500);
    MessageReader reader(subscription);
    for (int i = 0; i < 200; ++i) {
        const std::string text = long_text(1 + static_cast<std::size_t>(i) * 37 % 7000, 'a');
        offer(log, text);
        const Message* message = reader.poll();
        ASSERT_NE(message, nullptr) << i << ": padding alone is no reason to answer with nothing";
        ASSERT_EQ(message->text(), text) << i;
        // what a driver does before it raises the limit
        const Position position = subscription->image_at(0)->position();
        if (log.geometry().offset_at(position) < 8192) {
            const int next = (log.geometry().partition_at(position) + 1) % kPartitionCount;
            std::memset(log.term(next), 0, static_cast<std::size_t>(log.term_length()));
        }
    }
}

TEST_F(MessageReaderTest, drops_half_a_message_whose_publisher_is_gone) {
    const LogBuffers log = driver.add_image(*client, *subscription, 500);
    MessageReader reader(subscription);
    BufferClaim claim;
    ASSERT_TRUE(FakeDriver::appender_of(log).try_claim(5, 1 << 20, claim).ok());
    std::memcpy(claim.buffer().data(), "half ", 5);
    claim.set_flags(kBeginFragment);
    claim.commit();
    EXPECT_EQ(reader.poll(), nullptr);

    driver.send(protocol::UnavailableImage{500, subscription->registration_id(), 1001, ""});
    client->do_work();
    EXPECT_EQ(reader.poll(), nullptr);
    // The same session again, and a last fragment exactly where the next one was expected.
    const LogBuffers again =
        driver.add_image(*client, *subscription, 501, FakeDriver::kSession, 64);
    offer(again, "one");
    ASSERT_TRUE(FakeDriver::appender_of(again).try_claim(5, 1 << 20, claim).ok());
    std::memcpy(claim.buffer().data(), "whole", 5);
    claim.set_flags(kEndFragment);
    claim.commit();
    EXPECT_EQ(reader.poll(), nullptr);
    offer(again, "next");
    const Message* message = reader.poll();
    ASSERT_NE(message, nullptr);
    EXPECT_EQ(message->text(), "next");
}

}  // namespace
}  // namespace tern::client

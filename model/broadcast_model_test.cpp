// The to-clients broadcast: a transmitter that overwrites, and dies at any step; a receiver that
// gets whole messages in order, or knows that it lost some. The buffer has 64 bytes, a record 16
// with one word of payload. Message n has type n and payload n.

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "explorer.hpp"
#include "tern/shm/broadcast.hpp"

namespace tern::model {
namespace {

constexpr std::int32_t kCapacity = 64;

struct SharedBytes {
    alignas(8) std::byte buffer[kCapacity + sizeof(BroadcastTrailer)] = {};
    std::int32_t last = 0;    // message received
    std::int32_t sent = 0;    // messages whose transmission has begun
    std::int32_t lapped = 0;  // since the last message
    std::int32_t ever_lapped = 0;
    std::int32_t fault = 0;
};

enum Fault { kTorn = 1, kOutOfOrder, kGapUntold, kFromTheFuture, kNotToTheEnd };

/// `kBefore` messages were sent before the receiver joined.
template <int kBefore>
struct BroadcastWorld {
    std::unique_ptr<SharedBytes> bytes = std::make_unique<SharedBytes>();
    BroadcastTransmitter transmitter{Bytes{bytes->buffer}};
    std::unique_ptr<BroadcastReceiver> receiver;

    BroadcastWorld() {
        send(kBefore);
        receiver = std::make_unique<BroadcastReceiver>(ConstBytes{bytes->buffer});
        bytes->last = kBefore > 0 ? kBefore - 1 : 0;  // it begins with the latest
    }
    ConstBytes shared() const { return std::as_bytes(std::span{bytes.get(), 1}); }

    void send(int count) {
        for (int i = 0; i < count; ++i) {
            const std::int64_t payload[1] = {++bytes->sent};
            // Every third is short, so that records come to lie everywhere.
            const std::size_t length = bytes->sent % 3 == 0 ? 0 : 8;
            transmitter.transmit(bytes->sent, std::as_bytes(std::span{payload}).first(length));
        }
    }
    bool receive_once() {
        const auto outcome = receiver->receive([this](std::int32_t type, ConstBytes payload) {
            const bool is_short = type % 3 == 0;
            if (payload.size() != (is_short ? 0U : 8U) ||
                (!is_short && load_plain<std::int64_t>(payload.data()) != type)) {
                bytes->fault = kTorn;
            } else if (type <= bytes->last) {
                bytes->fault = kOutOfOrder;
            } else if (type > bytes->last + 1 && bytes->lapped == 0) {
                bytes->fault = kGapUntold;
            } else if (type > bytes->sent) {
                bytes->fault = kFromTheFuture;
            }
            bytes->last = type;
            bytes->lapped = 0;
        });
        if (outcome == BroadcastReceiver::Outcome::lapped) {
            bytes->lapped = bytes->ever_lapped = 1;
        }
        return outcome != BroadcastReceiver::Outcome::nothing;
    }
    void receive(int times) {
        for (int i = 0; i < times; ++i) {
            receive_once();
            summarise(static_cast<std::uint64_t>(receiver->position() * 16 + i));
        }
    }
    std::string check() const {
        static constexpr const char* kTexts[] = {"",
                                                 "a torn message",
                                                 "a message twice or too late",
                                                 "a gap without being told",
                                                 "a message that nobody sent",
                                                 "the last message was not received"};
        return kTexts[bytes->fault];
    }
    /// Nobody sends any more: the receiver gets as far as the last complete message.
    std::string settle(bool died) {
        for (int i = 0; i < 16 && receive_once(); ++i) {}
        // A transmitter that died has announced more than it sent: its last message may be lost.
        if (bytes->last < bytes->sent - (died ? 1 : 0) && !(died && bytes->lapped == 1)) {
            bytes->fault = kNotToTheEnd;
        }
        return check();
    }
};

template <typename World>
Report explore(int messages, int receives) {
    Explorer<World> explorer;
    explorer.add_mortal("transmitter", [messages](World& world) { world.send(messages); });
    explorer.add("receiver", [receives](World& world) { world.receive(receives); });
    explorer.always([](const World& world) { return world.check(); });
    explorer.at_end([](World& world) { return world.settle(is_dead(0)); });
    Report report = explorer.run();
    EXPECT_GT(report.ends_after_a_death, 0U);
    return report;
}

TEST(BroadcastModel, a_receiver_that_keeps_up_gets_everything) {
    const Report report = explore<BroadcastWorld<0>>(3, 3);
    EXPECT_EQ(report.violation, "");
    EXPECT_GT(report.states, 500U);
}

TEST(BroadcastModel, a_receiver_that_is_lapped_knows_and_never_sees_torn_messages) {
    const Report report = explore<BroadcastWorld<0>>(8, 3);
    EXPECT_EQ(report.violation, "");
    EXPECT_GT(report.states, 5'000U);
}

TEST(BroadcastModel, a_receiver_that_joins_late_begins_with_the_latest) {
    const Report report = explore<BroadcastWorld<5>>(6, 3);
    EXPECT_EQ(report.violation, "");
    EXPECT_GT(report.states, 2'000U);
}

TEST(BroadcastModel, nobody_is_lapped_within_one_length_of_the_buffer) {
    Explorer<BroadcastWorld<0>> explorer;
    explorer.add("transmitter", [](BroadcastWorld<0>& world) { world.send(3); });
    explorer.add("receiver", [](BroadcastWorld<0>& world) { world.receive(4); });
    explorer.always([](const BroadcastWorld<0>& world) {
        return world.bytes->ever_lapped != 0 ? std::string{"lapped"} : world.check();
    });
    EXPECT_EQ(explorer.run().violation, "");
}

}  // namespace
}  // namespace tern::model

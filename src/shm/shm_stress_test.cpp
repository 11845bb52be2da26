// Two and more threads on one mapping, for the thread sanitizer to watch: ring buffer, broadcast
// buffer, counters. Each test also checks what was handed over.

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tern/shm/broadcast.hpp"
#include "tern/shm/counters.hpp"
#include "tern/shm/many_to_one_ring.hpp"
#include "tern/shm/testing/memory.hpp"

namespace tern {
namespace {

using testing::Memory;

struct Numbered {
    std::int64_t producer;
    std::int64_t number;
    std::int64_t copies[6];   // torn or stale bytes would differ from `number`
};

Numbered numbered(std::int64_t producer, std::int64_t number) {
    Numbered message{producer, number, {}};
    std::fill(std::begin(message.copies), std::end(message.copies), number);
    return message;
}

/// The first `length` bytes of a message, whole words; the reader checks as many copies as came.
ConstBytes part(const Numbered& message, std::int64_t number) {
    const std::size_t words = 2 + static_cast<std::size_t>(number % 7);
    return std::as_bytes(std::span{&message, 1}).first(words * 8);
}

bool is_whole(ConstBytes payload, std::int64_t number) {
    for (std::size_t offset = 16; offset < payload.size(); offset += 8) {
        if (load_plain<std::int64_t>(payload.data() + offset) != number) {
            return false;
        }
    }
    return true;
}

TEST(ManyToOneRingStress, every_message_of_every_producer_arrives_once_in_order_and_whole) {
    constexpr int kProducers = 3;
    constexpr std::int64_t kMessages = 20'000;
    Memory memory{4096 + 768};
    std::vector<std::jthread> producers;
    for (int producer = 0; producer < kProducers; ++producer) {
        producers.emplace_back([&memory, producer] {
            ManyToOneRing ring{memory.bytes()};
            for (std::int64_t i = 0; i < kMessages; ++i) {
                const Numbered message = numbered(producer, i);
                if (i % 5 == 0) {   // an aborted claim in between leaves no trace
                    if (const auto claim = ring.try_claim(1, 40)) {
                        ring.abort(claim.offset);
                    }
                }
                while (ring.write(1, part(message, i)) != RingResult::ok) {
                    std::this_thread::yield();
                }
            }
        });
    }
    ManyToOneRing ring{memory.bytes()};
    std::int64_t next[kProducers] = {};
    std::int64_t total = 0;
    bool damaged = false;
    while (total < kProducers * kMessages) {
        const auto outcome = ring.read([&next, &total](std::int32_t, ConstBytes payload) {
            const auto producer = load_plain<std::int64_t>(payload.data());
            const auto number = load_plain<std::int64_t>(payload.data() + 8);
            ASSERT_EQ(number, next[producer]++);
            ASSERT_TRUE(is_whole(payload, number));
            ++total;
        });
        damaged = damaged || outcome.damaged;
        if (outcome.messages == 0) {
            std::this_thread::yield();
        }
    }
    EXPECT_FALSE(damaged);
}

TEST(ManyToOneRingStress, producers_go_on_after_claims_that_died) {
    constexpr std::int64_t kMessages = 3'000;
    Memory memory{4096 + 768};
    std::atomic<bool> done{false};
    std::jthread producer{[&memory, &done] {
        ManyToOneRing ring{memory.bytes()};
        for (std::int64_t i = 0; i < kMessages; ++i) {
            if (i % 100 == 50) {
                ring.try_claim(2, 24);   // never committed
            }
            const Numbered message = numbered(0, i);
            while (ring.write(1, part(message, i)) != RingResult::ok) {
                std::this_thread::yield();
            }
        }
        done.store(true);
    }};
    ManyToOneRing ring{memory.bytes()};
    std::int64_t next = 0;
    std::int64_t stuck_at = -1;
    while (next < kMessages) {
        const int messages = ring.read([&next](std::int32_t type, ConstBytes payload) {
            ASSERT_EQ(type, 1);
            ASSERT_EQ(load_plain<std::int64_t>(payload.data() + 8), next++);
        }).messages;
        if (messages > 0) {
            stuck_at = -1;
            continue;
        }
        // What the driver does by time-out: the head stands still with something behind it. Once
        // the producer is through or has filled the ring, a claim that still stands is a dead one.
        const std::int64_t head = ring.consumer_position();
        if (head == stuck_at && (done.load() || ring.size() > 3500)) {
            ring.unblock(ring.producer_position());
        }
        stuck_at = head;
        std::this_thread::yield();
    }
}

TEST(BroadcastStress, receivers_get_whole_messages_in_order_or_know_that_they_lost_some) {
    constexpr std::int64_t kMessages = 50'000;
    Memory memory{4096 + 128};
    BroadcastTransmitter transmitter{memory.bytes()};
    std::atomic<bool> done{false};
    std::atomic<int> started{0};
    std::vector<std::jthread> receivers;
    for (int i = 0; i < 2; ++i) {
        receivers.emplace_back([&memory, &done, &started] {
            BroadcastReceiver receiver{memory.bytes()};
            ++started;
            std::int64_t last = -1;
            std::int64_t lost = 0;
            for (;;) {
                const bool was_done = done.load();
                const auto outcome = receiver.receive([&](std::int32_t, ConstBytes payload) {
                    const auto number = load_plain<std::int64_t>(payload.data() + 8);
                    ASSERT_TRUE(is_whole(payload, number));
                    ASSERT_GT(number, last - 1);
                    if (number != last + 1 && number != last) {
                        ASSERT_GT(receiver.times_lapped(), lost) << "a gap without being told";
                    }
                    lost = receiver.times_lapped();
                    last = number;
                });
                if (outcome == BroadcastReceiver::Outcome::nothing && was_done) {
                    break;
                }
            }
            ASSERT_EQ(last, kMessages - 1);
        });
    }
    while (started.load() < 2) {
        std::this_thread::yield();
    }
    for (std::int64_t i = 0; i < kMessages; ++i) {
        const Numbered message = numbered(0, i);
        ASSERT_TRUE(transmitter.transmit(1, part(message, i)));
        if (i % 16 == 0) {
            std::this_thread::yield();
        }
    }
    done.store(true);
}

TEST(CountersStress, a_reader_sees_only_complete_counters_while_they_come_and_go) {
    constexpr int kRounds = 20'000;
    Memory metadata{16 * 512};
    Memory values{16 * 128};
    std::atomic<bool> done{false};
    std::atomic<std::int64_t> seen{0};
    std::jthread reader_thread{[&] {
        CountersReader reader{metadata.bytes(), values.bytes()};
        while (!done.load()) {
            for (std::int32_t id = 0; id <= reader.max_id(); ++id) {
                if (reader.state(id) == CounterState::allocated) {
                    const std::int64_t value = reader.value(id);
                    ASSERT_TRUE(value == 0 || value % 1000 == 7) << value;
                    ++seen;
                }
            }
        }
    }};
    CountersManager manager{metadata.bytes(), values.bytes(), Millis{3}};
    std::deque<std::int32_t> live;
    for (int round = 0; round < kRounds || seen.load() == 0; ++round) {
        const Millis now{1000 + round};
        const auto id =
            manager.allocate({.type_id = 1, .label = "stress", .value = round * 1000 + 7}, now);
        ASSERT_TRUE(id);
        live.push_back(*id);
        if (live.size() > 8) {
            manager.free(live.front(), now);
            live.pop_front();
        }
    }
    done.store(true);
}

TEST(CountersStress, increments_of_several_threads_all_count) {
    Memory metadata{512};
    Memory values{128};
    CountersManager manager{metadata.bytes(), values.bytes(), Millis{1}};
    ASSERT_TRUE(manager.allocate({.type_id = 1, .label = "shared"}, Millis{1}));
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&manager] {
                Counter counter = manager.counter(0);
                for (int n = 0; n < 10'000; ++n) {
                    counter.increment();
                }
            });
        }
    }
    EXPECT_EQ(manager.value(0), 30'000);
}

}  // namespace
}  // namespace tern

/// Sending and receiving take nothing from the heap, whichever calls are used: counted in the
/// publisher's and in the subscriber's thread once both have warmed up. That they make no system
/// call either is shown by hot_loop_test.cpp.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/heap_calls.hpp"
#include "tern/embedded_driver.hpp"
#include "tern/logbuffer/fragment_assembler.hpp"
#include "tern/tern.hpp"

namespace tern::test {
namespace {

constexpr int kWarmUp = 5'000, kCounted = 100'000;
constexpr std::size_t kSmall = 64, kFragmented = 3'000;
const Config kConf{.channel = "aeron:ipc?term-length=1m", .stream = 1001};

/// So that the compiler does not do without a pair of new and delete.
template <typename T>
void keep(const T& value) {
    asm volatile("" : : "g"(&value) : "memory");
}

TEST(HeapCalls, sees_what_it_has_to_see) {
    const auto calls_of = [](const std::function<void()>& action) {
        const std::uint64_t before = heap_calls();
        action();
        return heap_calls() - before;
    };
    EXPECT_EQ(calls_of([] {}), 0u);
    EXPECT_EQ(calls_of([] { keep(std::make_unique<std::array<char, 100>>()); }), 2u);
    EXPECT_GE(calls_of([] { std::string(1000, 'x').append(5000, 'y'); }), 4u);  // within libstdc++
    struct alignas(128) Aligned {
        char bytes[128];
    };
    EXPECT_EQ(calls_of([] { keep(std::make_unique<Aligned>()); }), 2u);
    std::thread{[&] { EXPECT_EQ(calls_of([] {}), 0u); }}.join();
}

/// Does something once a message; counts what it took from the heap after the warm-up.
class Counter {
  public:
    /// False once all messages are through.
    bool next(int messages = 1) {
        if (before_ == kNotYet && seen_ >= kWarmUp) before_ = heap_calls();
        seen_ += messages;
        if (seen_ < kWarmUp + kCounted) return true;
        calls_ = heap_calls() - before_;
        return false;
    }
    std::uint64_t calls() const { return calls_; }

  private:
    static constexpr std::uint64_t kNotYet = ~std::uint64_t{0};
    int seen_ = 0;
    std::uint64_t before_ = kNotYet;
    std::uint64_t calls_ = kNotYet;
};

struct HotPath : ::testing::Test {
    EmbeddedDriver driver{{.settings = {{"aeron.counters.buffer.length", "1m"}}}};
    // One for each side, so that each has mappings of its own. What orders a subscriber's reads
    // before the publisher's next writes to that memory goes through the driver, which has another
    // mapping: on a shared one the thread sanitizer would see a race.
    Context ctx{{.directory = driver.directory()}};
    Context sub_ctx{{.directory = driver.directory()}};
    Subscription sub = subscriber(sub_ctx, kConf);

    /// `send(message)` until it says true, for each message; meanwhile `receive(counter)`.
    template <typename Pub, typename Send, typename Receive>
    void expect_no_heap_calls(Pub pub, std::size_t length, Send send, Receive receive) {
        Counter sent, received;
        std::thread sender{[&] {
            const std::vector<std::byte> message(length, std::byte{7});
            do {
                while (!send(pub, ConstBytes{message})) std::this_thread::yield();
            } while (sent.next());
        }};
        receive(received);
        sender.join();
        EXPECT_EQ(sent.calls(), 0u) << "in the publisher's thread";
        EXPECT_EQ(received.calls(), 0u) << "in the subscriber's thread";
    }

    static constexpr auto kOffer = [](auto& pub, ConstBytes message) {
        return pub.offer(message).ok();
    };
    static constexpr auto kClaim = [](auto& pub, ConstBytes message) {
        BufferClaim claim;
        if (!pub.try_claim(message.size(), claim)) return false;
        std::memcpy(claim.buffer().data(), message.data(), message.size());
        claim.commit();
        return true;
    };
    static constexpr auto kOfferParts = [](auto& pub, ConstBytes message) {
        const std::array<ConstBytes, 2> parts{message.first(10), message.subspan(10)};
        return pub.offer(parts, [](std::byte*, std::int32_t) { return 5; }).ok();
    };
};

TEST_F(HotPath, offer_and_poll) {
    expect_no_heap_calls(publisher(ctx, kConf), kSmall, kOffer, [&](Counter& counter) {
        const auto handler = [](ConstBytes message, const FragmentHeader&) {
            if (message.size() != kSmall) std::abort();
        };
        while (counter.next(sub.poll(handler, 10))) {}
    });
}

TEST_F(HotPath, offer_in_fragments_and_poll_with_an_assembler) {
    expect_no_heap_calls(publisher(ctx, kConf), kFragmented, kOffer, [&](Counter& counter) {
        int whole = 0;
        FragmentAssembler assembler([&](ConstBytes message, const FragmentHeader&) {
            if (message.size() != kFragmented) std::abort();
            ++whole;
        });
        do {
            whole = 0;
            sub.poll(assembler, 10);
        } while (counter.next(whole));
    });
}

TEST_F(HotPath, offer_in_parts_and_controlled_poll) {
    expect_no_heap_calls(publisher(ctx, kConf), kSmall, kOfferParts, [&](Counter& counter) {
        const auto handler = [](ConstBytes, const FragmentHeader& header) {
            if (header.reserved_value() != 5) std::abort();
            return ControlledAction::commit;
        };
        while (counter.next(sub.controlled_poll(handler, 10))) {}
    });
}

TEST_F(HotPath, offer_in_fragments_and_controlled_poll_with_an_assembler) {
    expect_no_heap_calls(publisher(ctx, kConf), kFragmented, kOfferParts, [&](Counter& counter) {
        int whole = 0;
        ControlledFragmentAssembler assembler([&](ConstBytes, const FragmentHeader&) {
            ++whole;
            return ControlledAction::continue_;
        });
        do {
            whole = 0;
            sub.controlled_poll(assembler, 10);
        } while (counter.next(whole));
    });
}

TEST_F(HotPath, try_claim_and_block_poll) {
    expect_no_heap_calls(publisher(ctx, kConf), kSmall, kClaim, [&](Counter& counter) {
        constexpr std::size_t kFrame = kDataHeaderLength + kSmall;
        int frames = 0;
        const auto handler = [&](const Block& block) {
            // A block of another length is the padding at the end of a term.
            if (block.bytes.size() % kFrame == 0) {
                frames += static_cast<int>(block.bytes.size() / kFrame);
            }
        };
        do {
            frames = 0;
            sub.block_poll(handler, 10 * kFrame);
        } while (counter.next(frames));
    });
}

TEST_F(HotPath, exclusive_offer_and_poll) {
    expect_no_heap_calls(exclusive_publisher(ctx, kConf), kSmall, kOffer, [&](Counter& counter) {
        while (counter.next(sub.poll([](ConstBytes, const FragmentHeader&) {}, 10))) {}
    });
}

TEST_F(HotPath, exclusive_claim_and_poll_for_one_message) {
    expect_no_heap_calls(exclusive_publisher(ctx, kConf), kSmall, kClaim, [&](Counter& counter) {
        while (counter.next(sub.poll() ? 1 : 0)) {}
    });
}

TEST_F(HotPath, exclusive_offer_in_fragments_and_poll_for_one_message) {
    expect_no_heap_calls(exclusive_publisher(ctx, kConf), kFragmented, kOffer,
                         [&](Counter& counter) {
                             while (counter.next(sub.poll() ? 1 : 0)) {}
                         });
}

// Not one after the other: that an image comes or goes may take something from the heap.
struct HotPathOfLength : HotPath, ::testing::WithParamInterface<std::size_t> {};

TEST_P(HotPathOfLength, offer_for_a_time_and_a_loop_over_messages) {
    const auto offer_for = [](auto& pub, ConstBytes message) {
        return pub.offer_for(message, std::chrono::minutes{1}).ok();
    };
    expect_no_heap_calls(publisher(ctx, kConf), GetParam(), offer_for, [&](Counter& counter) {
        for (const Message& message : sub) {
            if (message.buffer.size() != GetParam()) std::abort();
            if (!counter.next()) break;
        }
    });
}
INSTANTIATE_TEST_SUITE_P(Whole, HotPathOfLength, ::testing::Values(kSmall, kFragmented));

TEST_F(HotPath, offer_and_take) {
    expect_no_heap_calls(publisher(ctx, kConf), kSmall, kOffer, [&](Counter& counter) {
        do {
            if (sub.take().buffer.size() != kSmall) std::abort();
        } while (counter.next());
    });
}

TEST_F(HotPath, offer_and_watch) {
    expect_no_heap_calls(publisher(ctx, kConf), kSmall, kOffer, [&](Counter& counter) {
        std::atomic<bool> done{false};
        const Watch watching = watch(sub, [&](const Message&) {
            if (!done && !counter.next()) done = true;
        });
        while (!done) std::this_thread::yield();
    });
}

}  // namespace
}  // namespace tern::test

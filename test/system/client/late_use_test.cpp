/// Threads that send and read while their client comes to its end in one way or another, and go on
/// afterwards: they are told so, and no memory goes away under them.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <thread>
#include <vector>

#include "support/wait_until.hpp"
#include "system/ternd_process.hpp"
#include "tern/protocol/client_commands.hpp"
#include "tern/shm/many_to_one_ring.hpp"
#include "tern/tern.hpp"

namespace tern::test {
namespace {

constexpr int kLateCalls = 10'000;
constexpr std::int32_t kHeartbeatCounterTypeId = 11;
constexpr std::int32_t kClientTimeoutsCounter = 24;

struct LateUse : ::testing::Test {
    TempDir temp;
    const std::string directory = temp / "aeron";
    const Config conf{.channel = "aeron:ipc?term-length=64k", .stream = 1};
    Ternd ternd{directory, {"-Daeron.client.liveness.timeout=3s"}};
    // Two mappings of the log, so that the thread sanitizer takes nothing for a race that the
    // driver keeps in order. Both are brought to their end.
    std::optional<Context> pub_ctx, sub_ctx;
    std::atomic<std::int64_t> sent{0}, received{0};
    std::atomic<int> told{0};   // threads that were told of the end
    std::atomic<bool> is_over{false};
    std::vector<std::thread> threads;

    void SetUp() override { ternd.wait_until_ready(); }

    Context::Options options() const {
        return {.directory = directory, .driver_timeout = std::chrono::milliseconds{3000}};
    }
    void connect() {
        pub_ctx.emplace(options());
        sub_ctx.emplace(options());
    }

    /// Uses an object until it is closed, says so, and uses it again and again until `is_over`.
    template <typename Use, typename IsClosed>
    void use_until_over(Use&& use, IsClosed&& is_closed) {
        while (!is_closed()) {
            use();
            std::this_thread::yield();
        }
        ++told;
        for (int late = 0; late < kLateCalls || !is_over; ++late) {
            EXPECT_FALSE(use());
            if (late >= kLateCalls) std::this_thread::yield();
        }
    }
    template <typename Pub>
    void sender(Pub made) {
        threads.emplace_back([this, pub = std::make_shared<Pub>(std::move(made))] {
            const std::vector<std::byte> message(3000, std::byte{1});
            const auto offer = [&] {
                const OfferResult result = pub->offer(message);
                if (result) sent += 1;
                return result.ok();
            };
            use_until_over(offer, [&] { return pub->is_closed(); });
            EXPECT_EQ(pub->offer(message).status(), OfferStatus::closed);
            BufferClaim claim;
            EXPECT_EQ(pub->try_claim(10, claim).status(), OfferStatus::closed);
            EXPECT_EQ(pub->position(), static_cast<Position>(OfferStatus::closed));
            EXPECT_FALSE(pub->is_connected());
        });
    }
    // The claim is taken before the end and given back after it.
    template <typename Pub>
    void claimer(Pub made) {
        threads.emplace_back([this, pub = std::make_shared<Pub>(std::move(made))] {
            BufferClaim claim;
            while (!pub->try_claim(1000, claim) && !pub->is_closed()) std::this_thread::yield();
            while (!pub->is_closed()) std::this_thread::yield();
            ++told;
            while (!is_over) std::this_thread::yield();
            if (!claim) return;
            for (std::byte& byte : claim.buffer()) byte = std::byte{1};
            claim.commit();
        });
    }
    void reader(Subscription made) {
        threads.emplace_back([this, sub = std::make_shared<Subscription>(std::move(made))] {
            std::int64_t sum = 0;
            const auto read = [&](ConstBytes bytes, const FragmentHeader&) {
                for (const std::byte byte : bytes) sum += static_cast<int>(byte);
                received = sum;
            };
            while (sub->image_count() == 0 && !sub->is_closed()) std::this_thread::yield();
            const auto images = sub->images();
            use_until_over([&] { return sub->poll(read, 3) > 0; },
                           [&] { return sub->is_closed(); });
            for (const auto& image : images) {
                EXPECT_TRUE(image->is_closed());
                EXPECT_EQ(image->poll(read, 10), 0);
                EXPECT_GE(image->position(), 0);
            }
            EXPECT_FALSE(sub->poll());
        });
    }
    void loop(Subscription made) {
        threads.emplace_back([this, sub = std::make_shared<Subscription>(std::move(made))] {
            try {
                for (const Message& message : *sub) received += message.buffer.size() > 0 ? 1 : 0;
            } catch (const Exception&) {  // what ended the client, where that was not close()
            }
            EXPECT_TRUE(sub->is_closed());
            ++told;
            while (!is_over) std::this_thread::yield();
            EXPECT_FALSE(sub->poll());
            EXPECT_ANY_THROW(sub->take());
        });
    }

    void start() {
        Subscription read_by_poll = subscriber(*sub_ctx, conf);
        Subscription read_in_loop = subscriber(*sub_ctx, conf);
        sender(publisher(*pub_ctx, conf));
        sender(publisher(*pub_ctx, conf));
        sender(exclusive_publisher(*pub_ctx, conf));
        reader(std::move(read_by_poll));
        loop(std::move(read_in_loop));
        while (received < 100'000 && !HasFailure()) {
            if (pub_ctx->client().settings().use_invoker) pub_ctx->do_work();
            std::this_thread::yield();
        }
        claimer(publisher(*pub_ctx, conf));  // stops the others at its place
    }
    void expect_all_are_told() {
        EXPECT_TRUE(wait_until([&] { return told == static_cast<int>(threads.size()); }))
            << told << " of " << threads.size();
    }
    void finish() {
        pub_ctx.reset();
        sub_ctx.reset();
        std::filesystem::remove_all(directory);
        is_over = true;
        for (std::thread& thread : threads) thread.join();
        threads.clear();
    }
    void TearDown() override {
        is_over = true;
        for (std::thread& thread : threads) thread.join();
    }
    /// As a client would say good-bye, in the name of another one: the driver drops all that it
    /// has.
    void let_driver_forget(const Context& ctx) {
        const CncFile cnc = open_cnc(directory);
        // It notices by its heartbeat counter, which it looks for at its first beat.
        const CountersReader& counters = ctx.counters();
        const std::int32_t heartbeat =
            counters.find_by_registration(kHeartbeatCounterTypeId, ctx.client_id());
        const std::int64_t before = counters.value(heartbeat);
        ASSERT_TRUE(wait_until([&] { return counters.value(heartbeat) != before; }));
        const protocol::ClientClose command{
            {.client_id = ctx.client_id(), .correlation_id = protocol::kNullId}};
        std::vector<std::byte> body(protocol::encoded_length(command));
        protocol::encode(command, body);
        ASSERT_EQ(ManyToOneRing{cnc.to_driver()}.write(static_cast<std::int32_t>(command.type()),
                                                       body),
                  RingResult::ok);
    }
};

TEST_F(LateUse, of_a_closed_context_is_answered_with_closed) {
    connect();
    start();
    pub_ctx->close();
    sub_ctx->close();
    expect_all_are_told();
    EXPECT_FALSE(pub_ctx->fatal_error());
    EXPECT_EQ(ternd.stop(SIGTERM).exit_code, 0);
    finish();
}

TEST_F(LateUse, after_the_driver_was_killed_is_answered_with_closed) {
    connect();
    start();
    EXPECT_EQ(ternd.stop(SIGKILL).signal, SIGKILL);
    expect_all_are_told();
    EXPECT_EQ(pub_ctx->fatal_error()->code, ErrorCode::driver_timeout);
    EXPECT_EQ(sub_ctx->fatal_error()->code, ErrorCode::driver_timeout);
    finish();
}

TEST_F(LateUse, of_a_client_that_the_driver_gave_up_is_answered_with_closed) {
    connect();
    start();
    let_driver_forget(*pub_ctx);
    let_driver_forget(*sub_ctx);
    const std::string logs = directory + "/publications";
    EXPECT_TRUE(wait_until([&] { return std::filesystem::is_empty(logs); }));
    expect_all_are_told();
    EXPECT_TRUE(pub_ctx->fatal_error());
    EXPECT_TRUE(sub_ctx->fatal_error());
    EXPECT_EQ(ternd.stop(SIGTERM).exit_code, 0);
    finish();
}

/// Nobody runs the publishers' conductor any more, so that client beats no more; the driver times
/// it out.
TEST_F(LateUse, of_a_client_that_timed_out_is_answered_with_closed) {
    Context::Options with = options();
    with.use_invoker = true;
    pub_ctx.emplace(with);
    sub_ctx.emplace(options());
    start();
    const CncFile cnc = open_cnc(directory);
    const CountersReader counters{cnc.counters_metadata(), cnc.counters_values()};
    ASSERT_TRUE(wait_until([&] { return counters.value(kClientTimeoutsCounter) > 0; }));
    EXPECT_THROW(
        {
            while (!pub_ctx->is_closed()) pub_ctx->do_work();
        },
        Exception);
    let_driver_forget(*sub_ctx);
    expect_all_are_told();
    EXPECT_EQ(ternd.stop(SIGTERM).exit_code, 0);
    finish();
}

}  // namespace
}  // namespace tern::test

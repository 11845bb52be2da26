/// A publisher is killed between try_claim and commit. Nobody can read past its claim until the
/// driver has padded it.

#include <gtest/gtest.h>

#include <csignal>

#include "support/wait_until.hpp"
#include "system/bad_input/bystander.hpp"
#include "system/ternd_process.hpp"
#include "tern/driver/system_counters.hpp"

namespace tern::test {
namespace {

struct DeadClaim : ::testing::Test {
    TempDir temp;
    const std::string directory = temp / "aeron";
    Ternd ternd{directory,
                {"-Daeron.client.liveness.timeout=3s", "-Daeron.publication.unblock.timeout=4s"}};
    const Config conf{.channel = "aeron:ipc?term-length=64k", .stream = 5};

    void kill_one_within_a_claim(const std::string& kind) {
        ChildProcess victim{{.argv = {TERN_CLAIM_VICTIM, directory, conf.channel,
                                      std::to_string(conf.stream), kind}}};
        ASSERT_TRUE(victim.read_until("claimed")) << victim.errors();
        victim.signal(SIGKILL);
        EXPECT_EQ(victim.wait().signal, SIGKILL);
    }
    static std::int64_t counter(const Context& ctx, driver::SystemCounter id) {
        return ctx.counters().value(static_cast<std::int32_t>(id));
    }
};

TEST_F(DeadClaim, of_a_shared_publication_is_padded_and_the_others_go_on) {
    ternd.wait_until_ready();
    Bystander bystander{directory};
    Context ctx{{.directory = directory, .driver_timeout = kPatience}};
    Subscription sub = subscriber(ctx, conf);
    Subscription slow = subscriber(ctx, conf);
    Publication pub = publisher(ctx, conf);
    kill_one_within_a_claim("shared");
    EXPECT_EQ(sub.take().text(), "whole");

    // Behind the claim they may write, but nobody reads it yet. Only the driver changes that.
    ASSERT_TRUE(pub.offer_for(std::string_view("behind"), kPatience).ok());
    EXPECT_FALSE(sub.poll());
    EXPECT_EQ(counter(ctx, driver::SystemCounter::unblocked_publications), 0);
    EXPECT_TRUE(bystander.goes_on()) << bystander.fault();
    EXPECT_EQ(sub.take().text(), "behind");
    EXPECT_EQ(counter(ctx, driver::SystemCounter::unblocked_publications), 1);
    EXPECT_EQ(slow.take().text(), "whole");
    EXPECT_EQ(slow.take().text(), "behind");
    for (int i = 0; i < 1'000; ++i) {  // over the ends of several terms
        ASSERT_TRUE(pub.offer_for(std::string(500, 'x'), kPatience).ok());
        ASSERT_EQ(sub.take().buffer.size(), 500u);
        ASSERT_EQ(slow.take().buffer.size(), 500u);
    }
    EXPECT_EQ(counter(ctx, driver::SystemCounter::client_timeouts), 1);
    EXPECT_TRUE(bystander.goes_on()) << bystander.fault();
    EXPECT_EQ(ternd.stop(SIGTERM).exit_code, 0);
}

TEST_F(DeadClaim, of_an_exclusive_publication_ends_with_it) {
    ternd.wait_until_ready();
    Context ctx{{.directory = directory, .driver_timeout = kPatience}};
    Subscription sub = subscriber(ctx, conf);
    kill_one_within_a_claim("exclusive");
    EXPECT_EQ(sub.take().text(), "whole");
    EXPECT_TRUE(wait_until([&] {
        EXPECT_FALSE(sub.poll());
        return !sub.is_connected();
    }));
    EXPECT_EQ(counter(ctx, driver::SystemCounter::client_timeouts), 1);
    Publication next = publisher(ctx, conf);
    ASSERT_TRUE(next.offer_for(std::string_view("next"), kPatience).ok());
    EXPECT_EQ(sub.take().text(), "next");
    EXPECT_EQ(ternd.stop(SIGTERM).exit_code, 0);
}

}  // namespace
}  // namespace tern::test

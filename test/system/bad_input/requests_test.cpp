/// What a client asks for and cannot have: the driver says why, and serves the others.

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <random>

#include "support/wait_until.hpp"
#include "system/bad_input/bystander.hpp"
#include "system/ternd_process.hpp"
#include "tern/driver/system_counters.hpp"
#include "tern/shm/counters.hpp"
#include "tern/shm/distinct_error_log.hpp"
#include "tern/shm/many_to_one_ring.hpp"

namespace tern::test {
namespace {

struct LiveTernd : ::testing::Test {
    TempDir temp;
    const std::string directory = temp / "aeron";

    std::vector<std::string> logged_errors() {
        std::vector<std::string> texts;
        read_error_log(open_cnc(directory).error_log(), [&](const ErrorObservation& error) {
            texts.emplace_back(error.text);
        });
        return texts;
    }
    bool has_logged(const std::string& text) {
        for (const std::string& logged : logged_errors()) {
            if (logged.find(text) != logged.npos) return true;
        }
        return false;
    }
    static void expect_clean_end(Ternd& ternd) {
        EXPECT_EQ(ternd.stop(SIGTERM), (ChildProcess::Ended{.exit_code = 0, .signal = 0}))
            << ternd.process().errors();
    }
};

TEST_F(LiveTernd, refuses_wrong_channels_and_says_what_is_wrong_with_them) {
    struct Case {
        std::string channel;
        ErrorCode code;
        std::string text;
    };
    const Case cases[] = {
        {"", ErrorCode::invalid_channel, "invalid URI"},
        {"hello", ErrorCode::invalid_channel, "hello"},
        {"aeron:", ErrorCode::invalid_channel, "aeron:"},
        {"aeron:tcp?endpoint=localhost:1", ErrorCode::invalid_channel, "tcp"},
        {"aeron:ipc?term-length=big", ErrorCode::generic_error, "term-length=big"},
        {"aeron:ipc?term-length=100000", ErrorCode::generic_error, "not a power of 2"},
        {"aeron:ipc?term-length=2g", ErrorCode::generic_error, "max length of 1073741824"},
        {"aeron:ipc?mtu=100", ErrorCode::generic_error, "multiple of FRAME_ALIGNMENT"},
        {"aeron:ipc?mtu=1000000", ErrorCode::generic_error, "mtuLength=1000000"},
        {"aeron:ipc?session-id=mine", ErrorCode::generic_error, "session-id=mine"},
        {"aeron:ipc?init-term-id=1", ErrorCode::generic_error, "a complete set"},
        {"aeron:ipc?term-length=64k|init-term-id=5|term-id=4|term-offset=0",
         ErrorCode::generic_error, "init-term-id=5"},
        {"aeron:ipc?term-length=64k|init-term-id=5|term-id=5|term-offset=7",
         ErrorCode::generic_error, "term-offset=7"},
        {"aeron:ipc?alias=" + std::string(5000, 'x'), ErrorCode::invalid_channel, "4095"},
        {"aeron:udp?endpoint=127.0.0.1:0", ErrorCode::generic_error, "endpoint=127.0.0.1:0"},
        {"aeron:udp?endpoint=224.0.1.2:40123|interface=127.0.0.1", ErrorCode::generic_error, "odd"},
    };
    Ternd ternd{directory};
    ternd.wait_until_ready();
    Bystander bystander{directory};
    Context ctx{{.directory = directory, .driver_timeout = kPatience}};
    for (const Case& c : cases) {
        for (const bool is_exclusive : {false, true}) {
            SCOPED_TRACE(c.channel.substr(0, 80));
            try {
                if (is_exclusive) {
                    ctx.add_exclusive_publication(c.channel, 1);
                } else {
                    ctx.add_publication(c.channel, 1);
                }
                ADD_FAILURE() << "was accepted";
            } catch (const RegistrationError& error) {
                EXPECT_EQ(error.code(), c.code) << error.what();
                EXPECT_NE(std::string{error.what()}.find(c.text), std::string::npos)
                    << error.what();
            }
        }
    }
    for (const std::string channel :
         {"", "hello", "aeron:", "aeron:tcp?endpoint=localhost:1", "aeron-spy:aeron:ipc",
          "aeron:ipc?session-id=mine", "aeron:udp?endpoint=localhost"}) {
        EXPECT_THROW(ctx.add_subscription(channel, 1), RegistrationError) << channel;
    }
    EXPECT_FALSE(ctx.is_closed());
    EXPECT_TRUE(bystander.goes_on()) << bystander.fault();
    expect_clean_end(ternd);
}

TEST_F(LiveTernd, a_message_longer_than_the_maximum_is_an_error_and_nothing_else) {
    Ternd ternd{directory};
    ternd.wait_until_ready();
    Context ctx{{.directory = directory, .driver_timeout = kPatience}};
    const Config conf{.channel = "aeron:ipc?term-length=64k", .stream = 5};
    Subscription sub = subscriber(ctx, conf);
    const auto refuses_what_is_too_long = [&](auto pub) {
        const auto longest = static_cast<std::size_t>(pub.max_message_length());
        EXPECT_EQ(longest, 8192u);
        ASSERT_TRUE(pub.offer_for(std::string(longest, 'a'), kPatience).ok());
        EXPECT_EQ(sub.take().buffer.size(), longest);
        const Position before = pub.position();
        const std::vector<std::byte> too_long(longest + 1);
        const std::array<ConstBytes, 2> parts{ConstBytes{too_long}, ConstBytes{too_long}};
        EXPECT_EQ(pub.offer(too_long).status(), OfferStatus::error);
        EXPECT_EQ(pub.offer(parts).status(), OfferStatus::error);
        EXPECT_EQ(pub.offer_for(too_long, kPatience).status(), OfferStatus::error);
        BufferClaim claim;
        const auto payload = static_cast<std::size_t>(pub.max_payload_length());
        EXPECT_EQ(pub.try_claim(payload + 1, claim).status(), OfferStatus::error);
        EXPECT_EQ(pub.position(), before);
        ASSERT_TRUE(pub.offer_for(std::string_view("next"), kPatience).ok());
        EXPECT_EQ(sub.take().text(), "next");
    };
    refuses_what_is_too_long(publisher(ctx, conf));
    refuses_what_is_too_long(exclusive_publisher(ctx, conf));
    EXPECT_EQ(name_of(OfferStatus::error), "error");
    expect_clean_end(ternd);
}

/// Writes into the command ring of somebody else's driver what no client writes.
class Vandal {
  public:
    explicit Vandal(const std::string& directory)
        : cnc_(open_cnc(directory)), ring_(cnc_.to_driver()) {}

    void write_random_command() {
        std::vector<std::byte> body(below(200));
        scribble(body);
        ring_.write(static_cast<std::int32_t>(1 + below(below(2) == 0 ? 20 : INT32_MAX)), body);
    }
    void write_impossible_length() {
        const auto claim = ring_.try_claim(static_cast<std::int32_t>(1 + below(20)),
                                           static_cast<std::int32_t>(below(100)));
        if (!claim) return;
        scribble(claim.payload);
        const std::int32_t lengths[] = {1, 7, INT32_MAX, static_cast<std::int32_t>(below(100'000))};
        shared_word<std::int32_t>(claim.payload.data() - 8)
            .store_release(lengths[below(std::size(lengths))]);
    }
    /// All that will be written next, and what nobody has read yet.
    void scribble_over_everything() {
        const auto capacity = static_cast<std::size_t>(ring_.capacity());
        scribble(cnc_.to_driver().first(capacity));
        ring_.try_claim(1, 1000);  // so that the driver comes past it
    }
    void wait_until_read() {
        EXPECT_TRUE(wait_until([&] { return ring_.size() <= 0; }));
    }

  private:
    std::size_t below(std::size_t bound) { return random_() % bound; }
    // Word by word: the driver reads at the same time.
    void scribble(Bytes bytes) {
        for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
            shared_word<std::int32_t>(bytes.data() + at)
                .store_relaxed(static_cast<std::int32_t>(random_()));
        }
    }

    CncFile cnc_;
    ManyToOneRing ring_;
    std::mt19937_64 random_{20'260'101};
};

TEST_F(LiveTernd, gets_over_garbage_in_its_command_ring_and_its_clients_notice_nothing) {
    // What blocks the ring is skipped after the client time-out. The clients beat every 500 ms.
    Ternd ternd{directory, {"-Daeron.client.liveness.timeout=3s"}};
    ternd.wait_until_ready();
    Bystander bystander{directory};
    Vandal vandal{directory};
    for (int i = 0; i < 2'000; ++i) vandal.write_random_command();
    vandal.wait_until_read();
    EXPECT_TRUE(bystander.goes_on()) << bystander.fault();
    EXPECT_TRUE(has_logged("command=")) << ::testing::PrintToString(logged_errors());

    for (int i = 0; i < 50; ++i) vandal.write_impossible_length();
    EXPECT_TRUE(bystander.goes_on()) << bystander.fault();
    vandal.scribble_over_everything();
    EXPECT_TRUE(bystander.goes_on()) << bystander.fault();
    vandal.wait_until_read();
    EXPECT_TRUE(has_logged("to-driver ring is damaged"))
        << ::testing::PrintToString(logged_errors());
    const CncFile cnc = open_cnc(directory);
    const CountersReader counters{cnc.counters_metadata(), cnc.counters_values()};
    EXPECT_GT(counters.value(static_cast<std::int32_t>(driver::SystemCounter::errors)), 0);

    // Who comes now is served as if nothing had been.
    Bystander newcomer{directory};
    EXPECT_TRUE(newcomer.goes_on()) << newcomer.fault();
    EXPECT_TRUE(bystander.goes_on()) << bystander.fault();
    expect_clean_end(ternd);
}

}  // namespace
}  // namespace tern::test

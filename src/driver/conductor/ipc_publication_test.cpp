// The life of one IPC publication: limits and cleaning, blocks, draining, dead claims, revocation,
// rejection and untethered subscribers (spec control-protocol.md, 14 and 16; shared-memory.md, 9.16
// to 9.18).

#include "tern/driver/conductor/ipc_publication.hpp"

#include <gtest/gtest.h>

#include "tern/driver/testing/conductor_harness.hpp"
#include "tern/logbuffer/concurrent_appender.hpp"
#include "tern/logbuffer/exclusive_appender.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;
namespace p = protocol;

constexpr std::int64_t kWindow = 32'768;

struct IpcPublicationLife : ::testing::Test {
    explicit IpcPublicationLife(Settings settings = harness_settings())
        : driver(std::move(settings)) {
        driver.keep_alive_always(client);
    }

    ConductorHarness driver;
    const std::int64_t client = driver.next_id();

    struct Stream {
        std::int64_t id;
        std::int32_t session_id;
        std::int32_t limit;
        LogBuffers log;
        Position start = log.producer_position();
    };
    Stream add(std::string_view channel = "aeron:ipc", bool exclusive = false) {
        driver.add_publication(client, 10, channel, exclusive);
        const Events events = driver.take_events();
        const auto ready = events.only<p::PublicationReady>();
        return {ready.registration_id, ready.session_id, ready.position_limit_counter_id,
                driver.log(std::string(ready.log_file_name))};
    }
    struct Reader {
        std::int64_t id;
        std::int32_t position;
    };
    Reader read(std::string_view channel = "aeron:ipc") {
        const std::int64_t id = driver.add_subscription(client, 10, channel);
        const Events events = driver.take_events();
        return {id, events.only<p::AvailableImage>().subscriber_position_counter_id};
    }
    void publish(const Stream& stream, Position to) {
        ConcurrentAppender appender(stream.log, stream.session_id, 10);
        while (stream.log.producer_position() < to) {
            const std::vector<std::byte> message(992, std::byte{0xAB});  // 1024 with its header
            const OfferResult result = appender.offer(message, INT64_MAX);
            ASSERT_TRUE(result.ok() || result.status() == OfferStatus::admin_action);
        }
    }
    void consume(const Reader& reader, Position to) {
        driver.set_value(reader.position, to);
        driver.work(1);
    }
    std::int64_t limit(const Stream& stream) const { return driver.value(stream.limit); }
    std::string image(const char* event, const Stream& stream, const Reader& reader) const {
        return std::string(event) + " " + std::to_string(stream.id) + " " +
               std::to_string(reader.id);
    }
    std::string unavailable(const Stream& stream, const Reader& reader) const {
        return image("UNAVAILABLE_IMAGE", stream, reader) + " 10";
    }
};

// Worked example 21.4.
TEST_F(IpcPublicationLife, limit_follows_the_slowest_subscriber_as_in_example_21_4) {
    const Stream stream = add();
    EXPECT_EQ(limit(stream), 0);  // nobody reads
    const Reader reader = read();
    EXPECT_EQ(limit(stream), kWindow);
    publish(stream, 8192);
    consume(reader, 4096);
    EXPECT_EQ(limit(stream), kWindow);  // not beyond the trip limit
    consume(reader, 4128);
    EXPECT_EQ(limit(stream), 36'896);
    driver.remove_subscription(client, reader.id);
    EXPECT_EQ(limit(stream), 4128);
    EXPECT_FALSE(stream.log.is_connected());
}

TEST_F(IpcPublicationLife, position_counter_follows_the_publishers) {
    const Stream stream = add();
    read();
    publish(stream, 2048);
    driver.work(1);
    EXPECT_EQ(driver.value(driver.counters().find_by_registration(12, stream.id)), 2048);
}

TEST_F(IpcPublicationLife, zeroes_what_everybody_has_read_and_nothing_more) {
    const Stream stream = add();
    const Reader fast = read();
    const Reader slow = read();
    publish(stream, 16'384);
    driver.set_value(fast.position, 16'384);
    consume(slow, 8192);
    const Bytes term = stream.log.term_bytes(stream.log.geometry().partition_at(0));
    EXPECT_TRUE(
        std::ranges::all_of(term.first(8192), [](std::byte b) { return b == std::byte{0}; }));
    EXPECT_EQ(load_plain<std::int32_t>(term.data() + 8192), 1024);
    EXPECT_EQ(limit(stream), 8192 + kWindow);
}

TEST_F(IpcPublicationLife, streams_through_all_partitions_without_a_byte_out_of_place) {
    const Stream stream = add();
    const Reader reader = read();
    ConcurrentAppender appender(stream.log, stream.session_id, 10);
    const std::vector<std::byte> message(992, std::byte{0xAB});
    Position position = 0;
    while (position < 10 * 65'536) {
        const OfferResult result = appender.offer(message, limit(stream));
        if (result.ok()) {
            position = result.position();
        } else if (result.status() == OfferStatus::back_pressured) {
            consume(reader, position);
        } else {
            ASSERT_EQ(result.status(), OfferStatus::admin_action);
        }
    }
    EXPECT_TRUE(driver.files.written_without_blocks().empty());
}

TEST_F(IpcPublicationLife, a_subscriber_position_that_cannot_be_is_bounded_and_rounded_down) {
    const Stream stream = add();
    const Reader reader = read();
    publish(stream, 4096);
    for (const std::int64_t nonsense : {INT64_MAX, INT64_MIN, std::int64_t{1} << 40}) {
        consume(reader, nonsense);
        EXPECT_LE(limit(stream), 4096 + kWindow);
        EXPECT_GE(limit(stream), kWindow);
    }
    consume(reader, 2048 + 17);
    const Bytes term = stream.log.term_bytes(stream.log.geometry().partition_at(0));
    EXPECT_EQ(stream.log.producer_position(), 4096);
    driver.pass(2s);
    EXPECT_EQ(load_plain<std::int32_t>(term.data() + 4096), 0);
}

TEST_F(IpcPublicationLife, a_tail_that_cannot_be_stops_nobody) {
    const Stream stream = add();
    const Reader reader = read();
    LogMetadata& metadata = stream.log.metadata();
    for (const std::int64_t nonsense : {INT64_MAX, INT64_MIN, std::int64_t{-1}, std::int64_t{0}}) {
        for (SharedWord<std::int64_t>& tail : metadata.term_tail_counters)
            tail.store_release(nonsense);
        for (const std::int32_t count : {INT32_MIN, -1, INT32_MAX, 7}) {
            metadata.active_term_count.store_release(count);
            consume(reader, nonsense);
            driver.pass(20s);
        }
    }
    driver.remove_publication(client, stream.id);
    driver.remove_subscription(client, reader.id);
    driver.pass(3s);
    EXPECT_EQ(driver.counters().find_by_registration(1, stream.id), kNullCounterId);
}

TEST_F(IpcPublicationLife, a_late_subscriber_joins_where_the_slowest_is) {
    const Stream stream = add();
    const Reader first = read();
    publish(stream, 8192);
    consume(first, 4096);
    const Reader second = read();
    EXPECT_EQ(driver.value(second.position), 4096);
    EXPECT_TRUE(driver.label(second.position).ends_with(" @4096"));
    consume(first, 8192);
    driver.remove_subscription(client, first.id);
    driver.remove_subscription(client, second.id);
    EXPECT_EQ(driver.value(read().position), 8192);  // the furthest anybody came
}

TEST_F(IpcPublicationLife, drains_before_it_ends) {
    const Stream stream = add();
    const Reader reader = read();
    publish(stream, 4096);
    driver.remove_publication(client, stream.id);
    EXPECT_EQ(stream.log.end_of_stream_position(), 4096);
    EXPECT_EQ(limit(stream), 4096);
    driver.take_events();
    driver.pass(5s);
    EXPECT_TRUE(driver.take_events().empty());
    consume(reader, 4096);
    driver.pass(1s);
    const Events events = driver.take_events();
    EXPECT_EQ(events.texts(), Texts{unavailable(stream, reader)});
    EXPECT_EQ(events[0].as<p::UnavailableImage>().channel, "aeron:ipc");
    driver.pass(1s);
    EXPECT_EQ(driver.counters().find_by_registration(1, stream.id), kNullCounterId);
    EXPECT_EQ(driver.counters().find_by_registration(12, stream.id), kNullCounterId);
    EXPECT_EQ(driver.counters().state(reader.position), CounterState::reclaimed);
    EXPECT_EQ(driver.files.file_names().size(), 2U);  // cnc.dat and the loss report
}

TEST_F(IpcPublicationLife, a_draining_stream_takes_new_subscribers_until_it_is_drained) {
    const Stream stream = add();
    const Reader reader = read();
    publish(stream, 4096);
    driver.remove_publication(client, stream.id);
    driver.take_events();
    const Reader late = read();
    EXPECT_EQ(driver.value(late.position), 0);
    driver.set_value(late.position, 4096);
    consume(reader, 4096);
    driver.add_subscription(client, 10);
    EXPECT_EQ(driver.take_events().count<p::AvailableImage>(), 0);
}

TEST_F(IpcPublicationLife, lives_as_long_as_one_link_does) {
    const Stream stream = add();
    driver.add_publication(client, 10);
    driver.take_events();
    driver.remove_publication(client, stream.id);
    driver.pass(3s);
    EXPECT_EQ(stream.log.end_of_stream_position(), kNoEndOfStream);
    EXPECT_NE(driver.counters().find_by_registration(1, stream.id), kNullCounterId);
}

TEST_F(IpcPublicationLife, a_dead_claim_is_unblocked_after_the_time_out) {
    const Stream stream = add();
    const Reader reader = read();
    publish(stream, 1024);
    ConcurrentAppender appender(stream.log, stream.session_id, 10);
    BufferClaim claim;
    ASSERT_TRUE(appender.try_claim(100, INT64_MAX, claim).ok());  // its owner dies here
    publish(stream, 4096);
    consume(reader, 1024);
    driver.pass(15s);
    EXPECT_EQ(driver.value(SystemCounter::unblocked_publications), 0);
    driver.pass(3s);
    EXPECT_EQ(driver.value(SystemCounter::unblocked_publications), 1);
    const std::byte* frame = stream.log.term(stream.log.geometry().partition_at(1024)) + 1024;
    EXPECT_EQ(load_plain<std::int32_t>(frame), 132);
    EXPECT_EQ(load_plain<std::int16_t>(frame + 6), kPaddingFrame);
}

TEST_F(IpcPublicationLife, an_exclusive_one_is_not_unblocked_while_it_has_an_owner) {
    const Stream stream = add("aeron:ipc", true);
    const Reader reader = read();
    ExclusiveAppender appender(stream.log, stream.session_id, 10);
    BufferClaim claim;
    ASSERT_TRUE(appender.try_claim(100, INT64_MAX, claim).ok());
    ASSERT_TRUE(appender.offer(bytes_of("next"), INT64_MAX).ok());
    driver.pass(60s);
    EXPECT_EQ(driver.value(SystemCounter::unblocked_publications), 0);
    driver.remove_publication(client, stream.id);
    driver.pass(1s);
    EXPECT_EQ(driver.value(SystemCounter::unblocked_publications), 1);
    consume(reader, 224);
    driver.take_events();
    driver.pass(1s);
    EXPECT_EQ(driver.take_events().texts(), Texts{unavailable(stream, reader)});
}

// The reference stays in DRAINING for ever in both cases (shared-memory.md, 9.17).
TEST_F(IpcPublicationLife, a_draining_stream_gets_over_dead_claims_behind_its_readers) {
    const Stream stream = add();
    const Reader reader = read();
    publish(stream, 2048);
    stream.log.metadata().term_tail_counters[0].fetch_add(128);  // claimed, never written
    driver.remove_publication(client, stream.id);
    driver.pass(1s);
    EXPECT_EQ(driver.value(SystemCounter::unblocked_publications), 0);
    consume(reader, 2048);
    driver.pass(1s);
    EXPECT_EQ(driver.value(SystemCounter::unblocked_publications), 1);
    consume(reader, 2048 + 128);
    driver.take_events();
    driver.pass(1s);
    EXPECT_EQ(driver.take_events().texts(), Texts{unavailable(stream, reader)});
}

TEST_F(IpcPublicationLife, revoking_ends_the_stream_whatever_was_read) {
    const Stream stream = add();
    const Reader reader = read();
    publish(stream, 4096);
    driver.remove_publication(client, stream.id, true);
    EXPECT_TRUE(stream.log.is_revoked());
    driver.take_events();
    driver.pass(1s);
    EXPECT_EQ(driver.take_events().texts(), Texts{unavailable(stream, reader)});
    EXPECT_EQ(driver.value(SystemCounter::publications_revoked), 1);
    EXPECT_EQ(limit(stream), 4096);
    EXPECT_EQ(stream.log.end_of_stream_position(), 4096);
    EXPECT_FALSE(stream.log.is_connected());
    driver.pass(1s);
    EXPECT_EQ(driver.counters().find_by_registration(1, stream.id), kNullCounterId);
}

TEST_F(IpcPublicationLife, a_revoked_one_lingers_while_it_has_other_links) {
    const Stream stream = add();
    driver.add_publication(client, 10);
    driver.take_events();
    driver.remove_publication(client, stream.id, true);
    driver.pass(5s);
    EXPECT_NE(driver.counters().find_by_registration(1, stream.id), kNullCounterId);
    driver.remove_publication(client, stream.id + 1);
    driver.pass(1s);
    EXPECT_EQ(driver.counters().find_by_registration(1, stream.id), kNullCounterId);
}

TEST_F(IpcPublicationLife, rejecting_takes_the_image_away_for_a_while) {
    const Stream stream = add();
    const Reader reader = read();
    const std::int64_t id = driver.next_id();
    driver.send(p::RejectImage{{client, id}, stream.id, 0, "bad"});
    const Events events = driver.take_events();
    EXPECT_EQ(events.texts(),
              (Texts{"PUBLICATION_ERROR " + std::to_string(stream.id) + " 13",
                     unavailable(stream, reader), "OPERATION_SUCCESS " + std::to_string(id)}));
    const auto error = events[0].as<p::PublicationError>();
    EXPECT_EQ(error.message, "bad");
    EXPECT_EQ(error.destination_registration_id, -1);
    EXPECT_EQ(error.receiver_id, -1);
    EXPECT_EQ(error.group_tag, -1);
    EXPECT_EQ(error.session_id, stream.session_id);
    EXPECT_EQ(error.source.family, p::SourceAddress::Family::ipv4);
    EXPECT_EQ(error.source.port, 0);
    EXPECT_EQ(error.source.bytes[0], std::byte{127});
    EXPECT_EQ(error.source.bytes[3], std::byte{1});
    EXPECT_EQ(driver.value(SystemCounter::images_rejected), 1);
    EXPECT_EQ(driver.counters().state(reader.position), CounterState::reclaimed);
    EXPECT_FALSE(stream.log.is_connected());
    EXPECT_EQ(
        driver.logged_errors(),
        Texts{"onPublicationError: registrationId=" + std::to_string(stream.id) +
              ", destinationRegistrationId=-1, sessionId=" + std::to_string(stream.session_id) +
              ", streamId=10, receiverId=-1, groupId=-1, errorCode=13, errorMessage=bad"});

    driver.add_subscription(client, 10);
    EXPECT_EQ(driver.take_events().count<p::AvailableImage>(), 0);
    driver.pass(5s);
    driver.send(p::RejectImage{{client, driver.next_id()}, stream.id, 0, "again"});  // extends it
    EXPECT_EQ(driver.take_events().count<p::UnavailableImage>(), 0);
    driver.pass(10s);
    EXPECT_TRUE(driver.take_events().empty());
    driver.pass(1s);
    EXPECT_EQ(driver.take_events().count<p::AvailableImage>(), 2);
    EXPECT_TRUE(stream.log.is_connected());
}

TEST_F(IpcPublicationLife, a_rejection_that_cannot_be_is_refused) {
    driver.send(p::RejectImage{{client, 100}, 999, 0, "bad"});
    const Events unknown = driver.take_events();
    EXPECT_EQ(unknown.only<p::CommandError>().error_code, 11);
    EXPECT_EQ(unknown.only<p::CommandError>().message,
              "Unable to resolve image for correlationId=999");
    const Stream stream = add();
    std::vector<std::byte> body(36 + 1024);  // no codec writes a reason that long
    store_plain(body.data(), client);
    store_plain(body.data() + 8, std::int64_t{101});
    store_plain(body.data() + 16, stream.id);
    store_plain(body.data() + 32, std::int32_t{1024});
    driver.send_raw(0x10, body);
    driver.work();
    const Events refused = driver.take_events();
    EXPECT_EQ(refused.only<p::CommandError>().offending_correlation_id, 101);
    EXPECT_NE(refused.only<p::CommandError>().message.find(
                  "Invalidation reason_text must be 1023 bytes or less"),
              std::string_view::npos);
}

struct UntetheredLife : IpcPublicationLife {
    // A tethered reader at the front and an untethered one far behind.
    void fall_behind(const Stream& stream, const Reader& fast) {
        publish(stream, 65'536);
        consume(fast, 65'536);
    }
};

TEST_F(UntetheredLife, an_untethered_subscriber_is_put_aside_and_comes_back) {
    const Stream stream =
        add("aeron:ipc?untethered-window-limit-timeout=2s|"
            "untethered-linger-timeout=3s|untethered-resting-timeout=4s");
    const Reader fast = read();
    const Reader slow = read("aeron:ipc?tether=false");
    fall_behind(stream, fast);
    EXPECT_EQ(limit(stream), kWindow);
    driver.pass(2s);
    EXPECT_TRUE(driver.take_events().empty());
    driver.pass(1s);
    EXPECT_EQ(driver.take_events().texts(), Texts{unavailable(stream, slow)});
    EXPECT_EQ(limit(stream), kWindow);  // still waited for
    driver.pass(4s);
    EXPECT_EQ(limit(stream), 65'536 + kWindow);  // resting
    EXPECT_TRUE(driver.take_events().empty());
    driver.pass(5s);
    const Events back = driver.take_events();
    EXPECT_EQ(back.texts(), Texts{image("AVAILABLE_IMAGE", stream, slow)});
    EXPECT_EQ(back[0].as<p::AvailableImage>().subscriber_position_counter_id, slow.position);
    EXPECT_EQ(driver.value(slow.position), 65'536);
}

TEST_F(UntetheredLife, one_that_does_not_rejoin_is_closed_and_its_counter_freed_once) {
    const Stream stream =
        add("aeron:ipc?untethered-window-limit-timeout=2s|"
            "untethered-linger-timeout=3s");
    const Reader fast = read();
    const Reader slow = read("aeron:ipc?tether=false|rejoin=false");
    fall_behind(stream, fast);
    driver.pass(7s);
    EXPECT_EQ(driver.take_events().texts(), Texts{unavailable(stream, slow)});
    EXPECT_EQ(driver.counters().state(slow.position), CounterState::reclaimed);
    driver.pass(2s);
    // Its id is somebody else's now, and stays so when the subscription ends.
    driver.send(p::AddCounter{{client, driver.next_id()}, 1000, {}, "reused"});
    ASSERT_EQ(driver.label(slow.position), "reused");
    driver.remove_subscription(client, slow.id);
    EXPECT_EQ(driver.counters().state(slow.position), CounterState::allocated);
    // A later subscription is another one.
    driver.take_events();
    EXPECT_EQ(driver.value(read("aeron:ipc?tether=false").position), 65'536);
}

TEST_F(UntetheredLife, a_stream_that_drains_does_not_wait_for_one_that_is_behind) {
    const Stream stream =
        add("aeron:ipc?untethered-window-limit-timeout=2s|"
            "untethered-linger-timeout=3s");
    const Reader fast = read();
    const Reader slow = read("aeron:ipc?tether=false");
    fall_behind(stream, fast);
    driver.remove_publication(client, stream.id);
    driver.take_events();
    driver.pass(7s);
    const Events events = driver.take_events();
    EXPECT_EQ(events.texts(), (Texts{unavailable(stream, slow), unavailable(stream, fast),
                                     unavailable(stream, slow)}));
    driver.pass(1s);
    EXPECT_EQ(driver.counters().find_by_registration(1, stream.id), kNullCounterId);
}

TEST_F(UntetheredLife, the_only_subscriber_holds_the_stream_even_if_untethered) {
    const Stream stream = add("aeron:ipc?untethered-window-limit-timeout=2s");
    const Reader reader = read("aeron:ipc?tether=false");
    publish(stream, 4096);
    driver.work();
    driver.pass(30s);
    EXPECT_TRUE(driver.take_events().empty());
    EXPECT_EQ(driver.counters().state(reader.position), CounterState::allocated);
}

// Terms so long that their blocks are reserved step by step.
struct IpcPublicationBlocks : IpcPublicationLife {
    static constexpr std::int64_t kMiB = 1024 * 1024;
    static constexpr std::int64_t kTerm = 64 * kMiB;
    static Settings settings() {
        Settings settings = harness_settings();
        settings.ipc_term_buffer_length = kTerm;
        return settings;
    }
    IpcPublicationBlocks() : IpcPublicationLife(settings()) {}
    std::uint64_t reserved() const { return driver.files.used() - before; }
    const std::uint64_t before = driver.files.used();
};

TEST_F(IpcPublicationBlocks, an_idle_stream_stays_small) {
    const Stream stream = add();
    EXPECT_EQ(reserved(), 8192U);  // metadata, and a page to read from
    EXPECT_EQ(limit(stream), 0);
    read();
    driver.work();
    EXPECT_EQ(limit(stream) / kMiB, 1);
    EXPECT_LT(reserved(), 20U * kMiB);
}

TEST_F(IpcPublicationBlocks, publishers_see_subscribers_once_there_is_room_for_a_message) {
    const Stream stream = add("aeron:ipc", true);
    driver.executor.hold();
    read();
    driver.pass(2s);
    EXPECT_FALSE(stream.log.is_connected());
    EXPECT_EQ(limit(stream), 0);
    driver.executor.release();
    driver.work(1);
    EXPECT_TRUE(stream.log.is_connected());
    EXPECT_EQ(limit(stream) / kMiB, 1);
}

TEST_F(IpcPublicationBlocks, the_limit_never_passes_the_blocks_and_soon_has_the_whole_window) {
    const Stream stream = add("aeron:ipc", true);
    const Reader reader = read();
    driver.work();
    ExclusiveAppender appender(stream.log, stream.session_id, 10);
    const std::vector<std::byte> message(static_cast<std::size_t>(kTerm / 8), std::byte{1});
    Position position = 0;
    std::int64_t widest = 0;
    while (position < 2 * kTerm) {
        const OfferResult result = appender.offer(message, limit(stream));
        if (result.ok()) position = result.position();
        consume(reader, position);
        widest = std::max(widest, limit(stream) - position);
    }
    EXPECT_EQ(widest, kTerm / 2);
    EXPECT_TRUE(driver.files.written_without_blocks().empty());
}

TEST_F(IpcPublicationBlocks, without_space_the_limit_stays_and_the_error_says_how_much_is_missing) {
    driver.settings.perform_storage_checks = false;
    const Stream stream = add("aeron:ipc", true);
    driver.files.set_capacity(driver.files.used() + 4096);
    const Reader reader = read();
    driver.work();
    EXPECT_EQ(limit(stream), 0);
    ASSERT_EQ(driver.logged_errors().size(), 1U);
    EXPECT_NE(driver.logged_errors()[0].find("free=4096 needed="), std::string::npos)
        << driver.logged_errors()[0];
    ExclusiveAppender appender(stream.log, stream.session_id, 10);
    EXPECT_EQ(appender.offer(bytes_of("x"), limit(stream)).status(), OfferStatus::back_pressured);
    const std::int64_t errors = driver.value(SystemCounter::errors);
    driver.work(10);
    EXPECT_EQ(driver.value(SystemCounter::errors), errors);  // not in every cycle
    driver.files.set_capacity(std::uint64_t{1} << 40);
    driver.pass(1s);
    EXPECT_EQ(limit(stream) / kMiB, 1);
    EXPECT_TRUE(appender.offer(bytes_of("x"), limit(stream)).ok());
    consume(reader, 64);
}

TEST_F(IpcPublicationBlocks, blocks_that_come_after_the_end_are_nobodys) {
    const Stream stream = add("aeron:ipc", true);
    driver.executor.hold();
    read();
    driver.remove_publication(client, stream.id);
    driver.pass(3s);
    driver.executor.release();
    driver.work(10);
    EXPECT_EQ(driver.counters().find_by_registration(1, stream.id), kNullCounterId);
    EXPECT_EQ(driver.logged_errors().size(), 0U);
}

}  // namespace
}  // namespace tern::driver

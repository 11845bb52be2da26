// The life of one network publication: limits and cleaning, spies, draining, linger, revocation and
// dead claims (spec wire-protocol.md 4.7, 4.8, 4.16, 4.17; control-protocol.md 16.4).

#include "tern/driver/conductor/network_publication.hpp"

#include "tern/driver/testing/publication_fixture.hpp"
#include "tern/logbuffer/frame.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;
namespace p = protocol;

struct NetworkPublicationLife : PublicationFixture {
    using PublicationFixture::PublicationFixture;

    bool is_there(const Stream& stream) const {
        return counter(CounterType::publisher_limit, stream.id) != kNullCounterId;
    }
    std::string unavailable(const Stream& stream, const Spy& spy) const {
        return "UNAVAILABLE_IMAGE " + std::to_string(stream.id) + " " + std::to_string(spy.id) +
               " 10";
    }
};

TEST_F(NetworkPublicationLife, publishers_wait_until_there_is_a_receiver) {
    const Stream stream = add();
    driver.pass(2s);
    EXPECT_EQ(limit(stream), 0);
    EXPECT_FALSE(stream.log.is_connected());
    receive(stream, 0);
    EXPECT_EQ(limit(stream), kWindow);
    EXPECT_TRUE(stream.log.is_connected());
}

TEST_F(NetworkPublicationLife, limit_follows_the_sender) {
    const Stream stream = add();
    receive(stream, 0);
    publish(stream, 16 * 1024);
    driver.work(16);
    EXPECT_EQ(sent(stream), 16 * 1024);
    EXPECT_EQ(limit(stream), 16 * 1024 + kWindow);
    EXPECT_EQ(driver.value(counter(CounterType::publisher_position, stream.id)), 16 * 1024);
}

TEST_F(NetworkPublicationLife, limit_falls_back_to_the_sender_when_receivers_are_gone) {
    const Stream stream = add();
    receive(stream, 0);
    publish(stream, 4096);
    driver.work(16);
    driver.pass(7s);
    EXPECT_EQ(limit(stream), 4096);
    EXPECT_FALSE(stream.log.is_connected());
    receive(stream, 4096);
    EXPECT_EQ(limit(stream), 4096 + kWindow);
}

TEST_F(NetworkPublicationLife, one_term_behind_the_sender_is_kept_and_what_lies_before_is_cleaned) {
    const Stream stream = add();
    for (Position position = 0; position < 3 * 65'536; position += 16'384) {
        receive(stream, position);
        publish(stream, position + 16'384);
        driver.work(32);
    }
    EXPECT_EQ(sent(stream), 3 * 65'536);
    // The term before the current one is whole, the one before that is zeroed.
    EXPECT_NE(frame_length_acquire(stream.log.term(2)), 0);
    EXPECT_EQ(frame_length_acquire(stream.log.term(1) + 4096), 0);
}

TEST_F(NetworkPublicationLife, a_sender_position_that_a_client_forged_is_bounded) {
    const Stream stream = add();
    receive(stream, 0);
    publish(stream, 1024);
    driver.is_sender_held = true;
    driver.set_value(counter(CounterType::sender_position, stream.id), INT64_MAX);
    driver.work();
    EXPECT_LE(limit(stream), 1024 + kWindow);
    driver.set_value(counter(CounterType::sender_position, stream.id), INT64_MIN);
    driver.work();
    EXPECT_GE(limit(stream), kWindow);
}

TEST_F(NetworkPublicationLife, a_slow_spy_holds_back_the_publishers) {
    const Stream stream = add();
    receive(stream, 0);
    const Spy spy = spy_on();
    publish(stream, 8192);
    driver.work(16);
    EXPECT_EQ(sent(stream), 8192);
    EXPECT_EQ(limit(stream), kWindow);  // as at the beginning
    consume(spy, 2048);
    EXPECT_EQ(limit(stream), 2048 + kWindow);
    driver.set_value(spy.position, INT64_MIN);  // what a client writes is bounded
    driver.work();
    EXPECT_EQ(limit(stream), 2048 + kWindow);
}

TEST_F(NetworkPublicationLife, a_spy_joins_where_the_sender_is) {
    const Stream stream = add();
    receive(stream, 0);
    publish(stream, 8192);
    driver.work(16);
    const Spy spy = spy_on();
    EXPECT_EQ(driver.value(spy.position), 8192);
    EXPECT_TRUE(driver.label(spy.position).ends_with(" @8192"));
}

TEST_F(NetworkPublicationLife, spies_do_not_simulate_a_connection_unless_asked_to) {
    const Stream stream = add();
    spy_on();
    driver.pass(1s);
    EXPECT_FALSE(stream.log.is_connected());
    EXPECT_EQ(limit(stream), 0);
}

TEST_F(NetworkPublicationLife, spies_simulate_a_connection_where_asked_to) {
    const std::string channel = std::string(kUnicast) + "|ssc=true";
    const Stream stream = add(channel);
    const Spy spy = spy_on();
    EXPECT_TRUE(stream.log.is_connected());
    driver.work();
    EXPECT_EQ(limit(stream), kWindow);
    publish(stream, 4096);
    consume(spy, 4096);
    driver.clock.advance(101ms);
    driver.work(8);
    EXPECT_EQ(sent(stream), 4096);  // never on the wire
    EXPECT_EQ(limit(stream), 4096 + kWindow);
    driver.remove_subscription(client, spy.id);
    EXPECT_FALSE(stream.log.is_connected());
}

TEST_F(NetworkPublicationLife, ends_at_once_when_its_unicast_receiver_has_seen_the_end) {
    const Stream stream = add();
    receive(stream, 0);
    publish(stream, 1024);
    driver.work(16);
    driver.remove_publication(client, stream.id);
    EXPECT_EQ(stream.log.end_of_stream_position(), 1024);
    EXPECT_EQ(limit(stream), 1024);
    end_receiver(stream, 1024);
    driver.pass(2s);
    driver.work(16);
    EXPECT_FALSE(is_there(stream));
    EXPECT_EQ(counter(CounterType::send_channel, stream.id), kNullCounterId);
    EXPECT_EQ(counter(CounterType::local_socket_address, stream.id), kNullCounterId);
    EXPECT_FALSE(driver.files.exists("/dev/shm/aeron/publications/" + std::to_string(stream.id) +
                                     ".logbuffer"));
    EXPECT_TRUE(driver.network.sockets().empty());
}

TEST_F(NetworkPublicationLife, lingers_for_as_long_as_its_channel_says) {
    const Stream stream = add(std::string(kUnicast) + "|linger=3s");
    driver.remove_publication(client, stream.id);
    driver.pass(4s);  // DRAINING ends with the first pass
    EXPECT_TRUE(is_there(stream));
    driver.pass(2s);
    EXPECT_FALSE(is_there(stream));
}

TEST_F(NetworkPublicationLife, does_not_end_before_the_sender_has_let_go_of_it) {
    const Stream stream = add();
    driver.remove_publication(client, stream.id);
    driver.pass(2s);
    driver.is_sender_held = true;
    driver.pass(20s);
    EXPECT_TRUE(is_there(stream));
    driver.is_sender_held = false;
    driver.clock.advance(101ms);
    driver.work(16);
    EXPECT_FALSE(is_there(stream));
}

TEST_F(NetworkPublicationLife, drains_what_its_receivers_still_want) {
    const Stream stream = add();
    receive(stream, 0);
    driver.is_sender_held = true;
    publish(stream, 4096);
    driver.remove_publication(client, stream.id);
    driver.pass(3s);
    EXPECT_TRUE(is_there(stream));
    driver.is_sender_held = false;
    receive(stream, 0);
    driver.work(16);
    EXPECT_EQ(sent(stream), 4096);
}

TEST_F(NetworkPublicationLife, spies_finish_reading_before_it_lingers) {
    const Stream stream = add();
    receive(stream, 0);
    const Spy spy = spy_on();
    publish(stream, 4096);
    driver.work(16);
    driver.remove_publication(client, stream.id);
    driver.take_events();
    driver.pass(2s);
    EXPECT_EQ(driver.take_events().count<p::UnavailableImage>(), 0);
    consume(spy, 4096);
    driver.pass(1s);
    EXPECT_EQ(driver.take_events().texts(), std::vector{unavailable(stream, spy)});
    EXPECT_EQ(driver.counters().state(spy.position), CounterState::reclaimed);
}

TEST_F(NetworkPublicationLife, takes_new_spies_while_it_drains_only_beside_others) {
    const Stream stream = add();
    receive(stream, 0);
    spy_on();
    driver.is_sender_held = true;
    publish(stream, 4096);
    driver.remove_publication(client, stream.id);
    driver.take_events();
    const Spy late = spy_on();  // asserts that it gets an image
    EXPECT_EQ(driver.value(late.position), 0);
    driver.is_sender_held = false;
    receive(stream, 0);
    driver.work(16);
    driver.add_subscription(client, 10, "aeron-spy:" + std::string(kUnicast));
    EXPECT_EQ(driver.take_events().count<p::AvailableImage>(), 0);  // all is sent
}

TEST_F(NetworkPublicationLife, revoked_its_spies_lose_it_at_once) {
    const Stream stream = add();
    receive(stream, 0);
    const Spy spy = spy_on();
    publish(stream, 4096);
    driver.remove_publication(client, stream.id, true);
    EXPECT_TRUE(stream.log.is_revoked());
    driver.take_events();
    driver.pass(1s);
    EXPECT_EQ(driver.take_events().texts(), std::vector{unavailable(stream, spy)});
    EXPECT_FALSE(stream.log.is_connected());
    EXPECT_EQ(stream.log.end_of_stream_position(), 4096);
    EXPECT_EQ(driver.value(SystemCounter::publications_revoked), 1);
    driver.pass(6s);
    EXPECT_FALSE(is_there(stream));
}

TEST_F(NetworkPublicationLife, a_dead_claim_is_padded_after_the_unblock_timeout) {
    const Stream stream = add();
    receive(stream, 0);
    stream.log.metadata().term_tail_counters[0].fetch_add(1024);  // a claim, never written
    publish(stream, 2048);
    for (int i = 0; i < 17; ++i) {
        driver.pass(1s);
        receive(stream, 0);
    }
    driver.work(16);
    EXPECT_EQ(driver.value(SystemCounter::unblocked_publications), 1);
    EXPECT_EQ(sent(stream), 2048);
}

TEST_F(NetworkPublicationLife, a_dead_claim_does_not_hold_up_draining) {
    const Stream stream = add();
    receive(stream, 0);
    stream.log.metadata().term_tail_counters[0].fetch_add(1024);
    driver.remove_publication(client, stream.id);
    driver.pass(2s);
    receive(stream, 0);
    EXPECT_EQ(driver.value(SystemCounter::unblocked_publications), 1);
    EXPECT_EQ(sent(stream), 1024);
}

TEST_F(NetworkPublicationLife, an_untethered_spy_is_put_aside_and_comes_back_at_the_sender) {
    const Stream stream = add();
    receive(stream, 0);
    const Spy spy = spy_on(kUnicast, "tether=false");
    publish(stream, 30 * 1024);
    driver.work(32);
    driver.take_events();
    for (int i = 0; i < 14; ++i) {
        receive(stream, 30 * 1024);
        driver.pass(1s);
    }
    EXPECT_EQ(driver.take_events().texts(), std::vector{unavailable(stream, spy)});
    EXPECT_EQ(limit(stream), 30 * 1024 + kWindow);  // it holds nobody back
    for (int i = 0; i < 9; ++i) {
        receive(stream, 30 * 1024);
        driver.pass(1s);
    }
    EXPECT_EQ(driver.take_events().only<p::AvailableImage>().subscriber_position_counter_id,
              spy.position);
    EXPECT_EQ(driver.value(spy.position), 30 * 1024);
}

struct NetworkPublicationBlocks : NetworkPublicationLife {
    static Settings with_large_terms() {
        Settings settings = publication_settings();
        settings.term_buffer_length = 1024 * 1024;
        return settings;
    }
    NetworkPublicationBlocks() : NetworkPublicationLife(with_large_terms()) {}
};

TEST_F(NetworkPublicationBlocks, nobody_may_write_where_no_blocks_are_reserved) {
    const Stream stream = add();
    driver.executor.hold();
    receive(stream, 0);
    EXPECT_EQ(limit(stream), 0);
    driver.executor.release();
    driver.work();
    EXPECT_GT(limit(stream), 0);
}

TEST_F(NetworkPublicationLife, the_end_of_the_driver_frees_everything_without_the_sender) {
    const Stream stream = add();
    spy_on();
    add("aeron:udp?endpoint=224.0.1.1:40456");
    EXPECT_EQ(driver.network.sockets().size(), 3u);
    driver.close();
    EXPECT_TRUE(driver.network.sockets().empty());
    EXPECT_FALSE(is_there(stream));
    EXPECT_EQ(counter(CounterType::send_channel, stream.id), kNullCounterId);
    EXPECT_FALSE(driver.files.exists("/dev/shm/aeron/publications/" + std::to_string(stream.id) +
                                     ".logbuffer"));
}

}  // namespace
}  // namespace tern::driver

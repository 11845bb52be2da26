// Images from SETUPs, from the first report to the last file (spec wire-protocol.md 5.5, 5.15 to
// 5.19, control-protocol.md 11, 14 and 16.5, counters.md 9).

#include "tern/driver/conductor/image_creation.hpp"

#include <gtest/gtest.h>

#include "tern/driver/testing/conductor_harness.hpp"
#include "tern/driver/testing/fake_receiver.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;
namespace p = protocol;

const std::string kChannel = "aeron:udp?endpoint=localhost:20121";

p::Setup setup_of(std::int32_t session_id = 7) {
    return {.term_offset = 4096,
            .session_id = session_id,
            .stream_id = 10,
            .initial_term_id = 5,
            .active_term_id = 6,
            .term_length = 65'536,
            .mtu_length = 1408};
}
constexpr Position kJoin = 65'536 + 4096;

struct Images : ::testing::Test {
    explicit Images(Settings settings = harness_settings()) : driver(std::move(settings)) {
        driver.keep_alive_always(client);
    }

    ConductorHarness driver;
    FakeReceiver receiver{driver.receiver_queues};
    const std::int64_t client = driver.next_id();

    void work() {
        for (int i = 0; i < 4; ++i) {
            driver.work(2);
            receiver.work();
        }
    }
    void pass(Nanos time) {
        for (Nanos left = time; left > 0ns; left -= 1s) {
            driver.pass(1s);
            work();
        }
    }
    std::int64_t subscribe(std::string_view channel = kChannel) {
        const std::int64_t id = driver.add_subscription(client, 10, channel);
        work();
        return id;
    }
    void unsubscribe(std::int64_t id) {
        driver.remove_subscription(client, id);
        work();
    }
    void report(const p::Setup& setup) {
        receiver.report(setup);
        work();
    }
    /// Its id.
    std::int64_t image(const p::Setup& setup = setup_of()) {
        driver.take_events();
        receiver.take_log();
        report(setup);
        return driver.take_events().first<p::AvailableImage>().correlation_id;
    }
    std::int32_t counter(std::int32_t type, std::int64_t id) const {
        return driver.counters().find_by_registration(type, id);
    }
    bool has_file(std::int64_t id) {
        return driver.files.exists("/dev/shm/aeron/images/" + std::to_string(id) + ".logbuffer");
    }
    void reject(std::int64_t id, std::string_view reason) {
        driver.send(p::RejectImage{.header = {client, driver.next_id()},
                                   .image_correlation_id = id,
                                   .position = 0,
                                   .reason = reason});
        work();
    }
};

TEST_F(Images, a_setup_makes_an_image_for_each_subscription_that_matches) {
    const std::int64_t first = subscribe();
    const std::int64_t second = subscribe(kChannel + "|session-id=7");
    subscribe(kChannel + "|session-id=8");
    driver.take_events();
    receiver.take_log();
    report(setup_of());
    const Events events = driver.take_events();
    ASSERT_EQ(events.count<p::AvailableImage>(), 2);
    const auto available = events.first<p::AvailableImage>();
    const std::int64_t id = available.correlation_id;
    EXPECT_EQ(available.session_id, 7);
    EXPECT_EQ(available.subscription_registration_id, first);
    EXPECT_EQ(available.source_identity, "10.0.0.1:40000");
    EXPECT_EQ(available.log_file_name,
              "/dev/shm/aeron/images/" + std::to_string(id) + ".logbuffer");
    EXPECT_EQ(driver.value(available.subscriber_position_counter_id), kJoin);
    EXPECT_EQ(receiver.take_log(), Texts{"add image 10/7"});
    EXPECT_EQ(receiver.image->config().join_position, kJoin);

    const std::string stream = std::to_string(id) + " 7 10 " + kChannel;
    const std::int32_t hwm = counter(3, id);
    EXPECT_EQ(driver.label(hwm), "rcv-hwm: " + stream);
    EXPECT_EQ(driver.value(hwm), kJoin);
    EXPECT_EQ(driver.counters().owner_id(hwm), client);
    EXPECT_EQ(counter(5, id), hwm + 1);
    EXPECT_EQ(driver.label(hwm + 1), "rcv-pos: " + stream);
    EXPECT_EQ(driver.value(hwm + 1), kJoin);
    EXPECT_EQ(driver.label(hwm + 2), "rcv-naks-sent: " + stream);
    EXPECT_EQ(counter(4, first), hwm + 3);
    EXPECT_EQ(driver.label(hwm + 3), "sub-pos: " + std::to_string(first) + " 7 10 " + kChannel +
                                         " @" + std::to_string(kJoin));
    EXPECT_EQ(driver.counters().reference_id(hwm + 3), id);
    EXPECT_EQ(counter(4, second), hwm + 4);
}

TEST_F(Images, log_metadata_says_what_sender_and_subscription_said) {
    subscribe(kChannel + "|reliable=false|tether=false|rcv-wnd=64k");
    p::Setup setup = setup_of();
    setup.is_group = true;
    const std::int64_t id = image(setup);
    const LogBuffers log = driver.log("/dev/shm/aeron/images/" + std::to_string(id) + ".logbuffer");
    const LogMetadata& metadata = log.metadata();
    EXPECT_EQ(metadata.type, LogType::image);
    EXPECT_EQ(log.correlation_id(), id);
    EXPECT_EQ(log.initial_term_id(), 5);
    EXPECT_EQ(log.term_length(), 65'536);
    EXPECT_EQ(log.mtu_length(), 1408);
    EXPECT_EQ(metadata.receiver_window_length, 65'536);
    EXPECT_EQ(metadata.socket_rcvbuf_length, 0);  // the channel leaves it to the settings
    EXPECT_EQ(metadata.group, 1);
    EXPECT_EQ(metadata.reliable, 0);
    EXPECT_EQ(metadata.tether, 0);
    EXPECT_EQ(metadata.rejoin, 1);
    EXPECT_EQ(metadata.sparse, 1);
    EXPECT_EQ(log.end_of_stream_position(), kNoEndOfStream);
    EXPECT_FALSE(receiver.image->config().is_reliable);
}

TEST_F(Images, cubic_ones_have_their_counters_first) {
    subscribe(kChannel + "|cc=cubic");
    const std::int64_t id = image();
    const std::int32_t hwm = counter(3, id);
    EXPECT_EQ(driver.label(hwm - 2),
              "rcv-cc-cubic-rtt: " + std::to_string(id) + " 7 10 " + kChannel + "|cc=cubic");
    EXPECT_EQ(driver.value(hwm - 2), 0);
    EXPECT_EQ(driver.label(hwm - 1).substr(0, 16), "rcv-cc-cubic-wnd");
    EXPECT_EQ(driver.value(hwm - 1), 14'080);
    EXPECT_EQ(driver.counters().owner_id(hwm - 1), -1);
}

TEST_F(Images, setups_that_cannot_be_are_refused_and_told_in_the_error_log) {
    subscribe(kChannel + "|rcv-wnd=4k");
    driver.take_events();
    receiver.take_log();
    p::Setup setup = setup_of();
    setup.mtu_length = 8192;
    report(setup);
    EXPECT_EQ(driver.logged_errors(),
              Texts{"mtuLength=8192 > initialWindowLength=4096 stream_id=10 session_id=7"});
    setup.mtu_length = 1000;
    report(setup);
    setup = setup_of();
    setup.term_length = 4096;
    report(setup);
    setup = setup_of();
    setup.active_term_id = 4;
    report(setup);
    EXPECT_EQ(receiver.take_log(),
              (Texts{"no image 10/7", "no image 10/7", "no image 10/7", "no image 10/7"}));
    EXPECT_EQ(driver.take_events().count<p::AvailableImage>(), 0);
    report(setup_of());
    EXPECT_EQ(receiver.take_log(), Texts{"add image 10/7"});
}

TEST_F(Images, made_up_sessions_do_not_fill_the_error_log) {
    subscribe(kChannel + "|rcv-wnd=4k");
    p::Setup setup = setup_of();
    setup.mtu_length = 8192;
    for (setup.session_id = 1; setup.session_id <= 8'000; ++setup.session_id) {
        if (setup.session_id % 8 == 0) driver.pass(1s);
        receiver.report(setup);
        work();
    }
    const Texts errors = driver.logged_errors();
    EXPECT_EQ(errors.size(), 1'001U);
    EXPECT_EQ(errors.back(), "further SETUPs that are refused are not reported: there were 1000");
}

TEST_F(Images, unknown_congestion_control_makes_no_image) {
    subscribe(kChannel + "|cc=reno");
    receiver.take_log();
    report(setup_of());
    EXPECT_EQ(receiver.take_log(), Texts{"no image 10/7"});
    EXPECT_NE(driver.logged_errors().at(0).find("unknown congestion control: cc=reno"),
              std::string::npos);
    work();
    EXPECT_EQ(counter(3, 0), kNullCounterId);
}

TEST_F(Images, that_nobody_wants_any_more_are_not_made) {
    const std::int64_t id = subscribe();
    const std::int64_t other = driver.add_subscription(client, 11, kChannel);
    work();
    driver.executor.hold();
    receiver.report(setup_of());
    driver.work(2);
    unsubscribe(id);
    receiver.take_log();
    driver.executor.release();
    work();
    EXPECT_EQ(receiver.take_log(), Texts{"no image 10/7"});
    driver.executor.hold();
    receiver.report(setup_of());  // nobody wants it: not even begun
    work();
    EXPECT_EQ(receiver.take_log(), Texts{"no image 10/7"});
    EXPECT_EQ(driver.executor.waiting(), 0U);
    unsubscribe(other);
}

// The receiver forgets what it asked for where nobody wants it, and asks again for who comes next.
TEST_F(Images, are_made_once_for_a_session_that_was_asked_for_twice) {
    const std::int64_t id = subscribe();
    driver.add_subscription(client, 11, kChannel);
    work();
    driver.take_events();
    receiver.take_log();
    driver.executor.hold();
    receiver.report(setup_of());
    work();
    unsubscribe(id);
    subscribe();
    receiver.report(setup_of());
    work();
    EXPECT_EQ(driver.executor.waiting(), 2U);
    receiver.take_log();
    driver.executor.release();
    work();
    EXPECT_EQ(receiver.take_log(), (Texts{"add image 10/7", "no image 10/7"}));
    EXPECT_EQ(driver.take_events().count<p::AvailableImage>(), 1);
}

TEST_F(Images, an_endpoint_that_goes_meanwhile_takes_its_images_with_it) {
    const std::int64_t id = subscribe();
    driver.executor.hold();
    receiver.report(setup_of());
    driver.work(2);
    unsubscribe(id);
    receiver.take_log();
    subscribe();  // in progress behind the log file; the endpoint may lie where the old one did
    driver.executor.release();
    work();
    work();
    const Texts log = receiver.take_log();
    EXPECT_EQ(log, (Texts{"add endpoint", "add destination 127.0.0.1:20121", "want 10"}));
    EXPECT_EQ(driver.take_events().count<p::AvailableImage>(), 0);
}

TEST_F(Images, a_storm_of_setups_is_answered_in_small_portions) {
    subscribe();
    receiver.take_log();
    driver.executor.hold();
    for (std::int32_t session = 0; session < 500; ++session) receiver.report(setup_of(session));
    for (int i = 0; i < 50; ++i) work();
    EXPECT_EQ(driver.executor.waiting(), 64U);
    EXPECT_EQ(receiver.take_log().size(), 436U);
    driver.executor.release();
    for (int i = 0; i < 10; ++i) work();
    EXPECT_EQ(receiver.take_log().size(), 64U);
    EXPECT_EQ(driver.logged_errors(), Texts{});
}

TEST_F(Images, end_when_nothing_comes_any_more) {
    subscribe();
    const std::int64_t id = image();
    receiver.take_log();
    pass(10s);
    EXPECT_EQ(driver.take_events().count<p::UnavailableImage>(), 0);
    pass(1s);  // draining now, for five status messages
    EXPECT_EQ(receiver.take_log(), Texts{});
    pass(2s);
    const Events events = driver.take_events();
    const auto gone = events.only<p::UnavailableImage>();
    EXPECT_EQ(gone.correlation_id, id);
    EXPECT_EQ(gone.channel, kChannel);
    EXPECT_EQ(receiver.take_log(), (Texts{"remove image 10/7", "cool-down over 10/7"}));
    EXPECT_TRUE(has_file(id));
    EXPECT_NE(counter(3, id), kNullCounterId);
    pass(12s);
    EXPECT_FALSE(has_file(id));
    EXPECT_EQ(counter(3, id), kNullCounterId);
    EXPECT_EQ(counter(5, id), kNullCounterId);
    EXPECT_NE(image(), id);  // it may come back
}

TEST_F(Images, stay_in_cool_down_where_nobody_rejoins) {
    subscribe(kChannel + "|rejoin=false");
    image();
    receiver.take_log();
    pass(14s);
    EXPECT_EQ(receiver.take_log(), Texts{"remove image 10/7"});
}

TEST_F(Images, wait_for_their_readers_and_for_the_receiver) {
    subscribe();
    const std::int64_t id = image();
    driver.set_value(counter(3, id), kJoin);
    receiver.take_log();
    receiver.hold();
    pass(14s);
    EXPECT_EQ(receiver.take_log().front(), "remove image 10/7");
    pass(20s);
    EXPECT_TRUE(has_file(id));  // the receiver has not let go
    receiver.confirm();
    pass(2s);
    EXPECT_FALSE(has_file(id));
}

TEST_F(Images, end_without_a_word_when_their_last_subscription_goes) {
    const std::int64_t sub = subscribe();
    const std::int64_t id = image();
    receiver.take_log();
    unsubscribe(sub);
    EXPECT_EQ(receiver.take_log(), Texts{"want no more 10"});  // the image holds the endpoint
    pass(3s);
    EXPECT_EQ(receiver.take_log(), (Texts{"remove image 10/7", "cool-down over 10/7",
                                          "remove destination", "remove endpoint"}));
    EXPECT_EQ(driver.take_events().count<p::UnavailableImage>(), 0);
    pass(2s);
    EXPECT_FALSE(has_file(id));
    EXPECT_EQ(driver.network.sockets().size(), 0U);
}

TEST_F(Images, later_subscriptions_join_where_the_others_are) {
    subscribe();
    const std::int64_t id = image();
    const std::int64_t late = subscribe();
    const Events events = driver.take_events();
    const auto available = events.only<p::AvailableImage>();
    EXPECT_EQ(available.correlation_id, id);
    EXPECT_EQ(available.subscription_registration_id, late);
    EXPECT_EQ(driver.value(available.subscriber_position_counter_id), kJoin);
    const Texts shown = events.texts();
    EXPECT_EQ(shown.front().substr(0, 18), "SUBSCRIPTION_READY");
}

TEST_F(Images, a_new_image_of_a_session_is_not_given_to_those_of_the_old_one) {
    const std::int64_t sub = subscribe();
    const std::int64_t old = image();
    unsubscribe(sub);
    subscribe();
    EXPECT_EQ(driver.take_events().count<p::AvailableImage>(), 0);  // nobody reads the old one
    EXPECT_NE(image(), old);
}

TEST_F(Images, untethered_ones_are_put_aside) {
    subscribe();
    const std::int64_t lazy = subscribe(kChannel + "|tether=false");
    const std::int64_t id = image();
    const LogBuffers log = driver.log("/dev/shm/aeron/images/" + std::to_string(id) + ".logbuffer");
    // The reader moves on by what the receiver accepts without a status message.
    driver.set_value(counter(3, id), kJoin + 32'768);
    std::int32_t fast = kNullCounterId;
    driver.counters().for_each([&](const CounterView& view) {
        if (view.type_id == 4 && view.registration_id != lazy) fast = view.id;
    });
    driver.set_value(fast, kJoin + 32'768);
    pass(7s);
    const Events events = driver.take_events();
    EXPECT_EQ(events.only<p::UnavailableImage>().subscription_registration_id, lazy);
}

TEST_F(Images, rejections_go_to_the_receiver) {
    subscribe();
    const std::int64_t id = image();
    receiver.take_log();
    reject(id, "bad data");
    EXPECT_EQ(receiver.take_log(), Texts{"reject: bad data"});
    EXPECT_EQ(driver.take_events().count<p::OperationSuccess>(), 1);
    EXPECT_EQ(driver.value(SystemCounter::images_rejected), 1);
    reject(999, "what");
    const Events events = driver.take_events();
    EXPECT_EQ(events.only<p::CommandError>().message,
              "Unable to resolve image for correlationId=999");
}

TEST_F(Images, are_not_made_where_the_disk_is_full) {
    subscribe();
    receiver.take_log();
    p::Setup setup = setup_of();
    setup.term_length = 1 << 30;
    setup.term_offset = 0;
    driver.files.set_capacity(driver.files.used() + 64 * 1024);
    const std::int64_t mapped = driver.value(SystemCounter::bytes_currently_mapped);
    report(setup);
    EXPECT_EQ(receiver.take_log(), Texts{"no image 10/7"});
    EXPECT_NE(driver.logged_errors().at(0).find("insufficient usable storage"), std::string::npos);
    EXPECT_EQ(driver.value(SystemCounter::bytes_currently_mapped), mapped);
}

TEST_F(Images, close_with_the_driver) {
    subscribe();
    const std::int64_t id = image();
    driver.executor.hold();
    receiver.report(setup_of(8));
    driver.work(2);
    driver.close();
    EXPECT_FALSE(has_file(id));
}

}  // namespace
}  // namespace tern::driver

// What strangers can make a receiver do: bounded work, bounded memory, and few words about it.

#include <gtest/gtest.h>

#include "tern/base/random.hpp"
#include "tern/driver/testing/receiver_harness.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;
using Endpoint = ReceiverHarness::Endpoint;
using Image = ReceiverHarness::Image;

constexpr std::int32_t kRejected = 5;

struct Storm : ::testing::Test {
    Storm() {
        receiver.add_interest(endpoint);
        receiver.add_interest(endpoint, 1, 1002);  // of this stream, one session
        image = &receiver.add_image(endpoint);
        Image& rejected = receiver.add_image(endpoint, {.session_id = kRejected});
        receiver.command(RejectReceiverImage{rejected.object.get(), "no"});
    }
    std::uint32_t any() { return static_cast<std::uint32_t>(random.next()); }
    std::int32_t any_int() { return static_cast<std::int32_t>(any()); }
    std::int32_t any_session() {
        return any() % 3 == 0 ? any_int() : any() % 2 == 0 ? testing::kTestSession : kRejected;
    }
    Datagram any_frame() {
        const std::int32_t stream = 1001 + static_cast<std::int32_t>(any() % 3);
        const std::int32_t session = any_session();
        switch (any() % 4) {
            case 0: {
                protocol::Setup setup = test_setup(session, stream);
                setup.active_term_id += static_cast<std::int32_t>(any() % 3) - 1;
                setup.ttl = any_int();
                return encoded(setup);
            }
            case 1:
                return encoded(protocol::RttMeasurement{.is_request = any() % 2 == 0,
                                                        .session_id = session,
                                                        .stream_id = stream,
                                                        .echo_timestamp = any_int(),
                                                        .reception_delta = any_int(),
                                                        .receiver_id = any() % 2});
            case 2:
                return encoded(protocol::Heartbeat{.session_id = session,
                                                   .stream_id = stream,
                                                   .term_id = any_int(),
                                                   .term_offset = any_int()});
            default:
                return data_frame({.offset = static_cast<std::int32_t>(any() % 4096) * 32,
                                   .length = 32 + static_cast<std::int32_t>(any() % 200),
                                   .term_id = kTestTerm + static_cast<std::int32_t>(any() % 2),
                                   .session_id = session,
                                   .stream_id = stream,
                                   .type = static_cast<std::int16_t>(any() % 2)});
        }
    }
    /// One of the above, a few bytes of it wrong, and sometimes cut or several at once.
    Datagram any_datagram() {
        Datagram bytes = any_frame();
        if (any() % 4 == 0) bytes = joined({bytes, any_frame()});
        for (std::uint32_t wrong = any() % 4; wrong > 0; --wrong)
            bytes[any() % bytes.size()] = static_cast<std::byte>(any());
        if (any() % 8 == 0) bytes.resize(any() % bytes.size());
        return bytes;
    }

    SeededRandom random{7};
    ReceiverHarness receiver;
    Endpoint& endpoint = receiver.add_endpoint("aeron:udp?endpoint=127.0.0.1:40123",
                                               {.receiver_id = 1, .stream_session_limit = 2});
    Image* image = nullptr;
};

TEST_F(Storm, of_frames_that_are_nearly_right_leaves_bounds_and_images_as_they_are) {
    for (int i = 0; i < 30'000; ++i) {
        const auto port = static_cast<std::uint16_t>(any());
        endpoint.socket().arrive(source_at(port), any_datagram(), 0, any() % 8 == 0 ? 32 : 0);
        receiver.work_after(Nanos{100'000});
        ASSERT_LE(endpoint.remembered(), Dispatcher::kMaxRemembered + 2);
        ASSERT_LE(endpoint.socket().sent.size(), 16U);
        endpoint.socket().sent.clear();
        receiver.event_count();
        ASSERT_GE(image->hwm(), 0);
        ASSERT_LE(image->hwm(), kTermMinLength / 2);
    }
    EXPECT_GT(receiver.value(SystemCounter::invalid_packets), 1'000);
    EXPECT_GT(receiver.value(SystemCounter::flow_control_over_runs), 100);
    EXPECT_TRUE(image->log->is_zero(1, 0, kTermMinLength));
    EXPECT_TRUE(image->log->is_zero(0, kTermMinLength / 2, kTermMinLength));
    EXPECT_EQ(receiver.logged_errors().size(), 1U);           // the session limit
    EXPECT_LE(receiver.value(SystemCounter::errors), 4 * 4);  // of some three seconds
}

TEST_F(Storm, of_sessions_that_nobody_knows_leaves_a_stream_and_a_late_joiner_their_place) {
    for (std::int32_t i = 0; i < 20'000; ++i) {
        receiver.arrive(endpoint, data_frame({.session_id = 100 + i}));
        receiver.arrive(endpoint, data_frame({.session_id = 100 + i, .stream_id = 1002}));
        ASSERT_LE(endpoint.remembered(), Dispatcher::kMaxRemembered + 2);
    }
    EXPECT_EQ(receiver.event_count(), 0U);
    receiver.arrive(endpoint, data_frame());
    EXPECT_EQ(image->hwm(), 64);
    endpoint.socket().sent.clear();
    receiver.arrive(endpoint, data_frame({.session_id = 1, .stream_id = 1002}));
    EXPECT_EQ(ReceiverHarness::take_sent(endpoint),
              std::vector<std::string>{"127.0.0.1:5555 SETUP? session=1 stream=1002"});
    receiver.arrive(endpoint, encoded(test_setup(1, 1002)));
    EXPECT_EQ(receiver.event_count(), 1U);
    EXPECT_TRUE(receiver.logged_errors().empty());
}

TEST_F(Storm, of_measurements_of_sessions_that_nobody_knows_is_answered_by_silence) {
    endpoint.socket().sent.clear();
    for (std::int32_t i = 0; i < 1'000; ++i) {
        receiver.arrive(endpoint, encoded(protocol::RttMeasurement{
                                      .is_request = true, .session_id = i, .stream_id = 1001}));
    }
    EXPECT_EQ(endpoint.socket().sent.size(), 1U);  // to the rejected image's, which is known
    EXPECT_EQ(endpoint.remembered(), 2U);
}

TEST_F(Storm, of_setups_asks_the_conductor_for_so_many_images_at_a_time) {
    Endpoint& open = receiver.add_endpoint("aeron:udp?endpoint=127.0.0.1:40124");
    receiver.add_interest(open);
    for (std::int32_t i = 0; i < 10'000; ++i) receiver.arrive(open, encoded(test_setup(100 + i)));
    EXPECT_EQ(receiver.event_count(), Dispatcher::kMaxImagesInMaking);
    EXPECT_EQ(open.remembered(), Dispatcher::kMaxImagesInMaking);
    EXPECT_TRUE(ReceiverHarness::take_sent(open).empty());
}

}  // namespace
}  // namespace tern::driver

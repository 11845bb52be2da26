// A receiver at work takes nothing from the heap: data, heartbeats, status messages, NAKs and RTT
// measurements of its images, and a storm of datagrams from sessions that nobody knows.

#include <gtest/gtest.h>

#include <cstring>

#include "support/heap_calls.hpp"
#include "tern/driver/testing/receiver_harness.hpp"

namespace tern::driver {
namespace {

/// Takes all and keeps nothing; hands up the datagram of the test.
class ThinSocket final : public UdpSocket {
  public:
    std::array<std::byte, 256> next{};
    std::size_t next_length = 0;
    std::size_t sent = 0;

    SendOutcome send(std::span<const ConstBytes> datagrams) override {
        sent += datagrams.size();
        return {datagrams.size(), 0};
    }
    SendOutcome send_to(const SocketAddress&, std::span<const ConstBytes> datagrams) override {
        return send(datagrams);
    }
    int receive(ReceiveBatch& batch) override {
        const std::size_t count = next_length == 0 ? 0 : 1;
        if (count == 1) {
            std::memcpy(batch.buffer(0).data(), next.data(), next_length);
            batch.slot(0) = {batch.buffer(0).first(next_length), source, 1};
            next_length = 0;
        }
        batch.set_count(count);
        return static_cast<int>(count);
    }
    Result<void> connect(const SocketAddress&) override { return {}; }
    SocketAddress local_address() const override { return {}; }
    std::int32_t send_buffer_length() const override { return 0; }
    std::int32_t receive_buffer_length() const override { return 0; }
    std::uint8_t multicast_ttl() const override { return 0; }

  private:
    SocketAddress source = kTestSource;
};

Settings measuring() {
    Settings settings = receiver_settings();
    settings.cubic_measure_rtt = true;
    return settings;
}

class BusyReceiver {
  public:
    explicit BusyReceiver(const std::string& channel_text) : receiver(measuring()) {
        uri::WildcardSuffixes suffixes;
        const uri::UdpChannel channel =
            uri::UdpChannel::resolve(ChannelUri::parse(channel_text).value(), receiver.network,
                                     suffixes)
                .value();
        auto thin = std::make_unique<ThinSocket>();
        socket = thin.get();
        endpoint.object = std::make_unique<ReceiveEndpoint>(
            channel, ReceiveEndpoint::Config{.receiver_id = ReceiverHarness::kReceiver});
        auto& destination =
            endpoint.destinations.emplace_back(std::make_unique<ReceiverHarness::Destination>());
        destination->object = std::make_unique<ReceiveDestination>(channel, std::move(thin));
        if (channel.is_multicast) destination->object->control_address = channel.remote_control;
        receiver.command(AddReceiveEndpoint{endpoint.object.get()});
        receiver.command(AddReceiveDestination{endpoint.object.get(), destination->object.get()});
        receiver.add_interest(endpoint);
        receiver.add_interest(endpoint, 1, kPickyStream);
        image = &receiver.add_image(endpoint, {.congestion = CongestionControlKind::cubic});
    }
    ~BusyReceiver() {
        receiver.remove_image(*image);
        receiver.command(RemoveReceiveEndpoint{endpoint.object.get()});
    }

    void arrive(ConstBytes datagram) {
        std::memcpy(socket->next.data(), datagram.data(), datagram.size());
        socket->next_length = datagram.size();
        receiver.work_after(Nanos{10'000});
        while (receiver.queues.events.take()) {}
    }
    template <typename Frame>
    void arrive_frame(const Frame& frame) {
        std::array<std::byte, 64> bytes{};
        const std::size_t length = protocol::encode(frame, bytes);
        arrive(ConstBytes(bytes).first(length));
    }
    void arrive_data(Position at, std::int32_t session, std::int32_t stream) {
        const TermGeometry& geometry = image->log->log.geometry();
        store_plain(message.data() + 8, geometry.offset_at(at));
        store_plain(message.data() + 12, session);
        store_plain(message.data() + 16, stream);
        store_plain(message.data() + 20, geometry.term_id_at(at));
        arrive(message);
    }
    /// The next frame of the stream, with what the conductor does about it.
    void stream_goes_on(int i) {
        const TermGeometry& geometry = image->log->log.geometry();
        if (geometry.offset_at(position) == 0) {
            std::memset(image->log->log.term(geometry.partition_at(position)), 0,
                        static_cast<std::size_t>(geometry.term_length()));
        }
        if (i % 7 == 0) image->signals.gap.set({geometry.term_id_at(position), 0, 64});
        arrive_data(position, testing::kTestSession, testing::kTestStream);
        position += 64;
        if (i % 16 == 0) image->schedule(position, kTermMinLength / 2);
        protocol::RttMeasurement reply{.is_request = i % 2 == 0,
                                       .session_id = testing::kTestSession,
                                       .stream_id = testing::kTestStream,
                                       .echo_timestamp = receiver.clock.now().count()};
        if (i % 11 == 0) arrive_frame(reply);
        if (i % 13 == 0) {
            arrive_frame(protocol::Heartbeat{.session_id = testing::kTestSession,
                                             .stream_id = testing::kTestStream,
                                             .term_id = geometry.term_id_at(position),
                                             .term_offset = geometry.offset_at(position)});
        }
        if (i % 17 == 0) arrive(ConstBytes(message).first(9));
        receiver.receiver().next_deadline();
    }
    void strangers_come(int i) {
        const std::int32_t session = 1'000 + i;
        arrive_data(0, session, testing::kTestStream);
        arrive_data(0, session, kPickyStream);
        arrive_data(0, session, 5);
        arrive_frame(protocol::RttMeasurement{
            .is_request = true, .session_id = session, .stream_id = testing::kTestStream});
        arrive_frame(test_setup(session, kPickyStream));
        arrive_frame(test_setup(session + 1'000'000, testing::kTestStream));
        arrive_frame(test_setup());
    }

    static constexpr std::int32_t kPickyStream = 1002;
    ReceiverHarness receiver;
    ReceiverHarness::Endpoint endpoint;
    ThinSocket* socket = nullptr;
    ReceiverHarness::Image* image = nullptr;
    Datagram message = data_frame();
    Position position = 0;
};

class ReceiverHeap : public ::testing::TestWithParam<const char*> {};

TEST_P(ReceiverHeap, is_left_alone_by_a_receiver_at_work) {
    BusyReceiver busy(GetParam());
    for (int i = 0; i < 1'000; ++i) busy.stream_goes_on(i);
    const std::uint64_t before = test::heap_calls();
    const std::size_t sent_before = busy.socket->sent;
    for (int i = 0; i < 50'000; ++i) busy.stream_goes_on(i);
    EXPECT_EQ(test::heap_calls() - before, 0U);
    EXPECT_GT(busy.socket->sent - sent_before, 5'000U);
    EXPECT_EQ(busy.image->hwm(), busy.position);
    EXPECT_GT(busy.receiver.value(SystemCounter::naks_sent), 5'000);
    EXPECT_GT(busy.receiver.value(SystemCounter::heartbeats_received), 1'000);
    EXPECT_EQ(busy.receiver.value(SystemCounter::flow_control_over_runs), 0);
}

// From the first datagram on: what may be remembered of them has its place beforehand.
TEST_P(ReceiverHeap, is_left_alone_by_strangers) {
    BusyReceiver busy(GetParam());
    const std::uint64_t before = test::heap_calls();
    const std::size_t sent_before = busy.socket->sent;
    for (int i = 0; i < 20'000; ++i) busy.strangers_come(i);
    EXPECT_EQ(test::heap_calls() - before, 0U);
    EXPECT_GT(busy.socket->sent - sent_before, 20'000U);
    EXPECT_GT(busy.endpoint.remembered(), 1'000U);
    EXPECT_LE(busy.endpoint.remembered(), Dispatcher::kMaxRemembered + 1);
    EXPECT_EQ(busy.receiver.value(SystemCounter::errors), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Channels, ReceiverHeap,
    ::testing::Values("aeron:udp?endpoint=127.0.0.1:40123|media-rcv-ts-offset=reserved",
                      "aeron:udp?endpoint=224.0.1.1:40456|interface=127.0.0.1"));

}  // namespace
}  // namespace tern::driver

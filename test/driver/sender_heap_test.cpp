// A sender at work takes nothing from the heap: data, status messages, NAKs and what they bring,
// RTT replies, heartbeats, and datagrams that are no frames.

#include <gtest/gtest.h>

#include <cstring>

#include "support/heap_calls.hpp"
#include "tern/driver/testing/sender_harness.hpp"

namespace tern::driver {
namespace {

/// Takes all and keeps nothing; hands up the datagrams of the test, one a read.
class ThinSocket final : public UdpSocket {
  public:
    std::array<std::byte, 64> next{};
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
            batch.slot(0) = {batch.buffer(0).first(next_length), SenderHarness::kPeer};
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
};

class BusyStream {
  public:
    explicit BusyStream(const std::string& channel) {
        auto data = std::make_unique<ThinSocket>();
        socket = data.get();
        endpoint.object = std::make_unique<SendEndpoint>(
            uri::UdpChannel::resolve(ChannelUri::parse(channel).value(), sender.network, suffixes)
                .value(),
            SendEndpoint::Sockets{std::move(data), nullptr}, Counter(endpoint.destinations));
        stream = &sender.make_stream(endpoint);
        sender.command(AddSendEndpoint{endpoint.object.get()});
        sender.command(AddSenderPublication{stream->object.get()});
    }

    template <typename Frame>
    void arrive(const Frame& frame) {
        socket->next_length = protocol::encode(frame, socket->next);
        sender.work_after(Nanos{1000});
        if (socket->next_length > 0) sender.work();
    }
    void publish() {
        const std::int32_t before = stream->appender->term_id();
        ASSERT_TRUE(offer());
        if (stream->appender->term_id() == before) return;
        // As the conductor does: the term after this one is clean before it is needed.
        const TermGeometry& geometry = stream->log->log.geometry();
        const Position next = stream->appender->position() + geometry.term_length();
        std::memset(stream->log->log.term(geometry.partition_at(next)), 0,
                    static_cast<std::size_t>(geometry.term_length()));
    }
    void cycle(int i) {
        publish();
        sender.work_after(Nanos{1000});
        const Position at = stream->sent_to();
        const TermGeometry& geometry = stream->log->log.geometry();
        protocol::StatusMessage status = sender.status_of(*stream, at, kTermMinLength / 2);
        status.receiver_id = i % 5;
        arrive(status);
        if (i % 7 == 0 && geometry.offset_at(at) >= 320) {
            arrive(protocol::Nak{status.session_id, status.stream_id, geometry.term_id_at(at),
                                 geometry.offset_at(at) - 320, 320});
        }
        if (i % 11 == 0) {
            arrive(protocol::RttMeasurement{.is_request = true,
                                            .session_id = status.session_id,
                                            .stream_id = status.stream_id});
        }
        if (i % 13 == 0) arrive(protocol::Heartbeat{.session_id = i});
        if (i % 17 == 0) {
            socket->next_length = 9;
            sender.work();
        }
        if (i % 101 == 0) sender.work_after(std::chrono::milliseconds{150});
        sender.sender().next_deadline();
    }

    SenderHarness sender;
    uri::WildcardSuffixes suffixes;
    SenderHarness::Endpoint endpoint;
    ThinSocket* socket = nullptr;
    SenderHarness::Stream* stream = nullptr;

  private:
    bool offer() {
        static const std::array<std::byte, 288> kMessage{};
        while (true) {
            const OfferResult result = stream->appender->offer(kMessage, testing::kNoLimit);
            if (result.status() != OfferStatus::admin_action) return result.ok();
        }
    }
};

class SenderHeap : public ::testing::TestWithParam<const char*> {};

TEST_P(SenderHeap, is_left_alone_by_a_sender_at_work) {
    BusyStream busy(GetParam());
    for (int i = 0; i < 1'000; ++i) busy.cycle(i);
    const std::uint64_t before = test::heap_calls();
    const std::size_t sent_before = busy.socket->sent;
    for (int i = 0; i < 50'000; ++i) busy.cycle(i);
    EXPECT_EQ(test::heap_calls() - before, 0U);
    EXPECT_GT(busy.socket->sent - sent_before, 50'000U);
    EXPECT_EQ(busy.stream->sent_to(), busy.stream->appender->position());
    EXPECT_GT(busy.sender.value(SystemCounter::retransmits_sent), 100);
    EXPECT_GT(busy.sender.value(SystemCounter::heartbeats_sent), 100);
    EXPECT_GT(busy.sender.value(SystemCounter::invalid_packets), 1'000);
}

INSTANTIATE_TEST_SUITE_P(
    Channels, SenderHeap,
    ::testing::Values("aeron:udp?endpoint=127.0.0.1:40123|channel-snd-ts-offset=reserved",
                      "aeron:udp?control=127.0.0.1:40130|control-mode=dynamic|fc=min"));

}  // namespace
}  // namespace tern::driver

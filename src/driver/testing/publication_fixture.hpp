#pragma once

/// For tests of network publications: a conductor with its sender, a client, and a receiver on
/// another host that answers as the test says.

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tern/driver/testing/conductor_harness.hpp"
#include "tern/logbuffer/concurrent_appender.hpp"
#include "tern/protocol/network_frames.hpp"

namespace tern::driver {

/// Terms of 64 KiB on the network too.
inline Settings publication_settings() {
    Settings settings = harness_settings();
    settings.term_buffer_length = 64 * 1024;
    return settings;
}

struct PublicationFixture : ::testing::Test {
    explicit PublicationFixture(Settings settings = publication_settings())
        : driver(std::move(settings)) {
        driver.keep_alive_always(client);
    }

    static constexpr const char* kUnicast = "aeron:udp?endpoint=192.168.0.30:40123";
    static constexpr std::int64_t kWindow = 32'768;  // of publishers: half a term

    ConductorHarness driver;
    MemoryHost& peer = driver.segment.add_host("peer", {IpAddress::ipv4(192, 168, 0, 30)});
    const std::int64_t client = driver.next_id();

    struct Stream {
        std::int64_t id;
        std::int32_t session_id;
        std::int32_t stream_id;
        std::int32_t limit;
        std::int32_t status;
        LogBuffers log;
    };
    Stream stream_of(const Events& events) {
        const auto ready = events.only<protocol::PublicationReady>();
        return {ready.registration_id,
                ready.session_id,
                ready.stream_id,
                ready.position_limit_counter_id,
                ready.channel_status_indicator_id,
                driver.log(std::string(ready.log_file_name))};
    }
    Stream add(std::string_view channel = kUnicast, bool exclusive = false,
               std::int32_t stream_id = 10) {
        driver.add_publication(client, stream_id, channel, exclusive);
        return stream_of(driver.take_events());
    }
    /// The text of the only answer, which is an error of this code.
    std::string refusal(int code) {
        const Events events = driver.take_events();
        const auto error = events.only<protocol::CommandError>();
        EXPECT_EQ(error.error_code, code) << error.message;
        return std::string(error.message);
    }
    std::string refused_publication(std::string_view channel, int code, bool exclusive = false) {
        driver.add_publication(client, 10, channel, exclusive);
        return refusal(code);
    }

    /// Id of the only counter of this type that is allocated and belongs to the registration, or
    /// kNullCounterId.
    std::int32_t counter(CounterType type, std::int64_t registration_id) const {
        return driver.counters().find_by_registration(static_cast<std::int32_t>(type),
                                                      registration_id);
    }
    std::int64_t limit(const Stream& stream) const { return driver.value(stream.limit); }
    std::int64_t sent(const Stream& stream) const {
        return driver.value(counter(CounterType::sender_position, stream.id));
    }

    /// The receiver's socket, opened with the first call.
    UdpSocket& receiver() {
        if (!socket_) {
            SocketSpec spec;
            spec.bind = SocketAddress{IpAddress::ipv4(192, 168, 0, 30), 40'123};
            socket_ = peer.open(spec).value();
        }
        return *socket_;
    }
    template <typename Frame>
    void answer(const SocketAddress& to, const Frame& frame) {
        std::vector<std::byte> bytes(2048);
        bytes.resize(protocol::encode(frame, bytes));
        const ConstBytes datagram(bytes);
        receiver().send_to(to, {&datagram, 1});
        driver.work(8);
    }
    /// Where the stream's endpoint is bound, as its counter says.
    SocketAddress source_of(const Stream& stream) {
        const std::string label = driver.label(stream.status);
        const std::string port = label.substr(label.rfind(':') + 1);
        return {IpAddress::ipv4(192, 168, 0, 20), static_cast<std::uint16_t>(std::stoi(port))};
    }
    protocol::StatusMessage status_message(const Stream& stream, Position position = 0) const {
        return {.session_id = stream.session_id,
                .stream_id = stream.stream_id,
                .term_id = stream.log.geometry().term_id_at(position),
                .term_offset = stream.log.geometry().offset_at(position),
                .window = 32'768,
                .receiver_id = 7};
    }
    /// A receiver that has read up to here; time passes so that the sender looks.
    void receive(const Stream& stream, Position position) {
        driver.clock.advance(Nanos{100'000'001});
        answer(source_of(stream), status_message(stream, position));
    }
    void end_receiver(const Stream& stream, Position position) {
        protocol::StatusMessage last = status_message(stream, position);
        last.is_end_of_stream = true;
        driver.clock.advance(Nanos{100'000'001});
        answer(source_of(stream), last);
    }
    /// Frames of 1024 bytes, as many as reach this position.
    void publish(const Stream& stream, Position to) {
        ConcurrentAppender appender(stream.log, stream.session_id, stream.stream_id);
        while (stream.log.producer_position() < to) {
            const std::vector<std::byte> message(992, std::byte{0xAB});
            const OfferResult result = appender.offer(message, INT64_MAX);
            ASSERT_TRUE(result.ok() || result.status() == OfferStatus::admin_action);
        }
    }
    /// A spy of the client.
    struct Spy {
        std::int64_t id;
        std::int32_t position;
    };
    Spy spy_on(std::string_view channel = kUnicast, std::string_view params = "") {
        std::string text = "aeron-spy:" + std::string(channel);
        if (!params.empty()) text.append("|").append(params);
        const std::int64_t id = driver.add_subscription(client, 10, text);
        const Events events = driver.take_events();
        return {id, events.only<protocol::AvailableImage>().subscriber_position_counter_id};
    }
    void consume(const Spy& spy, Position to) {
        driver.set_value(spy.position, to);
        driver.work(2);
    }

  private:
    std::unique_ptr<UdpSocket> socket_;
};

}  // namespace tern::driver

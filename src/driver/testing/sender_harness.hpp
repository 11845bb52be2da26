#pragma once

/// For tests: a whole sender on virtual time, with fake sockets, logs in memory, and the test as
/// conductor, publisher and receivers. What was sent is read as lines of text.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tern/base/random.hpp"
#include "tern/driver/directory.hpp"
#include "tern/driver/driver_memory.hpp"
#include "tern/driver/sender/sender.hpp"
#include "tern/driver/testing/fake_socket.hpp"
#include "tern/driver/testing/manual_executor.hpp"
#include "tern/logbuffer/exclusive_appender.hpp"
#include "tern/logbuffer/testing/test_log.hpp"
#include "tern/protocol/network_frames.hpp"
#include "tern/uri/udp_channel.hpp"

namespace tern::driver {

inline Settings sender_settings() {
    Settings settings;
    settings.directory = "/dev/shm/aeron";
    settings.counters_values_buffer_length = 1024 * 128;
    settings.error_buffer_length = 64 * 1024;
    settings.loss_report_buffer_length = 64 * 1024;
    return settings;
}

inline SocketAddress address(std::uint8_t last_byte, std::uint16_t port) {
    return {IpAddress::ipv4(127, 0, 0, last_byte), port};
}

/// "SETUP term=7 off=0 flags=40", "DATA term=7 off=64 bytes=128", "HEARTBEAT off=0 flags=e0",
/// "RTTM echo=5 receiver=9".
inline std::string describe_sent(ConstBytes datagram) {
    const auto type = protocol::check_datagram(datagram);
    if (!type) return "INVALID";
    static constexpr char kDigits[] = "0123456789abcdef";
    const auto byte = std::to_integer<unsigned>(datagram[5]);
    const std::string flags = std::string(" flags=") + kDigits[byte >> 4] + kDigits[byte & 15];
    if (*type == protocol::FrameType::setup) {
        const protocol::Setup setup = protocol::read_setup(datagram);
        return "SETUP term=" + std::to_string(setup.active_term_id) +
               " off=" + std::to_string(setup.term_offset) + flags;
    }
    if (*type == protocol::FrameType::rtt_measurement) {
        const protocol::RttMeasurement reply = protocol::read_rtt_measurement(datagram);
        return "RTTM echo=" + std::to_string(reply.echo_timestamp) +
               " receiver=" + std::to_string(reply.receiver_id) + flags;
    }
    const protocol::DataFrameHeader header = protocol::read_data_header(datagram);
    const std::string offset = " off=" + std::to_string(header.term_offset);
    if (protocol::is_heartbeat(datagram)) return "HEARTBEAT" + offset + flags;
    return std::string(*type == protocol::FrameType::padding ? "PAD" : "DATA") +
           " term=" + std::to_string(header.term_id) + offset +
           " bytes=" + std::to_string(datagram.size());
}

struct SenderStreamOptions {
    std::int32_t stream_id = 1001;
    std::int32_t term_length = kTermMinLength;
    std::int32_t mtu_length = 1408;
    Position start_position = 0;
    SenderPublication::Config config{};
};

class SenderHarness {
  public:
    struct Endpoint {
        std::unique_ptr<SendEndpoint> object;
        FakeSocket* data = nullptr;
        FakeSocket* answers = nullptr;  // the control socket where there is one, else `data`
        SharedWord<std::int64_t> destinations{};
    };
    using StreamOptions = SenderStreamOptions;
    struct Stream {
        Endpoint* endpoint = nullptr;
        PublicationSignals signals;
        SharedWord<std::int64_t> position{}, limit{}, back_pressure{}, naks{}, receivers{};
        std::unique_ptr<testing::TestLog> log;
        std::unique_ptr<ExclusiveAppender> appender;
        std::unique_ptr<SenderPublication> object;

        std::int64_t sent_to() const { return position.load_acquire(); }
        std::int64_t sent_limit() const { return limit.load_acquire(); }
        /// Appends a message whose frame has this length, header included.
        Position publish(std::int32_t frame_length) {
            const auto message =
                testing::patterned(static_cast<std::size_t>(frame_length - kDataHeaderLength));
            OfferResult result = appender->offer(message, testing::kNoLimit);
            if (result.status() == OfferStatus::admin_action) {
                result = appender->offer(message, testing::kNoLimit);
            }
            return result.position();
        }
        void publish_many(int count, std::int32_t frame_length) {
            for (int i = 0; i < count; ++i) publish(frame_length);
        }
    };

    explicit SenderHarness(Settings with = sender_settings())
        : settings(std::move(with)),
          directory_(prepare_directory(
                         settings, files_, clock, [](Nanos) {}, [](std::string_view) {}, 7)
                         .value()),
          memory_(std::make_unique<DriverMemory>(directory_.cnc, settings, clock.epoch_now())),
          context_{settings, hooks_, clock, files_, random_, executor_, executor_, directory_},
          sender_(std::make_unique<Sender>(context_, *memory_, network, queues)) {
        work();
    }

    Settings settings;
    ManualClock clock;
    FakeNetwork network;
    SenderQueues queues;

    Sender& sender() { return *sender_; }
    std::int64_t value(SystemCounter counter) const {
        return memory_->counters.value(static_cast<std::int32_t>(counter));
    }
    std::vector<std::string> logged_errors() const {
        std::vector<std::string> texts;
        read_error_log(memory_->cnc.error_log(),
                       [&](const ErrorObservation& seen) { texts.emplace_back(seen.text); });
        return texts;
    }

    int work() { return sender_->do_work(clock.now()); }
    int work_after(Nanos time) {
        clock.advance(time);
        return work();
    }
    void command(SenderCommand order) {
        queues.commands.put(std::move(order));
        work();
    }
    /// The next event for the conductor; a test that expects another kind fails here.
    template <typename Event>
    Event take_event() {
        std::optional<SenderEvent> event = queues.events.take();
        TERN_ASSERT(event && std::holds_alternative<Event>(*event));
        return std::get<Event>(std::move(*event));
    }
    std::size_t event_count() {
        std::size_t count = 0;
        while (queues.events.take()) ++count;
        return count;
    }

    Endpoint& add_endpoint(const std::string& channel_text) {
        Endpoint& endpoint = *endpoints_.emplace_back(std::make_unique<Endpoint>());
        uri::UdpChannel channel =
            uri::UdpChannel::resolve(ChannelUri::parse(channel_text).value(), network, suffixes_)
                .value();
        SendEndpoint::Sockets sockets;
        auto data = std::make_unique<FakeSocket>();
        endpoint.data = endpoint.answers = data.get();
        sockets.data = std::move(data);
        if (channel.is_multicast) {
            auto control = std::make_unique<FakeSocket>();
            endpoint.answers = control.get();
            sockets.control = std::move(control);
        }
        endpoint.object = std::make_unique<SendEndpoint>(std::move(channel), std::move(sockets),
                                                         Counter(endpoint.destinations));
        command(AddSendEndpoint{endpoint.object.get()});
        return endpoint;
    }
    /// Made, not yet handed to the sender.
    Stream& make_stream(Endpoint& endpoint, StreamOptions options = {}) {
        Stream& stream = *streams_.emplace_back(std::make_unique<Stream>());
        stream.endpoint = &endpoint;
        const TermGeometry geometry(kInitialTermId, options.term_length);
        LogParameters parameters = testing::test_parameters(kInitialTermId);
        parameters.stream_id = options.stream_id;
        parameters.term_length = options.term_length;
        parameters.mtu_length = options.mtu_length;
        parameters.start_term_id = geometry.term_id_at(options.start_position);
        parameters.start_term_offset = geometry.offset_at(options.start_position);
        stream.log = std::make_unique<testing::TestLog>(parameters);
        stream.appender =
            std::make_unique<ExclusiveAppender>(stream.log->log, kSession, options.stream_id);
        SenderPublication::Config config = options.config;
        config.registration_id = 42;
        config.session_id = kSession;
        config.stream_id = options.stream_id;
        config.start_position = options.start_position;
        config.flow_control = flow_control_config(endpoint.object->channel(), settings).value();
        stream.position.store_release(options.start_position);
        stream.limit.store_release(options.start_position);
        stream.object = std::make_unique<SenderPublication>(
            config, stream.log->log,
            SenderPublication::Counters{Counter(stream.position), Counter(stream.limit),
                                        Counter(stream.back_pressure), Counter(stream.naks),
                                        Counter(stream.receivers)},
            *endpoint.object, stream.signals, settings);
        return stream;
    }
    Stream& add_stream(Endpoint& endpoint, StreamOptions options = {}) {
        Stream& stream = make_stream(endpoint, std::move(options));
        command(AddSenderPublication{stream.object.get()});
        work();
        return stream;
    }
    /// With a receiver that has this window at the stream's position.
    Stream& add_connected(Endpoint& endpoint, std::int32_t window = kTermMinLength / 2,
                          StreamOptions options = {}) {
        Stream& stream = add_stream(endpoint, options);
        status(stream, options.start_position, window);
        work();  // the first heartbeat leaves
        take_sent(endpoint);
        return stream;
    }

    protocol::StatusMessage status_of(const Stream& stream, Position position,
                                      std::int32_t window) const {
        const TermGeometry& geometry = stream.log->log.geometry();
        return {.session_id = kSession,
                .stream_id = stream.object->config().stream_id,
                .term_id = geometry.term_id_at(position),
                .term_offset = geometry.offset_at(position),
                .window = window,
                .receiver_id = kReceiver};
    }
    void status(const Stream& stream, Position position, std::int32_t window,
                const SocketAddress& source = kPeer) {
        arrive(*stream.endpoint, status_of(stream, position, window), source);
    }
    void elicit_setup(const Stream& stream, const SocketAddress& source = kPeer) {
        protocol::StatusMessage message = status_of(stream, 0, 0);
        message.elicits_setup = true;
        message.term_id = 0;
        arrive(*stream.endpoint, message, source);
    }
    void nak(const Stream& stream, std::int32_t term_id, std::int32_t offset, std::int32_t length) {
        arrive(*stream.endpoint, protocol::Nak{.session_id = kSession,
                                               .stream_id = stream.object->config().stream_id,
                                               .term_id = term_id,
                                               .term_offset = offset,
                                               .length = length});
    }
    /// A frame comes in; the sender reads it in its next idle cycle, which follows.
    template <typename Frame>
    void arrive(Endpoint& endpoint, const Frame& frame, const SocketAddress& source = kPeer) {
        std::byte bytes[protocol::ErrorFrame::kMaxLength];
        endpoint.answers->arrive(source, Bytes(bytes).first(protocol::encode(frame, bytes)));
        settle(endpoint);
    }
    void settle(Endpoint& endpoint) {
        while (!endpoint.answers->arrivals.empty()) work();
    }

    std::vector<std::string> take_sent(Endpoint& endpoint) {
        std::vector<std::string> lines;
        for (const FakeSocket::Sent& sent : std::exchange(endpoint.data->sent, {})) {
            lines.push_back((sent.to ? sent.to->text() + " " : "") + describe_sent(sent.bytes));
        }
        endpoint.data->batches.clear();
        return lines;
    }

    static constexpr std::int32_t kInitialTermId = 7;
    static constexpr std::int32_t kSession = testing::kTestSession;
    static constexpr std::int64_t kReceiver = 99;
    static inline const SocketAddress kPeer = address(1, 40123);

  private:
    Hooks hooks_;
    MemoryFileSystem files_;
    SeededRandom random_{1};
    ManualExecutor executor_;
    PreparedDirectory directory_;
    std::unique_ptr<DriverMemory> memory_;
    DriverContext context_;
    uri::WildcardSuffixes suffixes_;
    std::vector<std::unique_ptr<Endpoint>> endpoints_;
    std::vector<std::unique_ptr<Stream>> streams_;
    std::unique_ptr<Sender> sender_;
};

}  // namespace tern::driver

#pragma once

/// For tests: a whole receiver on virtual time, with fake sockets, logs in memory, and the test as
/// conductor and senders. What was answered is read as lines of text.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tern/base/random.hpp"
#include "tern/driver/directory.hpp"
#include "tern/driver/driver_memory.hpp"
#include "tern/driver/receiver/receiver.hpp"
#include "tern/driver/testing/fake_socket.hpp"
#include "tern/driver/testing/manual_executor.hpp"
#include "tern/driver/testing/sender_frames.hpp"
#include "tern/logbuffer/testing/test_log.hpp"
#include "tern/uri/udp_channel.hpp"

namespace tern::driver {

inline Settings receiver_settings() {
    Settings settings;
    settings.directory = "/dev/shm/aeron";
    settings.counters_values_buffer_length = 1024 * 128;
    settings.error_buffer_length = 64 * 1024;
    settings.loss_report_buffer_length = 64 * 1024;
    return settings;
}

struct ReceiverImageOptions {
    std::int32_t session_id = testing::kTestSession;
    std::int32_t stream_id = testing::kTestStream;
    std::int32_t initial_term_id = kTestTerm;
    Position join_position = 0;
    bool is_reliable = true;
    CongestionControlKind congestion = CongestionControlKind::fixed;
    std::int32_t window = kTermMinLength / 2;
    std::size_t destination = 0;        // of the endpoint: of the first connection
    SocketAddress source{kTestSource};  // of its SETUP
};

class ReceiverHarness {
  public:
    struct Destination {
        std::unique_ptr<ReceiveDestination> object;
        FakeSocket* socket = nullptr;
    };
    struct Endpoint {
        std::unique_ptr<ReceiveEndpoint> object;
        std::vector<std::unique_ptr<Destination>> destinations;

        Destination& at(std::size_t index) { return *destinations[index]; }
        FakeSocket& socket(std::size_t index = 0) { return *destinations[index]->socket; }
        std::size_t remembered() { return object->dispatcher().remembered(); }
    };
    struct Image {
        ImageSignals signals;
        SharedWord<std::int64_t> high_water_mark{}, naks{};
        std::unique_ptr<testing::TestLog> log;
        std::unique_ptr<CongestionControl> congestion;
        std::unique_ptr<ReceiverImage> object;

        std::int64_t hwm() const { return high_water_mark.load_acquire(); }
        Nanos last_packet() const { return Nanos{signals.last_packet_ns.load_acquire()}; }
        std::int64_t end_of_stream() const { return log->log.end_of_stream_position(); }
        std::int32_t transports() const {
            return log->log.metadata().active_transport_count.load_acquire();
        }
        std::int32_t length_at(std::int32_t offset, int partition = 0) const {
            return log->frame(partition, offset).length;
        }
        /// As the conductor asks for a status message.
        void schedule(Position position, std::int32_t window) {
            signals.status.set({position, window});
        }
    };

    explicit ReceiverHarness(Settings with = receiver_settings())
        : settings(std::move(with)),
          directory_(prepare_directory(
                         settings, files_, clock, [](Nanos) {}, [](std::string_view) {}, 7)
                         .value()),
          memory_(std::make_unique<DriverMemory>(directory_.cnc, settings, clock.epoch_now())),
          context_{settings, hooks_, clock, files_, random_, executor_, executor_, directory_},
          receiver_(std::make_unique<Receiver>(context_, *memory_, network, queues)) {
        work();
    }

    Settings settings;
    ManualClock clock;
    FakeNetwork network;
    ReceiverQueues queues;

    Receiver& receiver() { return *receiver_; }
    std::int64_t value(SystemCounter counter) const {
        return memory_->counters.value(static_cast<std::int32_t>(counter));
    }
    std::vector<std::string> logged_errors() const {
        std::vector<std::string> texts;
        read_error_log(memory_->cnc.error_log(),
                       [&](const ErrorObservation& seen) { texts.emplace_back(seen.text); });
        return texts;
    }

    int work() { return receiver_->do_work(clock.now()); }
    int work_after(Nanos time) {
        clock.advance(time);
        return work();
    }
    void command(ReceiverCommand order) {
        queues.commands.put(std::move(order));
        work();
    }
    /// The next event for the conductor; a test that expects another kind fails here.
    template <typename Event>
    Event take_event() {
        std::optional<ReceiverEvent> event = queues.events.take();
        TERN_ASSERT(event && std::holds_alternative<Event>(*event));
        return std::get<Event>(std::move(*event));
    }
    std::size_t event_count() {
        std::size_t count = 0;
        while (queues.events.take()) ++count;
        return count;
    }

    /// With one destination, that of the channel, unless destinations are added by hand.
    Endpoint& add_endpoint(const std::string& channel_text,
                           const ReceiveEndpoint::Config& config = {.receiver_id = kReceiver}) {
        Endpoint& endpoint = *endpoints_.emplace_back(std::make_unique<Endpoint>());
        uri::UdpChannel channel =
            uri::UdpChannel::resolve(ChannelUri::parse(channel_text).value(), network, suffixes_)
                .value();
        endpoint.object = std::make_unique<ReceiveEndpoint>(channel, config);
        command(AddReceiveEndpoint{endpoint.object.get()});
        if (!channel.is_manual()) add(endpoint, std::move(channel), std::make_unique<FakeSocket>());
        return endpoint;
    }
    Destination& add_destination(Endpoint& endpoint, const std::string& channel_text) {
        return add(
            endpoint,
            uri::UdpChannel::resolve_destination(ChannelUri::parse(channel_text).value(), network)
                .value(),
            std::make_unique<FakeSocket>());
    }
    Destination& add(Endpoint& endpoint, uri::UdpChannel channel,
                     std::unique_ptr<FakeSocket> socket) {
        Destination& added = *endpoint.destinations.emplace_back(std::make_unique<Destination>());
        added.socket = socket.get();
        std::optional<SocketAddress> control;
        if (channel.is_multicast) control = channel.remote_control;
        if (channel.has_explicit_control) control = channel.local;
        added.object = std::make_unique<ReceiveDestination>(std::move(channel), std::move(socket));
        added.object->control_address = control;
        command(AddReceiveDestination{endpoint.object.get(), added.object.get()});
        return added;
    }
    void add_interest(Endpoint& endpoint, std::optional<std::int32_t> session = std::nullopt,
                      std::int32_t stream = testing::kTestStream) {
        command(AddInterest{endpoint.object.get(), stream, session});
    }
    void remove_interest(Endpoint& endpoint, std::optional<std::int32_t> session = std::nullopt,
                         std::int32_t stream = testing::kTestStream) {
        command(RemoveInterest{endpoint.object.get(), stream, session});
    }

    /// As the conductor makes it; not yet handed to the receiver.
    Image& make_image(Endpoint& endpoint, const ReceiverImageOptions& options = {}) {
        Image& image = *images_.emplace_back(std::make_unique<Image>());
        LogParameters parameters = testing::test_parameters(options.initial_term_id);
        parameters.session_id = options.session_id;
        parameters.stream_id = options.stream_id;
        image.log = std::make_unique<testing::TestLog>(parameters);
        image.congestion = make_congestion_control({.kind = options.congestion,
                                                    .receiver_window = options.window,
                                                    .term_length = kTermMinLength,
                                                    .mtu_length = 1408},
                                                   settings, clock.now());
        ReceiveDestination& destination = *endpoint.at(options.destination).object;
        image.high_water_mark.store_release(options.join_position);
        image.object = std::make_unique<ReceiverImage>(
            ReceiverImage::Config{.registration_id = static_cast<std::int64_t>(images_.size()),
                                  .session_id = options.session_id,
                                  .stream_id = options.stream_id,
                                  .join_position = options.join_position,
                                  .is_reliable = options.is_reliable,
                                  .status_message_timeout = settings.status_message_timeout,
                                  .image_liveness_timeout = settings.image_liveness_timeout},
            image.log->log,
            ReceiverImage::Counters{Counter(image.high_water_mark), Counter(image.naks)},
            image.signals, *image.congestion, *endpoint.object, destination,
            destination.control_address.value_or(options.source), clock.now());
        return image;
    }
    /// In a stream that somebody is interested in; its first status message has left.
    Image& add_image(Endpoint& endpoint, const ReceiverImageOptions& options = {}) {
        Image& image = make_image(endpoint, options);
        command(AddReceiverImage{image.object.get()});
        return image;
    }
    void remove_image(Image& image) { command(RemoveReceiverImage{image.object.get()}); }

    /// One datagram, and a cycle in which it is read.
    void arrive(Destination& destination, ConstBytes datagram,
                const SocketAddress& source = kTestSource) {
        destination.socket->arrive(source, datagram);
        work();
    }
    void arrive(Endpoint& endpoint, ConstBytes datagram,
                const SocketAddress& source = kTestSource) {
        arrive(endpoint.at(0), datagram, source);
    }

    /// What left since the last look, as `describe_answer` has it, behind the address it went to.
    static std::vector<std::string> take_sent(Destination& destination) {
        std::vector<std::string> lines;
        for (const FakeSocket::Sent& sent : std::exchange(destination.socket->sent, {}))
            lines.push_back((sent.to ? sent.to->text() + " " : "") + describe_answer(sent.bytes));
        return lines;
    }
    static std::vector<std::string> take_sent(Endpoint& endpoint) {
        return take_sent(endpoint.at(0));
    }

    static constexpr std::int64_t kReceiver = 99;

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
    std::vector<std::unique_ptr<Image>> images_;
    std::unique_ptr<Receiver> receiver_;
};

}  // namespace tern::driver

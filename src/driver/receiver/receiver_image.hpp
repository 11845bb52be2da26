#pragma once

/// The receiver's half of an image: inserts datagrams, keeps the connections of its senders, and
/// answers them with status messages, NAKs, errors and RTT measurements (spec wire-protocol.md 5.6,
/// 5.7, 5.10 to 5.17). The conductor makes it, hands it to the receiver (ReceiverCommand), and
/// frees it when the receiver says that it has let go of it. Receiver thread, but for construction
/// and what is marked so.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tern/base/clock.hpp"
#include "tern/driver/receiver/congestion_control.hpp"
#include "tern/driver/receiver/image_signals.hpp"
#include "tern/driver/receiver/receive_endpoint.hpp"
#include "tern/logbuffer/log_buffers.hpp"
#include "tern/protocol/network_frames.hpp"
#include "tern/shm/counters.hpp"

namespace tern::driver {

class ReceiverImage {
  public:
    static constexpr Nanos kLongestRtt{60'000'000'000};  // longer ones are not believed

    struct Config {
        std::int64_t registration_id = 0;  // of the image
        std::int32_t session_id = 0;
        std::int32_t stream_id = 0;
        Position join_position = 0;
        bool is_reliable = true;
        Nanos status_message_timeout{200'000'000};
        Nanos image_liveness_timeout{10'000'000'000};
    };
    struct Counters {
        Counter high_water_mark;  // rcv-hwm: the receiver writes it
        Counter naks_sent;        // rcv-naks-sent: likewise
    };

    /// References outlive it. The first connection is that of `destination` and `control_address`
    /// (5.5, 5.7).
    ReceiverImage(const Config& config, LogBuffers log, const Counters& counters,
                  ImageSignals& signals, CongestionControl& congestion_control,
                  ReceiveEndpoint& endpoint, ReceiveDestination& destination,
                  const SocketAddress& control_address, Nanos now);
    ~ReceiverImage();
    ReceiverImage(const ReceiverImage&) = delete;
    ReceiverImage& operator=(const ReceiverImage&) = delete;

    // Any thread: never changes.
    const Config& config() const { return config_; }
    ReceiveEndpoint& endpoint() const { return endpoint_; }

    /// hot: a DATA or PAD datagram whose first-level validation is done.
    void insert(const protocol::DataFrameHeader& header, ConstBytes datagram,
                ReceiveDestination& destination, const SocketAddress& source,
                ReceiverContext& context);
    /// A SETUP of this session, or a destination that was added: creates or refreshes the
    /// connection.
    void refresh_connection(ReceiveDestination& destination,
                            const std::optional<SocketAddress>& source, Nanos now);
    /// Of a destination that knows where to answer before anything came.
    void add_known_connection(ReceiveDestination& destination, Nanos now);
    void remove_connection(const ReceiveDestination& destination, Nanos now);
    /// Forgets connections of all other destinations.
    void keep_connections_of(std::span<ReceiveDestination* const> destinations, Nanos now);
    /// A name was resolved again.
    void set_control_address(const ReceiveDestination& destination, const SocketAddress& address);
    void on_rtt_measurement(const protocol::RttMeasurement& frame, ReceiveDestination& destination,
                            const SocketAddress& source, ReceiverContext& context);
    /// From now on it drops everything and reports an error to its senders (5.16).
    void reject(std::string reason);

    bool is_rejected() const { return rejection_.has_value(); }
    bool is_end_of_stream() const { return is_end_of_stream_; }

    /// Everything that is due: ERR or status messages and RSP_SETUP, then NAK or gap fill, then a
    /// RTT request. How many frames were sent.
    int send_pending(ReceiverContext& context);
    /// When the next timed status message, ERR or RTT request is due. What the conductor asks for
    /// by the signals comes sooner, and is looked at in every cycle.
    Nanos next_deadline() const {
        const Nanos status =
            signals_.is_silent.load_relaxed() != 0 ? kNever : status_deadline_ + Nanos{1};
        return rejection_ ? status : std::min(status, congestion_control_.next_rtt_deadline());
    }

  private:
    /// What is known of the stream's source behind one destination (5.7).
    struct Connection {
        ReceiveDestination* destination = nullptr;
        std::optional<SocketAddress> control_address;
        Nanos last_activity{0};
        Nanos last_frame{0};
        bool has_frame = false;
        bool is_end_of_stream = false;
        Position end_of_stream_position = 0;
        bool is_alive(Nanos now) const;
    };
    Connection& connection_of(ReceiveDestination& destination, const SocketAddress& source,
                              Nanos now);
    void on_heartbeat(const protocol::DataFrameHeader& header, Position position,
                      ReceiveDestination& destination, const SocketAddress& source,
                      ReceiverContext& context);
    void on_end_of_stream(const protocol::DataFrameHeader& header, Position position,
                          Connection& connection, ReceiverContext& context);
    void store(ConstBytes datagram, Position position);
    void want_blocks(Position to, Nanos now);

    int send_status(ReceiverContext& context);
    int send_errors(ReceiverContext& context);
    int send_response_setup(ReceiverContext& context);
    int send_nak_or_fill(ReceiverContext& context);
    int send_rtt_request(ReceiverContext& context);
    /// To every connection that is alive; to how many it went.
    int send_to_alive(ConstBytes frame, ReceiverContext& context);
    void publish_transport_count(Nanos now);

    Config config_;
    LogBuffers log_;
    Counters counters_;
    ImageSignals& signals_;
    CongestionControl& congestion_control_;
    ReceiveEndpoint& endpoint_;
    std::vector<Connection> connections_;

    ScheduledStatus status_;       // what status messages say
    Position last_sent_position_;  // of the last status message that left
    Position overrun_threshold_;
    Nanos status_deadline_{0};
    bool has_sent_status_ = false;
    std::int64_t deadline_resets_ = 0;  // that were seen
    bool is_end_of_stream_ = false;
    std::optional<std::string> rejection_;
};

}  // namespace tern::driver

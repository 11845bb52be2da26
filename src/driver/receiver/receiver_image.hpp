#pragma once

/// The receiver's half of an image: inserts datagrams, keeps the connections of its senders, and
/// answers them with status messages, NAKs, errors and RTT measurements (spec wire-protocol.md 5.6,
/// 5.7, 5.10 to 5.17). The conductor makes it, hands it to the receiver (ReceiverCommand), and
/// frees
/// it when the receiver says that it has let go of it. Receiver thread, but for construction and
/// what is marked so.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

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
    void remove_connection(const ReceiveDestination& destination);
    void on_rtt_measurement(const protocol::RttMeasurement& frame, ReceiveDestination& destination,
                            const SocketAddress& source, ReceiverContext& context);
    /// From now on it drops everything and reports an error to its senders (5.16).
    void reject(std::string reason);

    /// Everything that is due: ERR or status messages and RSP_SETUP, then NAK or gap fill, then a
    /// RTT request. How many frames were sent.
    int send_pending(ReceiverContext& context);
    /// When the next timed status message is due.
    Nanos next_deadline() const;

  private:
    Config config_;
    ReceiveEndpoint& endpoint_;
};

}  // namespace tern::driver

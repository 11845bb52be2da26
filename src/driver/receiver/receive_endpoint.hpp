#pragma once

/// Where subscriptions of one channel receive: its destinations (sockets), its identity towards
/// senders, and the dispatcher to its images (spec wire-protocol.md 5.1, 5.3, 5.18). Made and freed
/// by the conductor, used by the receiver in between; what is marked so may be called on any
/// thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "tern/base/clock.hpp"
#include "tern/base/ip_address.hpp"
#include "tern/driver/media/udp_socket.hpp"
#include "tern/driver/receiver/dispatcher.hpp"
#include "tern/driver/report_cap.hpp"
#include "tern/protocol/network_frames.hpp"
#include "tern/uri/udp_channel.hpp"

namespace tern::driver {

class ReceiverImage;
struct ReceiverContext;

/// One socket of a receive endpoint. The conductor owns it and frees it once the receiver has
/// released it.
class ReceiveDestination {
  public:
    ReceiveDestination(uri::UdpChannel channel, std::unique_ptr<UdpSocket> socket)
        : channel_(std::move(channel)), socket_(std::move(socket)) {}

    // Any thread: never changes.
    const uri::UdpChannel& channel() const { return channel_; }
    UdpSocket& socket() const { return *socket_; }

    // Receiver thread.
    /// Where answers go: of multicast the data address plus one, else the explicit control address;
    /// none where each sender is answered at its own address. Changes when a name is resolved
    /// again.
    std::optional<SocketAddress> control_address;
    Nanos last_activity{0};

  private:
    uri::UdpChannel channel_;
    std::unique_ptr<UdpSocket> socket_;
};

class ReceiveEndpoint {
  public:
    struct Config {
        std::int64_t receiver_id = 0;           // not 0
        std::optional<std::int64_t> group_tag;  // of the status messages (2.10)
        std::int32_t stream_session_limit = INT32_MAX;
    };
    ReceiveEndpoint(uri::UdpChannel channel, const Config& config);
    ~ReceiveEndpoint();
    ReceiveEndpoint(const ReceiveEndpoint&) = delete;
    ReceiveEndpoint& operator=(const ReceiveEndpoint&) = delete;

    // Any thread: never changes.
    const uri::UdpChannel& channel() const { return channel_; }
    const Config& config() const { return config_; }

    // Receiver thread.
    void add_destination(ReceiveDestination& destination, ReceiverContext& context);
    /// Its sockets are read no more; images forget it. False where it is not ours.
    bool remove_destination(ReceiveDestination& destination, ReceiverContext& context);
    std::span<ReceiveDestination* const> destinations() const { return destinations_; }

    void add_interest(std::int32_t stream_id, std::optional<std::int32_t> session_id,
                      ReceiverContext& context);
    void remove_interest(std::int32_t stream_id, std::optional<std::int32_t> session_id);
    void add_image(ReceiverImage& image, ReceiverContext& context);
    void remove_image(ReceiverImage& image, bool is_end_of_stream);
    Dispatcher& dispatcher() { return dispatcher_; }

    /// hot: everything that was read at once from a destination; bytes of it.
    std::int64_t on_arrivals(std::span<ReceivedDatagram> arrivals, ReceiveDestination& destination,
                             ReceiverContext& context);

    /// A SM that elicits a SETUP; session 0 and stream 0 for any.
    void ask_for_setup(ReceiveDestination& destination, const SocketAddress& to,
                       std::int32_t stream_id, std::int32_t session_id, ReceiverContext& context);
    /// Of one session, from the explicit control address of each destination (5.4).
    void ask_sources_for_setup(std::int32_t stream_id, std::int32_t session_id,
                               ReceiverContext& context);
    void on_control_address_resolved(ReceiveDestination& destination, const SocketAddress& address,
                                     ReceiverContext& context);
    void report_session_limit(std::int32_t stream_id, ReceiverContext& context);

    /// Pending setups: those that expire, and those that are repeated (5.4). How many frames left.
    int do_timers(ReceiverContext& context);
    /// Destinations that nothing came from for long (6.8).
    void check_names(ReceiverContext& context);
    Nanos next_deadline() const;

  private:
    struct PeriodicSetup {
        ReceiveDestination* destination;
        Nanos deadline;
    };
    void on_datagram(Bytes datagram, const SocketAddress& source, std::int64_t kernel_time_ns,
                     ReceiveDestination& destination, ReceiverContext& context);
    void stamp(Bytes datagram, std::int64_t kernel_time_ns, ReceiverContext& context) const;

    uri::UdpChannel channel_;
    Config config_;
    Dispatcher dispatcher_;
    std::vector<ReceiveDestination*> destinations_;
    std::vector<ReceiverImage*> images_;  // that know of our destinations
    std::vector<PeriodicSetup> periodic_setups_;
    ReportCap session_limit_reports_;
};

}  // namespace tern::driver

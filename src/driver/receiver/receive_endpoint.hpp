#pragma once

/// Where subscriptions of one channel receive: its destinations (sockets), its identity towards
/// senders, and the dispatcher to its images (spec wire-protocol.md 5.1, 5.3, 5.18). Made and freed
/// by the conductor, used by the receiver in between; what is marked so may be called on any
/// thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "tern/base/clock.hpp"
#include "tern/base/ip_address.hpp"
#include "tern/driver/media/udp_socket.hpp"
#include "tern/uri/udp_channel.hpp"

namespace tern::driver {

class ReceiverImage;
struct ReceiverContext;
class Dispatcher;  // tern/driver/receiver/dispatcher.hpp

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

    // Receiver thread. The rest of the receiver's functions are added by their implementation.
    Dispatcher& dispatcher() { return *dispatcher_; }

  private:
    uri::UdpChannel channel_;
    Config config_;
    std::unique_ptr<Dispatcher> dispatcher_;
};

}  // namespace tern::driver

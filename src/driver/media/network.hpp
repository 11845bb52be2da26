#pragma once

/// What the driver asks of the machine about networks: sockets, names and interfaces. Declared
/// here, implemented outside: src/platform/ on the operating system, driver/testing/ in memory, the
/// simulator with faults.

#include <memory>
#include <optional>

#include "tern/driver/media/udp_socket.hpp"
#include "tern/uri/host_network.hpp"

namespace tern::driver {

/// Everything that is set on a socket, in the order of spec wire-protocol.md 6.3. Lengths are
/// bytes; 0 leaves the default of the system.
struct SocketSpec {
    AddressFamily family = AddressFamily::ipv4;
    std::optional<SocketAddress> bind;
    std::optional<SocketAddress> connect;
    /// A multicast socket: the group that it joins (receiving) and the interface to join and send
    /// by.
    std::optional<IpAddress> join;
    std::optional<IpAddress> multicast_interface;
    unsigned interface_index = 0;
    bool shares_port = false;  // SO_REUSEADDR, SO_REUSEPORT: multicast receive sockets
    std::uint8_t multicast_ttl = 0;
    std::int64_t receive_buffer = 0;
    std::int64_t send_buffer = 0;
    std::int32_t traffic_class = -1;  // -1: not set
    bool wants_kernel_time = false;
};

/// Bytes.
struct SocketBufferLimits {
    std::int32_t default_send = 0;
    std::int32_t default_receive = 0;
    std::int32_t max_send = 0;  // what a socket gets that asks for more
    std::int32_t max_receive = 0;
};

class Network : public uri::HostNetwork {
  public:
    /// Conductor thread. Errors (channel_endpoint_error unless said otherwise) name what failed,
    /// the address and the reason of the system.
    virtual Result<std::unique_ptr<UdpSocket>> open(const SocketSpec& spec) = 0;
    virtual std::unique_ptr<SocketPoller> make_poller(std::size_t iteration_threshold) = 0;
    virtual SocketBufferLimits buffer_limits() = 0;
    /// Wall clock in ns since 1970, for the timestamps of spec wire-protocol.md 6.9; any thread.
    virtual std::int64_t epoch_ns() = 0;
};

}  // namespace tern::driver

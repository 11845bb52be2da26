#pragma once

/// What the driver asks of the machine about networks: sockets, names and interfaces. Declared
/// here, implemented outside: src/platform/ on the operating system, driver/testing/ in memory, the
/// simulator with faults.

#include <algorithm>
#include <cstdint>
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
    /// Where `send` goes without being connected, so that anybody is heard
    /// (aeron.driver.connect=false); UdpSocket::connect changes it. Not together with `connect`.
    std::optional<SocketAddress> unconnected_peer;
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

/// Bytes, as the system reports them (UdpSocket::send_buffer_length); 0 where that is not known.
struct SocketBufferLimits {
    std::int32_t default_send = 0;
    std::int32_t default_receive = 0;
    std::int32_t max_send = 0;  // what a socket gets that asks for more
    std::int32_t max_receive = 0;
    std::int32_t min_send = 0;  // what a socket gets that asks for less
    std::int32_t min_receive = 0;
    /// What is reported of each byte that is asked for: Linux doubles it.
    std::int32_t reported_per_byte = 2;

    /// What a socket gets that asks for so much; 0 asks for nothing.
    std::int32_t granted_send(std::int64_t asked) const {
        return granted(asked, default_send, min_send, max_send);
    }
    std::int32_t granted_receive(std::int64_t asked) const {
        return granted(asked, default_receive, min_receive, max_receive);
    }

  private:
    std::int32_t granted(std::int64_t asked, std::int32_t by_default, std::int32_t least,
                         std::int32_t most) const {
        if (asked == 0) return by_default;
        const std::int64_t bounded = std::min<std::int64_t>(asked, INT32_MAX);
        const std::int64_t reported = std::max<std::int64_t>(bounded * reported_per_byte, least);
        return static_cast<std::int32_t>(std::min<std::int64_t>(reported, most));
    }
};

class Network : public uri::HostNetwork {
  public:
    /// Conductor thread. Errors (generic_error: spec channel-uri.md 14.5) name what failed, the
    /// address, the reason of the system and what to do.
    virtual Result<std::unique_ptr<UdpSocket>> open(const SocketSpec& spec) = 0;
    virtual std::unique_ptr<SocketPoller> make_poller(std::size_t iteration_threshold) = 0;
    virtual SocketBufferLimits buffer_limits() = 0;
    /// Wall clock in ns since 1970, for the timestamps of spec wire-protocol.md 6.9; any thread.
    virtual std::int64_t epoch_ns() = 0;
};

}  // namespace tern::driver

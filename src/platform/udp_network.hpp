#pragma once

/// The network of the machine: sockets, the system's name resolver, its interfaces. No state; any
/// thread may use it. Resolving may take seconds.

#include "tern/driver/media/network.hpp"

namespace tern::platform {

class UdpNetwork final : public driver::Network {
  public:
    Result<std::unique_ptr<driver::UdpSocket>> open(const driver::SocketSpec& spec) override;
    std::unique_ptr<driver::SocketPoller> make_poller(std::size_t iteration_threshold) override;
    /// Asks a socket that is opened for this and closed again; zeros where there is none to be had.
    driver::SocketBufferLimits buffer_limits() override;
    std::int64_t epoch_ns() override;

    Result<IpAddress> resolve(std::string_view host) override;
    std::vector<uri::NetworkInterface> interfaces() override;
};

}  // namespace tern::platform

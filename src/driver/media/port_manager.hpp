#pragma once

/// Which local ports sockets are bound to where a channel leaves that to the driver (spec
/// wire-protocol.md 6.5, channel-uri.md 12). One manager for the sockets of senders, one for those
/// of receivers. Conductor thread. Outlives its leases.

#include <cstdint>
#include <unordered_map>
#include <utility>

#include "tern/base/error.hpp"
#include "tern/driver/media/network.hpp"
#include "tern/driver/settings.hpp"

namespace tern::driver {

class PortManager;

/// A port that a socket is bound to, as long as the lease lives. An empty one has the port 0: the
/// system chooses.
class PortLease {
  public:
    PortLease() = default;
    PortLease(PortLease&& other) noexcept
        : manager_(std::exchange(other.manager_, nullptr)), port_(std::exchange(other.port_, 0)) {}
    PortLease& operator=(PortLease&& other) noexcept {
        std::swap(manager_, other.manager_);
        std::swap(port_, other.port_);
        return *this;
    }
    ~PortLease();

    std::uint16_t port() const { return port_; }

  private:
    friend class PortManager;
    PortLease(PortManager* manager, std::uint16_t port) : manager_(manager), port_(port) {}

    PortManager* manager_ = nullptr;
    std::uint16_t port_ = 0;
};

class PortManager {
  public:
    /// Ports of the range are given out; of "0 0" none, the system chooses.
    explicit PortManager(PortRange range) : range_(range), next_(range.low) {}
    PortManager(const PortManager&) = delete;
    PortManager& operator=(const PortManager&) = delete;

    /// For a socket that is to be bound to `port`: that one, or where it is 0 and `may_choose`, the
    /// next of the range that is not in use. Errors: generic_error, "no available ports in range
    /// 20000 20009: ...".
    Result<PortLease> take(std::uint16_t port, bool may_choose);
    /// The same for what a socket is about to be bound to, which gets the port.
    Result<PortLease> take_for(SocketSpec& spec, bool may_choose);

    std::size_t in_use() const { return uses_.size(); }

  private:
    friend class PortLease;
    void release(std::uint16_t port);
    PortLease lease(std::uint16_t port);

    PortRange range_;
    std::uint32_t next_;  // where the search starts
    // How many sockets: some share a port (groups), or have the same on different addresses.
    std::unordered_map<std::uint16_t, std::uint32_t> uses_;
};

inline PortLease::~PortLease() {
    if (manager_ != nullptr) manager_->release(port_);
}

}  // namespace tern::driver

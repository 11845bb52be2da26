#include "tern/driver/media/port_manager.hpp"

#include <string>

namespace tern::driver {

PortLease PortManager::lease(std::uint16_t port) {
    ++uses_[port];
    return {this, port};
}

void PortManager::release(std::uint16_t port) {
    const auto found = uses_.find(port);
    TERN_ASSERT(found != uses_.end());
    if (--found->second == 0) uses_.erase(found);
}

Result<PortLease> PortManager::take(std::uint16_t port, bool may_choose) {
    if (port != 0) return lease(port);
    if (!may_choose || range_ == PortRange{}) return PortLease{};

    const std::uint32_t size = std::uint32_t{range_.high} - range_.low + 1;
    for (std::uint32_t i = 0; i < size; ++i) {
        const std::uint32_t candidate = range_.low + (next_ - range_.low + i) % size;
        const auto chosen = static_cast<std::uint16_t>(candidate);
        if (chosen == 0 || uses_.contains(chosen)) continue;
        next_ = range_.low + (candidate - range_.low + 1) % size;
        return lease(chosen);
    }
    return Error{ErrorCode::generic_error,
                 "no available ports in range " + std::to_string(range_.low) + " " +
                     std::to_string(range_.high) +
                     ": close channels, give them ports, or widen the range in "
                     "aeron.sender.wildcard.port.range or aeron.receiver.wildcard.port.range"};
}

Result<PortLease> PortManager::take_for(SocketSpec& spec, bool may_choose) {
    if (!spec.bind) return PortLease{};
    Result<PortLease> taken = take(spec.bind->port, may_choose);
    if (taken) spec.bind->port = taken->port();
    return taken;
}

}  // namespace tern::driver

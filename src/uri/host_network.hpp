#pragma once

/// What a channel has to ask the machine: names and interfaces. Declared here, implemented outside
/// (src/platform/, a simulator); may block, so drivers ask on a thread that may wait.

#include <string>
#include <string_view>
#include <vector>

#include "tern/base/error.hpp"
#include "tern/base/ip_address.hpp"

namespace tern::uri {

/// One address of one interface; an interface with several is listed several times.
struct NetworkInterface {
    std::string name;
    unsigned    index = 0;   // the system's number, from 1
    IpAddress   address;
    int         prefix_length = 0;   // of its netmask
    bool        is_up = false;
    bool        is_loopback = false;
    bool        is_multicast_capable = false;
};

class HostNetwork {
  public:
    virtual ~HostNetwork() = default;

    /// The address of a name; the system is asked for IPv4 first, then for IPv6. Literal addresses
    /// of the family that a channel means do not get here. Errors: unknown_host, whose text is the
    /// system's: "(-2) Name or service not known".
    virtual Result<IpAddress> resolve(std::string_view host) = 0;

    /// In the system's order.
    virtual std::vector<NetworkInterface> interfaces() = 0;
};

}  // namespace tern::uri

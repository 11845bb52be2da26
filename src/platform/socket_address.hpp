#pragma once

/// Socket addresses in the form of the operating system.

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "tern/base/ip_address.hpp"

namespace tern::platform {

inline int family_number(AddressFamily family) {
    return family == AddressFamily::ipv6 ? AF_INET6 : AF_INET;
}

/// Of either family.
union OsSocketAddress {
    sockaddr any;
    sockaddr_in ipv4;
    sockaddr_in6 ipv6;
};

inline in_addr to_os_ipv4(const IpAddress& address) {
    in_addr os{};
    std::memcpy(&os, address.bytes().data(), sizeof os);
    return os;
}
inline in6_addr to_os_ipv6(const IpAddress& address) {
    in6_addr os{};
    std::memcpy(&os, address.bytes().data(), sizeof os);
    return os;
}
inline IpAddress from_os(const in_addr& os) {
    std::array<std::uint8_t, 4> bytes;
    std::memcpy(bytes.data(), &os, sizeof os);
    return IpAddress::ipv4(bytes[0], bytes[1], bytes[2], bytes[3]);
}
inline IpAddress from_os(const in6_addr& os) {
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &os, sizeof os);
    return IpAddress::ipv6(bytes);
}

/// Whether an address means something on one interface only (fe80::/10, ff01::/16, ff02::/16).
inline bool needs_scope(const in6_addr& os) {
    return IN6_IS_ADDR_LINKLOCAL(&os) || IN6_IS_ADDR_MC_LINKLOCAL(&os) ||
           IN6_IS_ADDR_MC_NODELOCAL(&os);
}

/// Its length. `scope` is the number of an interface, for addresses that need one.
inline socklen_t to_os(const SocketAddress& address, unsigned scope, OsSocketAddress& os) {
    if (address.ip.is_ipv6()) {
        os.ipv6 = {};
        os.ipv6.sin6_family = AF_INET6;
        os.ipv6.sin6_port = htons(address.port);
        os.ipv6.sin6_addr = to_os_ipv6(address.ip);
        if (needs_scope(os.ipv6.sin6_addr)) os.ipv6.sin6_scope_id = scope;
        return sizeof os.ipv6;
    }
    os.ipv4 = {};
    os.ipv4.sin_family = AF_INET;
    os.ipv4.sin_port = htons(address.port);
    os.ipv4.sin_addr = to_os_ipv4(address.ip);
    return sizeof os.ipv4;
}

/// 0.0.0.0:0 for any other family.
inline SocketAddress from_os(const OsSocketAddress& os) {
    if (os.any.sa_family == AF_INET) return {from_os(os.ipv4.sin_addr), ntohs(os.ipv4.sin_port)};
    if (os.any.sa_family == AF_INET6) return {from_os(os.ipv6.sin6_addr), ntohs(os.ipv6.sin6_port)};
    return {};
}

}  // namespace tern::platform

#include "tern/platform/udp_network.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>

#include <bit>
#include <cerrno>
#include <ctime>

#include "tern/platform/os_socket_poller.hpp"
#include "tern/platform/os_udp_socket.hpp"
#include "tern/platform/socket_options.hpp"

namespace tern::platform {
namespace {

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
    void operator()(ifaddrs* list) const { ::freeifaddrs(list); }
};

IpAddress ip_of(const sockaddr& address) {
    OsSocketAddress os{};
    const bool is_ipv6 = address.sa_family == AF_INET6;
    std::memcpy(&os, &address, is_ipv6 ? sizeof os.ipv6 : sizeof os.ipv4);
    return from_os(os).ip;
}

Result<IpAddress> resolve_as(const std::string& host, int family) {
    const addrinfo hints{.ai_family = family, .ai_socktype = SOCK_DGRAM};
    addrinfo* list = nullptr;
    const int status = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
    const int system_error = errno;
    const std::unique_ptr<addrinfo, FreeAddresses> owned(list);
    if (status == 0 && list != nullptr) return ip_of(*list->ai_addr);
    return Error{ErrorCode::unknown_host, status == EAI_SYSTEM ? system_text(system_error)
                                                               : "(" + std::to_string(status) +
                                                                     ") " + ::gai_strerror(status)};
}

bool is_internet(const sockaddr* address) {
    return address != nullptr && (address->sa_family == AF_INET || address->sa_family == AF_INET6);
}

// The ones at the front of a netmask; an address without one stands for itself.
int prefix_length_of(const ifaddrs& entry) {
    const IpAddress own = ip_of(*entry.ifa_addr);
    // The family of a netmask is not set by every driver, its bytes are.
    if (entry.ifa_netmask == nullptr) return static_cast<int>(own.size()) * 8;
    sockaddr_storage mask{};
    const bool is_ipv6 = own.is_ipv6();
    std::memcpy(&mask, entry.ifa_netmask, is_ipv6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in));
    mask.ss_family = entry.ifa_addr->sa_family;
    const IpAddress bits = ip_of(reinterpret_cast<const sockaddr&>(mask));
    int length = 0;
    for (std::size_t i = 0; i < bits.size(); ++i) {
        const int ones = std::countl_one(bits.bytes()[i]);
        length += ones;
        if (ones < 8) break;
    }
    return length;
}

// What the system makes of a length that is asked for.
std::int32_t granted(int socket, int option, int asked) {
    (void)::setsockopt(socket, SOL_SOCKET, option, &asked, sizeof asked);
    return socket_option(socket, SOL_SOCKET, option);
}

}  // namespace

Result<std::unique_ptr<driver::UdpSocket>> UdpNetwork::open(const driver::SocketSpec& spec) {
    Result<std::unique_ptr<OsUdpSocket>> socket = OsUdpSocket::open(spec);
    if (!socket) return std::move(socket).error();
    return std::unique_ptr<driver::UdpSocket>(*std::move(socket));
}

std::unique_ptr<driver::SocketPoller> UdpNetwork::make_poller(std::size_t iteration_threshold) {
    return std::make_unique<OsSocketPoller>(iteration_threshold);
}

driver::SocketBufferLimits UdpNetwork::buffer_limits() {
    FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) socket = FileDescriptor(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return {};
    constexpr int kTooMuch = INT32_MAX;
    constexpr int kAsked = 65'536;
    driver::SocketBufferLimits limits;
    limits.default_send = socket_option(socket.get(), SOL_SOCKET, SO_SNDBUF);
    limits.default_receive = socket_option(socket.get(), SOL_SOCKET, SO_RCVBUF);
    limits.max_send = granted(socket.get(), SO_SNDBUF, kTooMuch);
    limits.max_receive = granted(socket.get(), SO_RCVBUF, kTooMuch);
    limits.min_send = granted(socket.get(), SO_SNDBUF, 1);
    limits.min_receive = granted(socket.get(), SO_RCVBUF, 1);
    limits.reported_per_byte = std::max(1, granted(socket.get(), SO_RCVBUF, kAsked) / kAsked);
    return limits;
}

std::int64_t UdpNetwork::epoch_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

Result<IpAddress> UdpNetwork::resolve(std::string_view host) {
    if (host.empty() || host.find('\0') != std::string_view::npos) {
        return Error{ErrorCode::unknown_host, "(-2) Name or service not known"};
    }
    const std::string name(host);
    Result<IpAddress> address = resolve_as(name, AF_INET);
    if (address) return address;
    return resolve_as(name, AF_INET6);
}

std::vector<uri::NetworkInterface> UdpNetwork::interfaces() {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return {};
    const std::unique_ptr<ifaddrs, FreeAddresses> owned(list);
    std::vector<uri::NetworkInterface> found;
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (!is_internet(entry->ifa_addr)) continue;
        found.push_back({.name = entry->ifa_name,
                         .index = ::if_nametoindex(entry->ifa_name),
                         .address = ip_of(*entry->ifa_addr),
                         .prefix_length = prefix_length_of(*entry),
                         .is_up = (entry->ifa_flags & IFF_UP) != 0,
                         .is_loopback = (entry->ifa_flags & IFF_LOOPBACK) != 0,
                         .is_multicast_capable = (entry->ifa_flags & IFF_MULTICAST) != 0});
    }
    return found;
}

}  // namespace tern::platform

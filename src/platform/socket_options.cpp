#include "tern/platform/socket_options.hpp"

#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "tern/platform/socket_address.hpp"

// Headers of the C library may be older than the kernel.
#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif

#include <linux/net_tstamp.h>

namespace tern::platform {
namespace {

using driver::SocketSpec;

// What an operator can do about it; empty where nothing better is known than the system's text.
std::string_view remedy_of(std::string_view call, int error) {
    const bool binds = call == "bind";
    const bool joins = call == "join" || call == "set the multicast interface";
    if (binds && error == EADDRINUSE) {
        return "another process or another channel has this port; choose another one, or see who "
               "has it with 'ss -ulnp'";
    }
    if (binds && error == EADDRNOTAVAIL) {
        return "no interface of this machine has this address; 'ip address' shows those that there "
               "are";
    }
    if (binds && error == EACCES)
        return "this port is for privileged processes; choose a higher one";
    if (joins && (error == ENODEV || error == EADDRNOTAVAIL)) {
        return "there is no such interface; name another one with interface= in the channel";
    }
    if (joins && error == ENOBUFS) {
        return "too many groups on one socket; raise net.ipv4.igmp_max_memberships";
    }
    if (call == "connect" && (error == ENETUNREACH || error == EHOSTUNREACH)) {
        return "there is no route to it; check the address, and that the interface is up";
    }
    if (call == "connect" && error == EINVAL) {
        return "it cannot be reached from the address that the socket is bound to; check control= "
               "and interface= of the channel";
    }
    if (error == EAFNOSUPPORT) {
        return call == "open a socket" ? "this machine has no network of this family"
                                       : "IPv4 and IPv6 do not mix in one channel";
    }
    if (error == EMFILE || error == ENFILE) return "too many open files; raise 'ulimit -n'";
    return {};
}

Error failure(std::string_view call, const std::string& object, int error) {
    std::string text = "failed to " + std::string(call) + "(" + object + "): " + system_text(error);
    const std::string_view remedy = remedy_of(call, error);
    if (!remedy.empty()) text += ": " + std::string(remedy);
    return {ErrorCode::generic_error, std::move(text)};
}

// Sets options until one fails, and remembers that.
class Setup {
  public:
    explicit Setup(int socket) : socket_(socket) {}

    template <typename T>
    void set(std::string_view what, int level, int name, const T& value,
             const std::string& object) {
        if (error_ || ::setsockopt(socket_, level, name, &value, sizeof value) == 0) return;
        error_ = failure(what, object, errno);
    }
    void set(int level, int name, int value, const char* text) {
        set("set", level, name, value, std::string(text) + "=" + std::to_string(value));
    }
    // Of an option that older systems do not have.
    void try_set(int level, int name, int value, const char* text) {
        if (error_ || ::setsockopt(socket_, level, name, &value, sizeof value) == 0) return;
        if (errno == ENOPROTOOPT) return;
        error_ = failure("set", text, errno);
    }
    void bind(const SocketAddress& to, unsigned scope) {
        OsSocketAddress os;
        const socklen_t length = to_os(to, scope, os);
        if (error_ || ::bind(socket_, &os.any, length) == 0) return;
        error_ = failure("bind", std::to_string(socket_) + ", " + to.text(), errno);
    }
    void connect(const SocketAddress& peer, unsigned scope) {
        if (error_) return;
        if (auto connected = connect_socket(socket_, peer, scope); !connected) {
            error_ = std::move(connected).error();
        }
    }
    std::optional<Error>& error() { return error_; }

  private:
    int socket_;
    std::optional<Error> error_;
};

bool is_ipv6(const SocketSpec& spec) { return spec.family == AddressFamily::ipv6; }

void set_sharing(Setup& setup, const SocketSpec& spec) {
    if (!spec.shares_port) return;
    setup.set(SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
    setup.set(SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT");
    if (is_ipv6(spec)) {
        setup.try_set(IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0, "IPV6_MULTICAST_ALL=0");
    } else {
        setup.try_set(IPPROTO_IP, IP_MULTICAST_ALL, 0, "IP_MULTICAST_ALL=0");
    }
}

void set_traffic_class(Setup& setup, const SocketSpec& spec) {
    if (spec.traffic_class < 0) return;
    if (is_ipv6(spec)) {
        setup.set(IPPROTO_IPV6, IPV6_TCLASS, spec.traffic_class, "IPV6_TCLASS");
    } else {
        setup.set(IPPROTO_IP, IP_TOS, spec.traffic_class, "IP_TOS");
    }
}

// Before bind, so that nothing arrives that finds the buffer of the system's default.
void set_buffers(Setup& setup, const SocketSpec& spec) {
    const auto bounded = [](std::int64_t length) {
        return static_cast<int>(std::min<std::int64_t>(length, INT32_MAX));
    };
    if (spec.receive_buffer > 0) {
        setup.set(SOL_SOCKET, SO_RCVBUF, bounded(spec.receive_buffer), "SO_RCVBUF");
    }
    if (spec.send_buffer > 0) {
        setup.set(SOL_SOCKET, SO_SNDBUF, bounded(spec.send_buffer), "SO_SNDBUF");
    }
}

void join(Setup& setup, const SocketSpec& spec) {
    if (!spec.join) return;
    const std::string on = spec.multicast_interface ? spec.multicast_interface->text() : "any";
    const std::string what = spec.join->text() + " on interface " + on + ", number " +
                             std::to_string(spec.interface_index);
    if (is_ipv6(spec)) {
        const ipv6_mreq group{to_os_ipv6(*spec.join), spec.interface_index};
        setup.set("join", IPPROTO_IPV6, IPV6_JOIN_GROUP, group, what);
    } else {
        ip_mreq group{to_os_ipv4(*spec.join), {}};
        if (spec.multicast_interface) group.imr_interface = to_os_ipv4(*spec.multicast_interface);
        setup.set("join", IPPROTO_IP, IP_ADD_MEMBERSHIP, group, what);
    }
}

void set_multicast_way(Setup& setup, const SocketSpec& spec) {
    constexpr std::string_view kCall = "set the multicast interface";
    if (spec.multicast_interface && is_ipv6(spec)) {
        setup.set(kCall, IPPROTO_IPV6, IPV6_MULTICAST_IF, static_cast<int>(spec.interface_index),
                  "number " + std::to_string(spec.interface_index));
    } else if (spec.multicast_interface) {
        setup.set(kCall, IPPROTO_IP, IP_MULTICAST_IF, to_os_ipv4(*spec.multicast_interface),
                  spec.multicast_interface->text());
    }
    if (spec.multicast_ttl == 0) return;
    if (is_ipv6(spec)) {
        setup.set(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, spec.multicast_ttl, "IPV6_MULTICAST_HOPS");
    } else {
        setup.set(IPPROTO_IP, IP_MULTICAST_TTL, spec.multicast_ttl, "IP_MULTICAST_TTL");
    }
}

void set_kernel_time(Setup& setup, const SocketSpec& spec) {
    if (!spec.wants_kernel_time) return;
    setup.set(SOL_SOCKET, SO_TIMESTAMPNS, 1, "SO_TIMESTAMPNS");
    setup.try_set(SOL_SOCKET, SO_TIMESTAMPING, SOF_TIMESTAMPING_RX_HARDWARE,
                  "SO_TIMESTAMPING=RX_HARDWARE");
}

}  // namespace

std::string system_text(int error) {
    char buffer[256] = "";
    const char* const text = ::strerror_r(error, buffer, sizeof buffer);
    return "(" + std::to_string(error) + ") " + text;
}

int socket_option(int socket, int level, int name) {
    int value = 0;
    socklen_t length = sizeof value;
    return ::getsockopt(socket, level, name, &value, &length) == 0 ? value : 0;
}

SocketAddress local_address_of(int socket) {
    OsSocketAddress os{};
    socklen_t length = sizeof os;
    if (::getsockname(socket, &os.any, &length) != 0) return {};
    return from_os(os);
}

Result<FileDescriptor> open_socket(const SocketSpec& spec) {
    const char* const family = is_ipv6(spec) ? "IPv6, UDP" : "IPv4, UDP";
    FileDescriptor socket(
        ::socket(family_number(spec.family), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) return failure("open a socket", family, errno);

    Setup setup(socket.get());
    set_sharing(setup, spec);
    set_traffic_class(setup, spec);
    set_buffers(setup, spec);
    set_kernel_time(setup, spec);
    const unsigned scope = spec.interface_index;
    // An address of its own from the start: peers and counters are told of it.
    if (spec.bind || !spec.connect) {
        setup.bind(spec.bind.value_or(SocketAddress::wildcard(spec.family)), scope);
    }
    join(setup, spec);
    set_multicast_way(setup, spec);
    if (spec.connect) setup.connect(*spec.connect, scope);
    if (setup.error()) return *std::move(setup.error());
    return socket;
}

Result<void> connect_socket(int socket, const SocketAddress& peer, unsigned scope) {
    // A second connect would keep the source address that the first one chose, and parting from a
    // peer gives up a port that the system chose.
    const SocketAddress before = local_address_of(socket);
    OsSocketAddress os{};
    socklen_t length = sizeof os;
    if (::getpeername(socket, &os.any, &length) == 0) {
        os = {};
        os.any.sa_family = AF_UNSPEC;
        (void)::connect(socket, &os.any, sizeof os.any);
        const SocketAddress parted = local_address_of(socket);
        if (parted.port == 0) {
            length = to_os({parted.ip, before.port}, scope, os);
            if (::bind(socket, &os.any, length) != 0) {
                return failure("bind", std::to_string(socket) + ", " + before.text(), errno);
            }
        }
    }
    length = to_os(peer, scope, os);
    if (::connect(socket, &os.any, length) == 0) return {};
    return failure("connect", local_address_of(socket).text() + " to " + peer.text(), errno);
}

}  // namespace tern::platform

#include "tern/platform/os_udp_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "tern/platform/socket_options.hpp"

namespace tern::platform {
namespace {

// Nothing more for now: a full or an empty buffer, a signal, or the ICMP "port unreachable" of an
// earlier datagram (spec wire-protocol.md 6.6).
bool is_passing(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR || error == ECONNREFUSED;
}

std::int64_t kernel_time_of(msghdr& message) {
    for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr;
         control = CMSG_NXTHDR(&message, control)) {
        if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS) continue;
        timespec time;
        std::memcpy(&time, CMSG_DATA(control), sizeof time);
        return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    }
    return 0;
}

}  // namespace

OsUdpSocket::OsUdpSocket(FileDescriptor socket, const driver::SocketSpec& spec)
    : socket_(std::move(socket)),
      local_(local_address_of(socket_.get())),
      send_buffer_(socket_option(socket_.get(), SOL_SOCKET, SO_SNDBUF)),
      receive_buffer_(socket_option(socket_.get(), SOL_SOCKET, SO_RCVBUF)),
      multicast_ttl_(static_cast<std::uint8_t>(
          spec.family == AddressFamily::ipv6
              ? socket_option(socket_.get(), IPPROTO_IPV6, IPV6_MULTICAST_HOPS)
              : socket_option(socket_.get(), IPPROTO_IP, IP_MULTICAST_TTL))),
      wants_kernel_time_(spec.wants_kernel_time),
      scope_(spec.interface_index),
      unconnected_peer_(spec.unconnected_peer),
      messages_(kMaxBatch),
      slots_(kMaxBatch) {}

Result<std::unique_ptr<OsUdpSocket>> OsUdpSocket::open(const driver::SocketSpec& spec) {
    Result<FileDescriptor> socket = open_socket(spec);
    if (!socket) return std::move(socket).error();
    return std::unique_ptr<OsUdpSocket>(new OsUdpSocket(*std::move(socket), spec));
}

// hot:
driver::SendOutcome OsUdpSocket::send(std::span<const ConstBytes> datagrams) {
    if (unconnected_peer_) return send_to(*unconnected_peer_, datagrams);
    if (datagrams.size() != 1) return send_all(nullptr, 0, datagrams);
    const ConstBytes datagram = datagrams.front();
    if (::send(socket_.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL) >= 0) return {1, 0};
    return {0, is_passing(errno) ? 0 : errno};
}

driver::SendOutcome OsUdpSocket::send_to(const SocketAddress& to,
                                         std::span<const ConstBytes> datagrams) {
    OsSocketAddress os;
    const socklen_t length = to_os(to, scope_, os);
    return send_all(&os, length, datagrams);
}

// A call that took only a part says nothing of the reason, so the rest is offered again.
driver::SendOutcome OsUdpSocket::send_all(OsSocketAddress* to, socklen_t to_length,
                                          std::span<const ConstBytes> datagrams) {
    std::size_t accepted = 0;
    while (accepted < datagrams.size()) {
        const std::size_t count = std::min(datagrams.size() - accepted, kMaxBatch);
        for (std::size_t i = 0; i < count; ++i) {
            const ConstBytes datagram = datagrams[accepted + i];
            slots_[i].bytes = {const_cast<std::byte*>(datagram.data()), datagram.size()};
            messages_[i].msg_hdr = {.msg_name = to,
                                    .msg_namelen = to_length,
                                    .msg_iov = &slots_[i].bytes,
                                    .msg_iovlen = 1};
        }
        const int sent =
            ::sendmmsg(socket_.get(), messages_.data(), static_cast<unsigned>(count), MSG_NOSIGNAL);
        if (sent <= 0) return {accepted, sent == 0 || is_passing(errno) ? 0 : errno};
        accepted += static_cast<std::size_t>(sent);
    }
    return {accepted, 0};
}

void OsUdpSocket::prepare_receive(driver::ReceiveBatch& batch, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        const Bytes buffer = batch.buffer(i);
        Slot& slot = slots_[i];
        slot.bytes = {buffer.data(), buffer.size()};
        messages_[i].msg_hdr = {
            .msg_name = &slot.source,
            .msg_namelen = sizeof slot.source,
            .msg_iov = &slot.bytes,
            .msg_iovlen = 1,
            .msg_control = wants_kernel_time_ ? slot.control : nullptr,
            .msg_controllen = wants_kernel_time_ ? kControlLength : std::size_t{0}};
    }
}

void OsUdpSocket::take(std::size_t index, driver::ReceivedDatagram& datagram) {
    const Slot& slot = slots_[index];
    mmsghdr& message = messages_[index];
    datagram.bytes = Bytes(static_cast<std::byte*>(slot.bytes.iov_base), message.msg_len);
    datagram.source = from_os(slot.source);
    datagram.kernel_time_ns = wants_kernel_time_ ? kernel_time_of(message.msg_hdr) : 0;
    datagram.segment_length = 0;
    if (slot.source.any.sa_family == AF_INET6 && slot.source.ipv6.sin6_scope_id != 0) {
        scope_ = slot.source.ipv6.sin6_scope_id;
    }
}

// hot:
int OsUdpSocket::receive(driver::ReceiveBatch& batch) {
    const std::size_t capacity = std::min(batch.capacity(), kMaxBatch);
    batch.set_count(0);
    prepare_receive(batch, capacity);
    const int received = ::recvmmsg(socket_.get(), messages_.data(),
                                    static_cast<unsigned>(capacity), MSG_DONTWAIT, nullptr);
    if (received < 0) return is_passing(errno) ? 0 : -errno;
    const auto count = static_cast<std::size_t>(received);
    for (std::size_t i = 0; i < count; ++i) take(i, batch.slot(i));
    batch.set_count(count);
    return received;
}

Result<void> OsUdpSocket::connect(const SocketAddress& peer) {
    if (unconnected_peer_) {
        unconnected_peer_ = peer;
        return {};
    }
    return connect_socket(socket_.get(), peer, scope_);
}

}  // namespace tern::platform

#pragma once

/// UdpSocket on a socket of Linux: several datagrams a call, never waiting.

#include <sys/socket.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "tern/driver/media/network.hpp"
#include "tern/platform/file_descriptor.hpp"
#include "tern/platform/socket_address.hpp"

namespace tern::platform {

class OsUdpSocket final : public driver::UdpSocket {
  public:
    static Result<std::unique_ptr<OsUdpSocket>> open(const driver::SocketSpec& spec);

    driver::SendOutcome send(std::span<const ConstBytes> datagrams) override;
    driver::SendOutcome send_to(const SocketAddress& to,
                                std::span<const ConstBytes> datagrams) override;
    int receive(driver::ReceiveBatch& batch) override;
    Result<void> connect(const SocketAddress& peer) override;

    SocketAddress local_address() const override { return local_; }
    std::int32_t send_buffer_length() const override { return send_buffer_; }
    std::int32_t receive_buffer_length() const override { return receive_buffer_; }
    std::uint8_t multicast_ttl() const override { return multicast_ttl_; }

    int descriptor() const { return socket_.get(); }

  private:
    /// Datagrams a system call.
    static constexpr std::size_t kMaxBatch = 64;
    static constexpr std::size_t kControlLength = 128;

    struct Slot {
        iovec bytes;
        OsSocketAddress source;
        alignas(cmsghdr) std::byte control[kControlLength];
    };

    OsUdpSocket(FileDescriptor socket, const driver::SocketSpec& spec);
    driver::SendOutcome send_all(OsSocketAddress* to, socklen_t to_length,
                                 std::span<const ConstBytes> datagrams);
    void prepare_receive(driver::ReceiveBatch& batch, std::size_t count);
    void take(std::size_t index, driver::ReceivedDatagram& datagram);

    FileDescriptor socket_;
    SocketAddress local_;
    std::int32_t send_buffer_;
    std::int32_t receive_buffer_;
    std::uint8_t multicast_ttl_;
    bool wants_kernel_time_;
    unsigned scope_;  // of addresses that need one: what the channel says, or the last that came
    std::optional<SocketAddress> unconnected_peer_;
    std::vector<mmsghdr> messages_;
    std::vector<Slot> slots_;
};

}  // namespace tern::platform

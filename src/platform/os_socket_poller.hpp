#pragma once

/// SocketPoller on Linux: a few sockets are simply all tried, of many epoll says which are ready.

#include <sys/epoll.h>

#include <vector>

#include "tern/driver/media/udp_socket.hpp"
#include "tern/platform/file_descriptor.hpp"

namespace tern::platform {

class OsSocketPoller final : public driver::SocketPoller {
  public:
    /// Up to so many sockets are all tried.
    explicit OsSocketPoller(std::size_t iteration_threshold);

    void add(driver::UdpSocket& socket, void* token) override;
    void remove(driver::UdpSocket& socket) override;
    std::span<void* const> poll() override;

  private:
    FileDescriptor epoll_;
    std::size_t threshold_;
    std::vector<driver::UdpSocket*> sockets_;
    std::vector<void*> tokens_;  // at the index of its socket
    std::vector<epoll_event> events_;
    std::vector<void*> ready_;
    bool can_ask_;  // false where the system refused: then all are tried
};

}  // namespace tern::platform

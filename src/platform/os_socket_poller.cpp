#include "tern/platform/os_socket_poller.hpp"

#include <algorithm>
#include <cerrno>

#include "tern/base/assert.hpp"
#include "tern/platform/os_udp_socket.hpp"

namespace tern::platform {

OsSocketPoller::OsSocketPoller(std::size_t iteration_threshold)
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      threshold_(iteration_threshold),
      can_ask_(static_cast<bool>(epoll_)) {}

void OsSocketPoller::add(driver::UdpSocket& socket, void* token) {
    sockets_.push_back(&socket);
    tokens_.push_back(token);
    ready_.reserve(tokens_.size());
    events_.resize(tokens_.size());
    epoll_event event{.events = EPOLLIN, .data = {.ptr = token}};
    const int descriptor = static_cast<OsUdpSocket&>(socket).descriptor();
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) can_ask_ = false;
}

void OsSocketPoller::remove(driver::UdpSocket& socket) {
    const auto found = std::find(sockets_.begin(), sockets_.end(), &socket);
    if (found == sockets_.end()) return;
    tokens_.erase(tokens_.begin() + (found - sockets_.begin()));
    sockets_.erase(found);
    const int descriptor = static_cast<OsUdpSocket&>(socket).descriptor();
    (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
}

// hot: epoll takes turns among the ready, and there is room for all of them.
std::span<void* const> OsSocketPoller::poll() {
    if (tokens_.size() <= threshold_ || !can_ask_) return tokens_;
    ready_.clear();
    const int count =
        ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), 0);
    for (int i = 0; i < count; ++i) {
        ready_.push_back(events_[static_cast<std::size_t>(i)].data.ptr);
    }
    return ready_;
}

}  // namespace tern::platform

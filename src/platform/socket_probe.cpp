#include "tern/platform/socket_probe.hpp"

#include <sys/socket.h>

#include "tern/platform/file_descriptor.hpp"

namespace tern::platform {
namespace {

std::int32_t option_of(const FileDescriptor& socket, int option) {
    int value = 0;
    socklen_t length = sizeof value;
    return ::getsockopt(socket.get(), SOL_SOCKET, option, &value, &length) == 0 ? value : 0;
}

}  // namespace

driver::SocketBufferDefaults probe_socket_buffers() {
    const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return {};
    return {.send = option_of(socket, SO_SNDBUF), .receive = option_of(socket, SO_RCVBUF)};
}

}  // namespace tern::platform

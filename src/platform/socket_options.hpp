#pragma once

/// Opens a socket as spec wire-protocol.md 6.3 wants it, and says in words why that failed.

#include <cstdint>
#include <string>

#include "tern/driver/media/network.hpp"
#include "tern/platform/file_descriptor.hpp"

namespace tern::platform {

/// Bound, joined and connected as it says. Errors: generic_error.
Result<FileDescriptor> open_socket(const driver::SocketSpec& spec);
/// The address of the peer from now on. A socket that has a peer already keeps its port.
Result<void> connect_socket(int socket, const SocketAddress& peer, unsigned scope);

/// An integer option, or 0 where the system does not have it.
int socket_option(int socket, int level, int name);
SocketAddress local_address_of(int socket);

/// "(98) Address already in use"
std::string system_text(int error);

}  // namespace tern::platform

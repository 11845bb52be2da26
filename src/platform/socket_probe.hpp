#pragma once

/// What the operating system gives sockets by default.

#include "tern/driver/driver_context.hpp"

namespace tern::platform {

/// Asks a socket that is opened for this and closed again; zeros where there is none to be had.
driver::SocketBufferDefaults probe_socket_buffers();

}  // namespace tern::platform

#pragma once

/// Whether the system's socket buffers suffice for what the driver is set to (spec
/// driver-config.md 5.1, check 6 of its start). Pure.

#include <string>
#include <vector>

#include "tern/driver/media/network.hpp"
#include "tern/driver/settings.hpp"

namespace tern::driver {

/// Warnings about lengths that are set and that the system does not grant. Errors: generic_error,
/// "MTU greater than socket SO_SNDBUF, ..." and "Window length greater than socket SO_RCVBUF, ...".
/// Nothing is said about a length that is not known.
Result<std::vector<std::string>> check_socket_buffers(const SocketBufferLimits& limits,
                                                      const Settings& settings);

}  // namespace tern::driver

#pragma once

/// What a process knows about itself: its user, its id, its variables, and where the driver's
/// directory is by default. Nothing here changes the process.

#include <cstdint>
#include <map>
#include <string>

namespace tern::platform {

/// The variables of the environment at this moment. Not to be called while another thread changes
/// them.
std::map<std::string, std::string> environment();

/// $USER, or the name of the real user id, or "default" (spec driver-config.md 6.1): what drivers
/// and clients put into the name of the default directory, so that they meet.
std::string user_name();

/// /dev/shm/aeron-<user> on Linux, <TMPDIR or /tmp>/aeron-<user> elsewhere.
std::string default_directory();

/// An absolute form of the path: relative to the current directory where it is not absolute
/// already. Follows no link and asks for nothing to exist.
std::string absolute_path(const std::string& path);

std::int64_t process_id();

}  // namespace tern::platform

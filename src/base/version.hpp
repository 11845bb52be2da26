#pragma once

/// What this software calls itself: in the driver's system counters, in the label of a client's
/// heartbeat counter, and where a program is asked for its version.

#include <cstdint>
#include <string_view>

namespace tern {

/// A version in one number, as Aeron composes it; each part is 0 to 255.
constexpr std::int32_t compose_version(int major, int minor, int patch) {
    return (major << 16) | (minor << 8) | patch;
}

/// "0.1.0": the version of the CMake project.
std::string_view version_text();
std::int32_t version_number();
/// A short source revision, or "unknown" where the sources are not a git checkout.
std::string_view revision_text();

}  // namespace tern

#pragma once

/// The ranges of lengths that both the driver's settings and a channel may give.

#include <cstdint>
#include <optional>
#include <string>

namespace tern::uri {

inline constexpr std::int64_t kFrameAlignment = 32;
inline constexpr std::int64_t kDataHeaderLength = 32;
inline constexpr std::int64_t kMaxMtuLength = 65504;
inline constexpr std::int64_t kMinTermLength = 64 * 1024;
inline constexpr std::int64_t kMaxTermLength = 1024 * 1024 * 1024;
inline constexpr std::int64_t kMaxResendLimit = 256;
inline constexpr std::int64_t kNoTag = -1;

/// What is wrong with a length, in the words of Aeron's C driver; nullopt if nothing is.
std::optional<std::string> mtu_fault(std::int64_t length);
std::optional<std::string> term_length_fault(std::int64_t length);

}  // namespace tern::uri

#pragma once

/// The channels, and the lengths of a smallest term, that tests of senders and receivers speak of.

#include <cstdint>

#include "tern/logbuffer/position.hpp"

namespace tern::driver {

inline constexpr const char* kUnicast = "aeron:udp?endpoint=127.0.0.1:40123";
inline constexpr const char* kMulticast = "aeron:udp?endpoint=224.0.1.1:40456|interface=127.0.0.1";
inline constexpr const char* kControlled =
    "aeron:udp?endpoint=127.0.0.1:0|control=127.0.0.1:40130|control-mode=dynamic";
inline constexpr std::int32_t kTerm = kTermMinLength;
inline constexpr std::int32_t kHalf = kTerm / 2;

}  // namespace tern::driver

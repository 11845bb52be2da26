#pragma once

/// The times of the duty cycle that is running. One agent writes it at the start of its cycle;
/// everything that runs on the agent's thread reads it.

#include "tern/base/clock.hpp"

namespace tern::driver {

struct CachedTime {
    Nanos now{0};     // monotonic
    Millis epoch{0};  // wall clock, refreshed at most once per millisecond
};

}  // namespace tern::driver

#pragma once

/// Time and randomness of the operating system.

#include <memory>

#include "tern/base/clock.hpp"
#include "tern/base/random.hpp"

namespace tern::platform {

/// CLOCK_MONOTONIC and CLOCK_REALTIME. No state: any thread may use it.
class SystemClock final : public Clock {
  public:
    Nanos now() override;
    Millis epoch_now() override;
};

/// A generator seeded from the system's entropy. One thread at a time.
SeededRandom system_random();

}  // namespace tern::platform

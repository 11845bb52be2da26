#pragma once

/// Time comes in from outside: logic takes `now`, threads own a Clock. src/platform/ implements it
/// on the operating system's clocks; tests and the simulator use ManualClock.

#include <chrono>
#include <cstdint>

namespace tern {

using Nanos = std::chrono::nanoseconds;    // a duration, or a point on the monotonic clock
using Millis = std::chrono::milliseconds;  // a duration, or a point on the wall clock since 1970

inline constexpr Nanos kNever = Nanos::max();   // a deadline that never comes
inline constexpr Nanos kLongestTimeout = kNever / 2;   // one may be added to a time

class Clock {
  public:
    virtual ~Clock() = default;
    virtual Nanos now() = 0;          // monotonic
    virtual Millis epoch_now() = 0;   // wall clock, milliseconds since 1970
};

/// A clock that stands still until it is told to move. Moving it moves both of its times.
class ManualClock final : public Clock {
  public:
    explicit ManualClock(Nanos start = std::chrono::seconds{1},
                         Millis epoch = Millis{1'700'000'000'000})
        : now_(start), epoch_(epoch) {}
    Nanos now() override { return now_; }
    Millis epoch_now() override { return std::chrono::duration_cast<Millis>(epoch_); }
    void advance(Nanos by) { now_ += by; epoch_ += by; }

  private:
    Nanos now_;
    Nanos epoch_;
};

}  // namespace tern

#pragma once

/// Lets a few reports a second pass, so that a storm of failures or of hostile frames does not
/// become a storm of error texts. One thread.

#include "tern/base/clock.hpp"

namespace tern::driver {

class ReportCap {
  public:
    static constexpr int kPerSecond = 4;

    explicit ReportCap(int per_second = kPerSecond) : per_second_(per_second) {}

    // hot:
    bool allows(Nanos now) {
        if (now - second_ >= Nanos{1'000'000'000}) {
            second_ = now;
            passed_ = 0;
        }
        if (passed_ == per_second_) return false;
        ++passed_;
        return true;
    }

  private:
    int per_second_;
    Nanos second_{0};  // when the current second began
    int passed_ = 0;
};

}  // namespace tern::driver

#pragma once

/// Where an agent reports what it can tell nobody else: every error goes to the distinct error log
/// of cnc.dat and is counted in the system counter "Errors". One sink an agent, because each has
/// its own time; the log and the counter behind it may be shared.

#include <string_view>

#include "tern/base/error.hpp"
#include "tern/driver/cached_time.hpp"
#include "tern/shm/counters.hpp"
#include "tern/shm/distinct_error_log.hpp"

namespace tern::driver {

class ErrorSink {
  public:
    ErrorSink(DistinctErrorLog& log, Counter errors, const CachedTime& time)
        : log_(log), errors_(errors), time_(time) {}

    /// A log that is full takes no new text, but the counter still tells that something happened.
    void report(ErrorCode code, std::string_view text) {
        log_.record(code, text, time_.epoch);
        errors_.increment();
    }
    void report(const Error& error) { report(error.code, error.text); }

  private:
    DistinctErrorLog& log_;
    Counter errors_;
    const CachedTime& time_;
};

}  // namespace tern::driver

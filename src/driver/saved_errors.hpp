#pragma once

/// The error log of a driver that is gone, as text (spec driver-config.md, 6.3).

#include <string>

#include "tern/base/bytes.hpp"
#include "tern/base/clock.hpp"

namespace tern::driver {

/// Local time: "2026-01-31 09:05:07.042+0100".
std::string date_text(Millis epoch);

struct SavedErrors {
    int distinct = 0;
    std::string text;  // each error with how often and when, and how many there were
};
SavedErrors describe_errors(ConstBytes error_log);

}  // namespace tern::driver

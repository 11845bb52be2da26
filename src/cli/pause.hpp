#pragma once

/// Waiting in a program that a signal may ask to stop.

#include "tern/base/clock.hpp"

namespace tern::cli {

/// Waits for so long; false at once where a signal asked for the end (platform/signals.hpp).
bool pause_unless_stopped(Nanos period);

}  // namespace tern::cli

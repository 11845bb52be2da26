#pragma once

/// A DriverReport (stream_report.hpp) as text for people and as JSON for programs.

#include <string>

#include "tern/cli/output.hpp"
#include "tern/cli/stream_report.hpp"

namespace tern::cli {

std::string text_of_report(const DriverReport& report);

/// Adds `streams`, `clients`, `channels` and `system`.
void add_report(Json& json, const DriverReport& report);

}  // namespace tern::cli

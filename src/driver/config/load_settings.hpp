#pragma once

/// From texts to Settings. A text that cannot be read, or lies outside of its range, is a warning,
/// and the default or the nearest limit is used, as Aeron's C driver does; with tern.config.strict
/// it is an error. What Aeron's driver refuses to start with is an error in any case (spec
/// driver-config.md, 2.3).

#include <string>
#include <vector>

#include "tern/driver/config/config_values.hpp"
#include "tern/driver/settings.hpp"

namespace tern::driver {

struct LoadedSettings {
    Settings settings;                  // not yet validated
    std::vector<std::string> warnings;  // one line each, "WARNING: ..."
};

/// Reads every setting that `values` has over `defaults`.
Result<LoadedSettings> load_settings(const ConfigValues& values, const Settings& defaults = {});

}  // namespace tern::driver

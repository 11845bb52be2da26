#pragma once

/// The command line of the stand-alone driver.

#include <map>
#include <string>
#include <vector>

#include "tern/base/error.hpp"
#include "tern/driver/config/config_values.hpp"
#include "tern/driver/config/load_settings.hpp"
#include "tern/shm/file_system.hpp"

namespace tern::runtime {

struct DriverOptions {
    enum class Action { run, help, version } action = Action::run;
    std::vector<std::string> defines;  // -Dname=value without the -D, in order; --dir is one
    std::vector<std::string> files;    // properties files, in order
};

/// An error is one of usage: a wrong option, with what would be right.
Result<DriverOptions> parse_driver_options(const std::vector<std::string>& arguments);

/// The environment, then the -D options over it, then the files over those. An error names its
/// source.
Result<driver::LoadedSettings> load_driver_settings(
    const DriverOptions& options, const std::map<std::string, std::string>& environment,
    FileSystem& files);

/// The text of --help.
std::string driver_help(const std::string& program);

}  // namespace tern::runtime

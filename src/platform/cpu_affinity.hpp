#pragma once

/// Which processors the driver's threads are bound to, and whether that is wise (spec
/// driver-config.md, section 9): indices into the control group's processors are resolved, and the
/// machine's topology is looked at.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tern/base/error.hpp"
#include "tern/driver/config/dump.hpp"
#include "tern/driver/settings.hpp"

namespace tern::platform {

/// Where the kernel tells about processors. Tests lay out a tree of their own.
struct CpuFiles {
    std::string devices = "/sys/devices/system/cpu";
    std::string control_groups = "/sys/fs/cgroup";
    std::string own_group = "/proc/self/cgroup";
};

/// "0-3,8" as numbers in rising order; an error names what cannot be read.
Result<std::vector<int>> parse_cpu_list(std::string_view text);
std::string format_cpu_list(const std::vector<int>& cpus);

/// The processor for each agent; -1 for those that are not bound. Warnings go to `warn`, line by
/// line; with aeron.thread.affinity.fail.on.validation.errors any warning is an error. Looks at
/// nothing where nothing is bound and no index is to be resolved.
Result<driver::ResolvedAffinity> resolve_affinity(const driver::Settings& settings,
                                                  const std::function<void(std::string_view)>& warn,
                                                  const CpuFiles& files = {});

}  // namespace tern::platform

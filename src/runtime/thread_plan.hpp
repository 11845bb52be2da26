#pragma once

/// Which agents run together, for each threading mode (spec driver-config.md, section 7).

#include <string>
#include <vector>

#include "tern/base/idle_strategy.hpp"
#include "tern/driver/settings.hpp"

namespace tern::runtime {

enum class Role { conductor, sender, receiver };

struct PlannedThread {
    std::string name;         // the role's name, as the thread naming has it
    std::vector<Role> roles;  // in the order of a duty cycle
    IdleOptions idle;
    std::int32_t cpu = -1;  // that of the settings; -1: any
};

/// The threads of a mode, in the order in which they are stopped: the conductor's last. In INVOKER
/// it is one, which the caller runs.
std::vector<PlannedThread> plan_threads(const driver::Settings& settings);

}  // namespace tern::runtime

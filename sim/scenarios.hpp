#pragma once

/// Hard cases that are run each time, beside what chance finds: the charts of spec wire-protocol.md
/// section 8, and what has gone wrong before.

#include <vector>

#include "plan.hpp"

namespace tern::sim {

std::vector<Plan> hard_scenarios();

}  // namespace tern::sim

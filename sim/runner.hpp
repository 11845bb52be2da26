#pragma once

/// Runs plans, and says what came of them.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plan.hpp"

namespace tern::sim {

struct Outcome {
    std::uint64_t seed = 0;
    std::uint64_t digest = 0;  // equal for equal runs
    Nanos simulated{0};
    std::uint64_t steps = 0;
    std::uint64_t messages = 0;
    std::uint64_t deaths_in_midst = 0;  // between two writes
    std::optional<std::string> violation;
    std::string report;  // of a violation: plan, last events, state
};

Outcome run_plan(const Plan& plan);

/// Coverage marks that this process has not reached so far, sorted.
std::vector<std::string> marks_never_reached();
std::size_t mark_count();

}  // namespace tern::sim

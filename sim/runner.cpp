#include "runner.hpp"

#include <algorithm>

#include "tern/base/coverage_mark.hpp"
#include "world.hpp"

namespace tern::sim {
namespace {

std::string report_of(const Plan& plan, const World& world, const std::string& violation) {
    std::string report = describe(plan);
    report += "last events:\n";
    for (const std::string& line : world.trace().lines()) report += "  " + line + "\n";
    report += "at the end, " + std::to_string(world.now().count()) + ":\n" + world.state();
    report += "violation: " + violation + "\n";
    return report;
}

}  // namespace

Outcome run_plan(const Plan& plan) {
    World world(plan);
    const Nanos started = world.now();
    Outcome outcome{.seed = plan.seed};
    try {
        world.run();
    } catch (const Violation& violation) {
        outcome.violation = violation.what();
        outcome.report = report_of(plan, world, violation.what());
    }
    outcome.digest = world.trace().digest();
    outcome.simulated = world.now() - started;
    outcome.steps = world.steps();
    outcome.messages = world.messages_received();
    outcome.deaths_in_midst = world.deaths_in_midst();
    return outcome;
}

std::vector<std::string> marks_never_reached() {
    std::vector<std::string> names;
    CoverageMark::for_each([&](const CoverageMark& mark) {
        if (!mark.was_reached()) names.emplace_back(mark.name());
    });
    std::ranges::sort(names);
    return names;
}

std::size_t mark_count() {
    std::size_t count = 0;
    CoverageMark::for_each([&](const CoverageMark&) { ++count; });
    return count;
}

}  // namespace tern::sim

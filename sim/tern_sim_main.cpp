/// tern-sim: whole drivers and clients on virtual time, from one seed.

#include <CLI/CLI.hpp>
#include <ctime>
#include <iostream>

#include "runner.hpp"
#include "scenarios.hpp"

namespace tern::sim {
namespace {

struct Options {
    std::optional<std::uint64_t> seed;
    std::string seeds;
    bool until_failure = false;
    std::string scenario;
    bool lists_scenarios = false;
    bool is_verbose = false;
};

struct Totals {
    std::uint64_t runs = 0;
    std::uint64_t messages = 0;
    std::uint64_t steps = 0;
    std::uint64_t deaths_in_midst = 0;
    Nanos simulated{0};
};

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// False where it found something.
bool run_one(const Plan& plan, const std::string& how_to_repeat, bool is_verbose, Totals& totals) {
    if (is_verbose) std::cout << describe(plan) << std::flush;
    const Outcome outcome = run_plan(plan);
    ++totals.runs;
    totals.messages += outcome.messages;
    totals.steps += outcome.steps;
    totals.deaths_in_midst += outcome.deaths_in_midst;
    totals.simulated += outcome.simulated;
    if (is_verbose)
        std::cout << "digest " << std::hex << outcome.digest << std::dec << ", " << outcome.messages
                  << " messages, " << outcome.steps << " steps\n";
    if (!outcome.violation) return true;
    std::cout << outcome.report << "repeat it with: " << how_to_repeat << "\n";
    return false;
}

void print_summary(const Totals& totals, double cpu) {
    const double simulated = std::chrono::duration<double>(totals.simulated).count();
    std::cout << totals.runs << " runs, " << totals.messages << " messages received, "
              << totals.steps << " steps, " << totals.deaths_in_midst
              << " deaths between two writes, " << static_cast<std::uint64_t>(simulated)
              << " simulated seconds in " << static_cast<std::uint64_t>(cpu) << " CPU seconds ("
              << static_cast<std::uint64_t>(simulated / std::max(cpu, 0.001))
              << " per CPU second)\n";
    const std::vector<std::string> missed = marks_never_reached();
    std::cout << "marks reached: " << mark_count() - missed.size() << " of " << mark_count()
              << "\n";
    if (missed.empty()) return;
    std::cout << "never reached:";
    for (const std::string& name : missed) std::cout << " " << name;
    std::cout << "\n";
}

/// "A..B", both included.
std::optional<std::pair<std::uint64_t, std::uint64_t>> parse_range(const std::string& text) {
    const std::size_t dots = text.find("..");
    if (dots == text.npos) return std::nullopt;
    try {
        const std::pair<std::uint64_t, std::uint64_t> range{std::stoull(text.substr(0, dots)),
                                                            std::stoull(text.substr(dots + 2))};
        if (range.first > range.second) return std::nullopt;
        return range;
    } catch (const std::exception&) { return std::nullopt; }
}

bool run_seeds(std::uint64_t first, std::uint64_t last, bool is_verbose, Totals& totals) {
    for (std::uint64_t seed = first;; ++seed) {
        if (!run_one(draw_plan(seed), "tern-sim --seed " + std::to_string(seed), is_verbose,
                     totals))
            return false;
        if (seed == last) return true;
    }
}

bool run_scenarios(const std::string& only, bool is_verbose, Totals& totals) {
    bool is_fine = true;
    for (const Plan& plan : hard_scenarios()) {
        if (!only.empty() && plan.name != only) continue;
        is_fine = run_one(plan, "tern-sim --scenario " + plan.name, is_verbose, totals) && is_fine;
    }
    return is_fine;
}

int run(const Options& options) {
    if (options.lists_scenarios) {
        for (const Plan& plan : hard_scenarios()) std::cout << plan.name << "\n";
        return 0;
    }
    Totals totals;
    const double started = cpu_seconds();
    bool is_fine = true;
    if (options.seed) {
        is_fine = run_seeds(*options.seed, *options.seed, true, totals);
    } else if (!options.seeds.empty()) {
        const auto range = parse_range(options.seeds);
        if (!range) {
            std::cerr << "tern-sim: '" << options.seeds
                      << "' is no range of seeds; write it as 1..1000\n";
            return 2;
        }
        is_fine = run_seeds(range->first, range->second, options.is_verbose, totals);
    } else if (options.until_failure) {
        is_fine = run_seeds(static_cast<std::uint64_t>(std::time(nullptr)) * 1'000'000, UINT64_MAX,
                            options.is_verbose, totals);
    } else {
        const bool is_named = options.scenario != "all" && !options.scenario.empty();
        is_fine = run_scenarios(is_named ? options.scenario : "", options.is_verbose, totals);
        if (totals.runs == 0) {
            std::cerr << "tern-sim: there is no scenario '" << options.scenario
                      << "'; see tern-sim --list\n";
            return 2;
        }
    }
    print_summary(totals, cpu_seconds() - started);
    return is_fine ? 0 : 1;
}

}  // namespace
}  // namespace tern::sim

int main(int argc, char** argv) {
    CLI::App app{
        "Runs whole drivers and clients on virtual time, with faults of the network, crashes and\n"
        "pauses drawn from a seed, and checks after each step that nothing is lost or wrong.\n"
        "Without options: the hard scenarios. Exit status: 0 nothing found, 1 a violation (all "
        "that\n"
        "is needed to repeat it is printed), 2 wrong usage."};
    tern::sim::Options options;
    app.add_option("--seed", options.seed, "run this seed, and say what it is made of");
    app.add_option("--seeds", options.seeds, "run a range of seeds: 1..1000");
    app.add_flag("--until-failure", options.until_failure, "run fresh seeds until one fails");
    app.add_option("--scenario", options.scenario, "run one hard scenario, or all");
    app.add_flag("--list", options.lists_scenarios, "name the hard scenarios");
    app.add_flag("--verbose,-v", options.is_verbose, "say what each run is made of");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) { return app.exit(error) == 0 ? 0 : 2; }
    return tern::sim::run(options);
}

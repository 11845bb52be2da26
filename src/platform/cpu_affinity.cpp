#include "tern/platform/cpu_affinity.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <sstream>

#include "tern/base/value_parser.hpp"

namespace tern::platform {
namespace {

constexpr int kMostCpus = 64 * 1024;

Error refused(std::string text) { return {ErrorCode::generic_error, std::move(text)}; }

/// The first line of a small file; nullopt where there is none.
std::optional<std::string> first_line(const std::string& path) {
    std::ifstream file{path};
    std::string line;
    if (!std::getline(file, line)) return std::nullopt;
    return line;
}

/// The list that a file holds; empty where it is missing or damaged.
std::vector<int> list_in(const std::string& path) {
    auto line = first_line(path);
    if (!line) return {};
    auto cpus = parse_cpu_list(*line);
    return cpus ? *std::move(cpus) : std::vector<int>{};
}

bool contains(const std::vector<int>& cpus, int cpu) {
    return std::find(cpus.begin(), cpus.end(), cpu) != cpus.end();
}

class Topology {
  public:
    explicit Topology(const CpuFiles& files) : devices_(files.devices) {}

    bool is_known() const { return first_line(devices_ + "/online").has_value(); }
    std::vector<int> core_of(int cpu) const {
        auto siblings = list_in(at(cpu) + "/topology/core_cpus_list");
        return siblings.empty() ? list_in(at(cpu) + "/topology/thread_siblings_list") : siblings;
    }
    std::vector<int> die_of(int cpu) const {
        auto peers = list_in(at(cpu) + "/topology/die_cpus_list");
        return peers.empty() ? list_in(at(cpu) + "/topology/core_siblings_list") : peers;
    }
    std::vector<int> cache_peers_of(int cpu) const {
        constexpr int kMostCaches = 16;
        for (int index = 0; index < kMostCaches; ++index) {
            const std::string cache = at(cpu) + "/cache/index" + std::to_string(index);
            auto level = first_line(cache + "/level");
            if (!level) break;
            if (*level == "3") return list_in(cache + "/shared_cpu_list");
        }
        return {};
    }

  private:
    std::string at(int cpu) const { return devices_ + "/cpu" + std::to_string(cpu); }
    std::string devices_;
};

struct Agent {
    const char* name;
    std::int32_t given;
    std::int32_t resolved;
};
using Agents = std::array<Agent, 4>;  // conductor, sender, receiver, native resource agent

Result<std::vector<int>> cpus_of_own_group(const CpuFiles& files) {
    std::ifstream groups{files.own_group};
    std::string line;
    while (std::getline(groups, line)) {
        if (!line.starts_with("0::")) continue;
        const std::string group = line.substr(3);
        const std::string path =
            files.control_groups + (group == "/" ? "" : group) + "/cpuset.cpus.effective";
        auto list = first_line(path);
        if (!list)
            return refused("cannot read the processors of our control group from " + path +
                           ": set aeron.thread.affinity.use.cpuset.offsets=false");
        auto cpus = parse_cpu_list(*list);
        if (!cpus) return std::move(cpus).error().within(path);
        if (cpus->empty()) return refused(path + " names no processor");
        return cpus;
    }
    return refused("cannot find our control group (version 2) in " + files.own_group +
                   ": set aeron.thread.affinity.use.cpuset.offsets=false");
}

class Validation {
  public:
    Validation(const CpuFiles& files, const std::function<void(std::string_view)>& warn)
        : topology_(files),
          warn_(warn) {}

    void look_for_sharing(const Agents& agents) {
        for (std::size_t i = 0; i < agents.size(); ++i) {
            for (std::size_t j = i + 1; j < agents.size(); ++j) {
                if (agents[i].given < 0 || agents[i].given != agents[j].given) continue;
                note("WARN: " + std::string{agents[i].name} + " and " + agents[j].name +
                     " are sharing cpu affinity=" + std::to_string(agents[i].given));
            }
        }
    }
    void look_for_partial_cores(const std::vector<int>& cpus) {
        std::vector<int> told;
        for (int cpu : cpus) {
            for (int sibling : topology_.core_of(cpu)) {
                if (contains(cpus, sibling) || contains(told, sibling)) continue;
                told.push_back(sibling);
                note("WARNING: cpuset is missing sibling CPU(s) " + std::to_string(sibling) +
                     " of the core containing CPU " + std::to_string(cpu) +
                     " (partial core in cpuset)");
            }
        }
    }
    /// Compares every processor with the first.
    void look_for_distance(const std::vector<int>& cpus, const std::string& name,
                           const std::string& config) {
        if (cpus.size() < 2) return;
        const auto apart = [&cpus](const std::vector<int>& peers) {
            return std::any_of(cpus.begin() + 1, cpus.end(), [&](int cpu) {
                return cpu != cpus.front() && !contains(peers, cpu);
            });
        };
        if (apart(topology_.cache_peers_of(cpus.front()))) {
            note("WARNING: " + name + " spans multiple L3 cache domains, configuration: " + config);
        }
        if (apart(topology_.die_of(cpus.front()))) {
            note("WARNING: " + name + " spans multiple CPU dies, configuration: " + config);
        }
    }
    bool topology_is_known() const { return topology_.is_known(); }
    int warnings() const { return warnings_; }

  private:
    void note(const std::string& line) {
        ++warnings_;
        if (warn_) warn_(line);
    }

    Topology topology_;
    const std::function<void(std::string_view)>& warn_;
    int warnings_ = 0;
};

std::string configuration_of(const Agents& agents) {
    const auto [conductor, sender, receiver, helper] = agents;
    const auto text = [](const Agent& agent, const char* separator) {
        return std::to_string(agent.given) + separator + "(" + std::to_string(agent.resolved) + ")";
    };
    return "sender=" + text(sender, " ") + ", receiver= " + text(receiver, "") +
           ", conductor=" + text(conductor, " ") + ", native_resource_agent=" + text(helper, " ");
}

Result<void> resolve_indices(Agents& agents, const std::vector<int>& cpus) {
    for (Agent& agent : agents) {
        if (agent.given < 0) continue;
        const auto index = static_cast<std::size_t>(agent.given);
        if (index >= cpus.size()) {
            return refused(std::string{agent.name} + " affinity " + std::to_string(agent.given) +
                           " must be less than cpuset count " + std::to_string(cpus.size()));
        }
        agent.resolved = cpus[index];
    }
    return {};
}

}  // namespace

Result<std::vector<int>> parse_cpu_list(std::string_view text) {
    std::vector<int> cpus;
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        const std::string_view item = text.substr(0, comma);
        text = comma == text.npos ? std::string_view{} : text.substr(comma + 1);
        const std::size_t dash = item.find('-');
        const auto first = parse_size(item.substr(0, dash));
        const auto last = dash == item.npos ? first : parse_size(item.substr(dash + 1));
        if (!first || !last || *first > *last || *last >= kMostCpus) {
            return refused("not a list of processors such as 0-3,8: " + std::string{item});
        }
        for (auto cpu = *first; cpu <= *last; ++cpu) cpus.push_back(static_cast<int>(cpu));
    }
    std::sort(cpus.begin(), cpus.end());
    cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
    return cpus;
}

std::string format_cpu_list(const std::vector<int>& cpus) {
    std::string text;
    for (std::size_t i = 0; i < cpus.size();) {
        std::size_t end = i;
        while (end + 1 < cpus.size() && cpus[end + 1] == cpus[end] + 1) ++end;
        if (!text.empty()) text.append(",");
        text.append(std::to_string(cpus[i]));
        if (end > i) text.append("-").append(std::to_string(cpus[end]));
        i = end + 1;
    }
    return text;
}

Result<driver::ResolvedAffinity> resolve_affinity(const driver::Settings& settings,
                                                  const std::function<void(std::string_view)>& warn,
                                                  const CpuFiles& files) {
    Agents agents{{{"conductor", settings.conductor_cpu_affinity, settings.conductor_cpu_affinity},
                   {"sender", settings.sender_cpu_affinity, settings.sender_cpu_affinity},
                   {"receiver", settings.receiver_cpu_affinity, settings.receiver_cpu_affinity},
                   {"native_resource_agent", settings.native_resource_agent_cpu_affinity,
                    settings.native_resource_agent_cpu_affinity}}};
    const bool bound = std::any_of(agents.begin(), agents.end(),
                                   [](const Agent& agent) { return agent.given >= 0; });
    if (!bound) return driver::ResolvedAffinity{};

    Validation validation{files, warn};
    validation.look_for_sharing(agents);
    if (settings.use_cpuset_offsets) {
        auto cpus = cpus_of_own_group(files);
        if (!cpus) return std::move(cpus).error();
        if (validation.topology_is_known()) {
            validation.look_for_partial_cores(*cpus);
            validation.look_for_distance(*cpus, "cpuset", format_cpu_list(*cpus));
        }
        if (auto resolved = resolve_indices(agents, *cpus); !resolved)
            return std::move(resolved).error();
    }
    if (validation.topology_is_known()) {
        std::vector<int> used;
        for (const Agent& agent : agents) {
            if (agent.resolved >= 0) used.push_back(agent.resolved);
        }
        validation.look_for_distance(used, "affinity", configuration_of(agents));
    }
    if (settings.fail_on_affinity_validation_errors && validation.warnings() > 0) {
        return refused("cpuset warnings as errors, " + std::to_string(validation.warnings()) +
                       " warnings: correct them, or set "
                       "aeron.thread.affinity.fail.on.validation.errors=false");
    }
    return driver::ResolvedAffinity{agents[0].resolved, agents[1].resolved, agents[2].resolved,
                                    agents[3].resolved};
}

}  // namespace tern::platform

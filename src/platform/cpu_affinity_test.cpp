#include "tern/platform/cpu_affinity.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace tern::platform {
namespace {

namespace fs = std::filesystem;

/// A machine of files: eight processors, two threads a core, two L3 caches and dies of four
/// processors.
class Machine {
  public:
    Machine() {
        std::string name = "/dev/shm/tern-unit-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        root_ = name;
        write("cpu/online", "0-7");
        for (int cpu = 0; cpu < 8; ++cpu) {
            const std::string at = "cpu/cpu" + std::to_string(cpu);
            const int core = cpu / 2 * 2;
            const std::string half = cpu < 4 ? "0-3" : "4-7";
            write(at + "/topology/core_cpus_list",
                  std::to_string(core) + "-" + std::to_string(core + 1));
            write(at + "/topology/die_cpus_list", half);
            write(at + "/cache/index0/level", "1");
            write(at + "/cache/index0/shared_cpu_list", std::to_string(cpu));
            write(at + "/cache/index1/level", "3");
            write(at + "/cache/index1/shared_cpu_list", half);
        }
        write("own", "9:cpu:/old\n0::/services/driver");
        set_cpuset("0-7");
    }
    ~Machine() { fs::remove_all(root_); }
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    void set_cpuset(const std::string& list) {
        write("groups/services/driver/cpuset.cpus.effective", list);
    }
    void remove(const std::string& file) { fs::remove(root_ + "/" + file); }
    CpuFiles files() const { return {root_ + "/cpu", root_ + "/groups", root_ + "/own"}; }

    struct Answer {
        std::string fault;
        driver::ResolvedAffinity resolved;
        std::vector<std::string> warnings;
    };
    Answer resolve(const driver::Settings& settings) const {
        Answer answer;
        auto resolved = resolve_affinity(
            settings, [&](std::string_view line) { answer.warnings.emplace_back(line); }, files());
        if (resolved) {
            answer.resolved = *resolved;
        } else {
            answer.fault = resolved.error().text;
        }
        return answer;
    }

  private:
    void write(const std::string& file, const std::string& text) {
        const fs::path path = root_ + "/" + file;
        fs::create_directories(path.parent_path());
        std::ofstream{path} << text << "\n";
    }
    std::string root_;
};

using Lines = std::vector<std::string>;

TEST(CpuList, is_read_and_written_in_the_form_of_the_kernel) {
    EXPECT_EQ(*parse_cpu_list("0-3,8"), (std::vector<int>{0, 1, 2, 3, 8}));
    EXPECT_EQ(*parse_cpu_list("5"), (std::vector<int>{5}));
    EXPECT_EQ(*parse_cpu_list("8,0-1,1"), (std::vector<int>{0, 1, 8}));
    EXPECT_EQ(format_cpu_list({0, 1, 2, 3, 8}), "0-3,8");
    EXPECT_EQ(format_cpu_list({1, 3}), "1,3");
    for (auto text : {"x", "3-1", "1-", "-1", "1,,2", "99999999"})
        EXPECT_FALSE(parse_cpu_list(text)) << text;
}

TEST(Affinity, looks_at_nothing_where_nothing_is_bound) {
    Machine machine;
    machine.remove("own");
    const auto answer =
        machine.resolve({.use_cpuset_offsets = true, .fail_on_affinity_validation_errors = true});
    EXPECT_EQ(answer.fault, "");
    EXPECT_EQ(answer.resolved.conductor, -1);
}

TEST(Affinity, takes_the_numbers_as_processors) {
    Machine machine;
    const auto answer = machine.resolve(
        {.conductor_cpu_affinity = 0, .sender_cpu_affinity = 2, .receiver_cpu_affinity = 3});
    EXPECT_EQ(answer.fault, "");
    EXPECT_EQ(answer.warnings, Lines{});
    EXPECT_EQ(answer.resolved.conductor, 0);
    EXPECT_EQ(answer.resolved.sender, 2);
    EXPECT_EQ(answer.resolved.receiver, 3);
    EXPECT_EQ(answer.resolved.native_resource_agent, -1);
}

TEST(Affinity, takes_the_numbers_as_indices_into_the_control_group) {
    Machine machine;
    machine.set_cpuset("4-7");
    const auto answer = machine.resolve(
        {.conductor_cpu_affinity = 0, .sender_cpu_affinity = 3, .use_cpuset_offsets = true});
    EXPECT_EQ(answer.fault, "");
    EXPECT_EQ(answer.warnings, Lines{});
    EXPECT_EQ(answer.resolved.conductor, 4);
    EXPECT_EQ(answer.resolved.sender, 7);
    EXPECT_EQ(machine.resolve({.receiver_cpu_affinity = 4, .use_cpuset_offsets = true}).fault,
              "receiver affinity 4 must be less than cpuset count 4");
}

TEST(Affinity, does_not_start_where_the_control_group_cannot_be_read) {
    Machine machine;
    machine.remove("groups/services/driver/cpuset.cpus.effective");
    const auto answer = machine.resolve({.conductor_cpu_affinity = 0, .use_cpuset_offsets = true});
    EXPECT_NE(answer.fault.find("cpuset.cpus.effective"), std::string::npos) << answer.fault;
    EXPECT_NE(answer.fault.find("aeron.thread.affinity.use.cpuset.offsets=false"),
              std::string::npos);
}

TEST(Affinity, warns_of_agents_on_one_processor) {
    Machine machine;
    const auto answer = machine.resolve({.conductor_cpu_affinity = 1,
                                         .sender_cpu_affinity = 2,
                                         .receiver_cpu_affinity = 2,
                                         .native_resource_agent_cpu_affinity = 1});
    EXPECT_EQ(answer.warnings,
              (Lines{"WARN: conductor and native_resource_agent are sharing cpu affinity=1",
                     "WARN: sender and receiver are sharing cpu affinity=2"}));
}

TEST(Affinity, warns_of_distance_between_processors) {
    Machine machine;
    const auto answer = machine.resolve({.conductor_cpu_affinity = 1, .sender_cpu_affinity = 5});
    const std::string config =
        "sender=5 (5), receiver= -1(-1), conductor=1 (1), native_resource_agent=-1 (-1)";
    EXPECT_EQ(answer.warnings,
              (Lines{"WARNING: affinity spans multiple L3 cache domains, configuration: " + config,
                     "WARNING: affinity spans multiple CPU dies, configuration: " + config}));
}

TEST(Affinity, warns_of_a_control_group_that_is_badly_cut) {
    Machine machine;
    machine.set_cpuset("1,4-5");
    const auto answer = machine.resolve({.conductor_cpu_affinity = 1, .use_cpuset_offsets = true});
    EXPECT_EQ(answer.warnings,
              (Lines{"WARNING: cpuset is missing sibling CPU(s) 0 of the core containing CPU 1 "
                     "(partial core in cpuset)",
                     "WARNING: cpuset spans multiple L3 cache domains, configuration: 1,4-5",
                     "WARNING: cpuset spans multiple CPU dies, configuration: 1,4-5"}));
    EXPECT_EQ(answer.resolved.conductor, 4);
}

TEST(Affinity, refuses_what_it_would_warn_of_where_the_setting_says_so) {
    Machine machine;
    const auto answer = machine.resolve({.conductor_cpu_affinity = 1,
                                         .sender_cpu_affinity = 1,
                                         .fail_on_affinity_validation_errors = true});
    EXPECT_EQ(answer.fault.find("cpuset warnings as errors, 1 warnings"), 0u) << answer.fault;
}

TEST(Affinity, skips_the_topology_where_the_system_has_none) {
    Machine machine;
    machine.remove("cpu/online");
    EXPECT_EQ(machine.resolve({.conductor_cpu_affinity = 1, .sender_cpu_affinity = 5}).warnings,
              Lines{});
}

}  // namespace
}  // namespace tern::platform

#include "tern/runtime/thread_plan.hpp"

#include <gtest/gtest.h>

namespace tern::runtime {
namespace {

using driver::Settings;
using driver::ThreadingMode;
using driver::ThreadNaming;

/// "name: roles" for each thread.
std::vector<std::string> names(const Settings& settings) {
    std::vector<std::string> found;
    for (const PlannedThread& thread : plan_threads(settings)) {
        std::string line = thread.name + ":";
        for (Role role : thread.roles) {
            line += role == Role::conductor ? " conductor"
                    : role == Role::sender  ? " sender"
                                            : " receiver";
        }
        found.push_back(line);
    }
    return found;
}
using Lines = std::vector<std::string>;

// driver-config.md 7.1 and 7.2
TEST(ThreadPlan, puts_agents_together_as_the_mode_says) {
    EXPECT_EQ(names({.threading_mode = ThreadingMode::dedicated}),
              (Lines{"sender: sender", "receiver: receiver", "conductor: conductor"}));
    EXPECT_EQ(names({.threading_mode = ThreadingMode::shared_network}),
              (Lines{"[sender, receiver]: sender receiver", "conductor: conductor"}));
    for (auto mode : {ThreadingMode::shared, ThreadingMode::invoker}) {
        EXPECT_EQ(names({.threading_mode = mode}),
                  (Lines{"[conductor, sender, receiver]: sender receiver conductor"}));
    }
}

TEST(ThreadPlan, uses_the_new_names_where_it_is_told_to) {
    const auto modern = [](ThreadingMode mode) {
        return names({.threading_mode = mode, .thread_naming = ThreadNaming::modern});
    };
    EXPECT_EQ(modern(ThreadingMode::dedicated),
              (Lines{"aeron-md-snd: sender", "aeron-md-rcv: receiver", "aeron-md-cnd: conductor"}));
    EXPECT_EQ(modern(ThreadingMode::shared_network),
              (Lines{"aeron-md-net: sender receiver", "aeron-md-cnd: conductor"}));
    EXPECT_EQ(modern(ThreadingMode::shared), (Lines{"aeron-md-shd: sender receiver conductor"}));
}

TEST(ThreadPlan, takes_idle_strategy_and_processor_of_the_role) {
    Settings settings{.conductor_idle = {.max_spins = 1},
                      .sender_idle = {.max_spins = 2},
                      .receiver_idle = {.max_spins = 3},
                      .shared_network_idle = {.max_spins = 4},
                      .shared_idle = {.max_spins = 5},
                      .conductor_cpu_affinity = 11,
                      .sender_cpu_affinity = 12,
                      .receiver_cpu_affinity = 13};
    const auto spins_and_cpus = [&](ThreadingMode mode) {
        settings.threading_mode = mode;
        std::vector<std::pair<std::int64_t, int>> found;
        for (const PlannedThread& thread : plan_threads(settings)) {
            found.emplace_back(thread.idle.max_spins, thread.cpu);
        }
        return found;
    };
    using Pairs = std::vector<std::pair<std::int64_t, int>>;
    EXPECT_EQ(spins_and_cpus(ThreadingMode::dedicated), (Pairs{{2, 12}, {3, 13}, {1, 11}}));
    EXPECT_EQ(spins_and_cpus(ThreadingMode::shared_network), (Pairs{{4, 12}, {1, 11}}));
    EXPECT_EQ(spins_and_cpus(ThreadingMode::shared), (Pairs{{5, 11}}));
}

}  // namespace
}  // namespace tern::runtime

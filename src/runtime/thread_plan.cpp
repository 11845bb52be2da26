#include "tern/runtime/thread_plan.hpp"

namespace tern::runtime {
namespace {

using driver::Settings;
using driver::ThreadingMode;
using driver::ThreadNaming;

struct Names {
    const char* classic;
    const char* modern;
};
constexpr Names kConductor{"conductor", "aeron-md-cnd"};
constexpr Names kSender{"sender", "aeron-md-snd"};
constexpr Names kReceiver{"receiver", "aeron-md-rcv"};
constexpr Names kSharedNetwork{"[sender, receiver]", "aeron-md-net"};
constexpr Names kShared{"[conductor, sender, receiver]", "aeron-md-shd"};

}  // namespace

std::vector<PlannedThread> plan_threads(const Settings& s) {
    const auto name = [&s](const Names& names) {
        return s.thread_naming == ThreadNaming::modern ? names.modern : names.classic;
    };
    std::vector<PlannedThread> threads;
    switch (s.threading_mode) {
        case ThreadingMode::dedicated:
            threads.push_back(
                {name(kSender), {Role::sender}, s.sender_idle, s.sender_cpu_affinity});
            threads.push_back(
                {name(kReceiver), {Role::receiver}, s.receiver_idle, s.receiver_cpu_affinity});
            threads.push_back(
                {name(kConductor), {Role::conductor}, s.conductor_idle, s.conductor_cpu_affinity});
            break;
        case ThreadingMode::shared_network:
            threads.push_back({name(kSharedNetwork),
                               {Role::sender, Role::receiver},
                               s.shared_network_idle,
                               s.sender_cpu_affinity});
            threads.push_back(
                {name(kConductor), {Role::conductor}, s.conductor_idle, s.conductor_cpu_affinity});
            break;
        case ThreadingMode::shared:
        case ThreadingMode::invoker:
            threads.push_back({name(kShared),
                               {Role::sender, Role::receiver, Role::conductor},
                               s.shared_idle,
                               s.conductor_cpu_affinity});
            break;
    }
    return threads;
}

}  // namespace tern::runtime

#include "tern/platform/thread.hpp"

#include <pthread.h>
#include <sched.h>

#include <csignal>
#include <exception>
#include <system_error>

namespace tern::platform {

void name_current_thread(std::string_view name) {
    constexpr std::size_t kLongest = 15;
    const std::string cut{name.substr(0, kLongest)};
    pthread_setname_np(pthread_self(), cut.c_str());
}

Result<void> bind_current_thread(std::string_view name, int cpu) {
    int failed = EINVAL;
    if (cpu >= 0 && cpu < CPU_SETSIZE) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(static_cast<std::size_t>(cpu), &set);
        failed = pthread_setaffinity_np(pthread_self(), sizeof set, &set);
    }
    if (failed == 0) return {};
    return Error{ErrorCode::generic_error,
                 "failed to set thread affinity name=" + std::string{name} + ", cpu_affinity_no=" +
                     std::to_string(cpu) + ": " + std::generic_category().message(failed) +
                     "\nWARNING: unable to apply affinity: the processors that this process may "
                     "use are listed in "
                     "/proc/self/status under Cpus_allowed_list"};
}

// A new thread inherits what its creator blocks. What a fault raises comes all the same: such
// signals go to the thread that has it, and end the process if they are blocked.
std::thread start_thread(std::function<void()> body) {
    struct Blocked {
        Blocked() {
            sigset_t all;
            sigfillset(&all);
            for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS})
                sigdelset(&all, fault);
            pthread_sigmask(SIG_BLOCK, &all, &before);
        }
        ~Blocked() { pthread_sigmask(SIG_SETMASK, &before, nullptr); }
        sigset_t before;
    };
    const Blocked blocked;
    return std::thread{std::move(body)};
}

Result<void> AgentThread::start() {
    TERN_ASSERT(!thread_.joinable());
    running_.store(true, std::memory_order_relaxed);  // the start of the thread orders it
    try {
        thread_ = start_thread([this] { run(); });
    } catch (const std::system_error& error) {
        return Error{
            ErrorCode::generic_error,
            "cannot start the thread " + std::string{agent_.role_name()} + ": " + error.what()};
    }
    return {};
}

void AgentThread::stop() {
    if (!thread_.joinable()) return;
    TERN_ASSERT(thread_.get_id() != std::this_thread::get_id());
    // sync[agent-stop] release: what the owner did before it asked for the end.
    running_.store(false, std::memory_order_release);
    thread_.join();
}

void AgentThread::note(std::string text) {
    if (options_.on_error) options_.on_error(Error{ErrorCode::generic_error, std::move(text)});
}

void AgentThread::run() {
    name_current_thread(agent_.role_name());
    if (options_.cpu >= 0) {
        auto bound = bind_current_thread(agent_.role_name(), options_.cpu);
        if (!bound && options_.on_error) options_.on_error(bound.error());
    }
    if (options_.on_start) options_.on_start(agent_.role_name());
    IdleStrategy idle{options_.idle};
    // sync[agent-stop] acquire
    while (running_.load(std::memory_order_acquire)) {
        int work = 0;
        try {
            work = agent_.do_work(clock_.now());
        } catch (const std::exception&
                     error) {  // such as std::bad_alloc: lose the cycle, not the driver
            note("exception in a duty cycle of " + std::string{agent_.role_name()} + ": " +
                 error.what());
        }
        idle.idle(work);
    }
    agent_.on_close();
}

}  // namespace tern::platform

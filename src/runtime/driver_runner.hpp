#pragma once

/// A whole media driver on this machine: its directory, its agents, their threads. What the program
/// ternd and EmbeddedDriver are made of. Prints nothing, catches no signal.

#include <functional>
#include <memory>
#include <vector>

#include "tern/base/inline_executor.hpp"
#include "tern/driver/conductor/conductor.hpp"
#include "tern/driver/config/dump.hpp"
#include "tern/driver/directory.hpp"
#include "tern/driver/driver_context.hpp"
#include "tern/driver/driver_memory.hpp"
#include "tern/driver/receiver/receiver.hpp"
#include "tern/driver/sender/sender.hpp"
#include "tern/driver/settings.hpp"
#include "tern/platform/os_file_system.hpp"
#include "tern/platform/system_clock.hpp"
#include "tern/platform/thread.hpp"
#include "tern/platform/udp_network.hpp"
#include "tern/runtime/composite_agent.hpp"
#include "tern/runtime/thread_plan.hpp"

namespace tern::runtime {

class DriverRunner {
  public:
    struct Options {
        driver::Settings settings;
        driver::Hooks hooks;
        driver::Notice notice;  // lines about the start; called within start() only
        std::function<bool()> is_given_up;  // looked at while start() waits, which then fails
    };

    /// Prepares everything and starts the threads that the mode has. When this returns, clients may
    /// connect.
    static Result<std::unique_ptr<DriverRunner>> start(Options options);
    ~DriverRunner();  // closes, if that has not been done

    /// INVOKER: one duty cycle, always on the same thread.
    int do_work() { return main_agent_->do_work(clock_.now()); }
    void idle(int work_count) { main_idle_.idle(work_count); }
    Nanos time_to_next_deadline();
    bool is_invoker() const {
        return options_.settings.threading_mode == driver::ThreadingMode::invoker;
    }

    const driver::Settings& settings() const { return options_.settings; }
    /// The threads that run it, for the log: "conductor (backoff 10-20-1us-1ms)".
    const std::vector<PlannedThread>& plan() const { return plan_; }
    std::string dump() const;

    /// Stops the threads (the conductor's last), frees what they hold, and deletes the directory if
    /// it is to be. Idempotent. The error is of what could not be deleted.
    Result<void> close();

  private:
    explicit DriverRunner(Options options);
    Result<void> prepare();
    Result<std::unique_ptr<Executor>> make_executor(std::string name);
    Result<void> make_executors();
    Result<void> start_threads();
    Result<void> resolve_affinity();
    Result<void> check_socket_buffers();
    Agent* agent_of(Role role) const;
    void record(const Error& error);

    Options options_;
    platform::SystemClock clock_;
    platform::OsFileSystem files_;
    SeededRandom random_;
    driver::ResolvedAffinity affinity_;
    std::optional<driver::PreparedDirectory> directory_;
    std::unique_ptr<driver::DriverMemory> memory_;
    std::unique_ptr<Executor> executor_;
    std::unique_ptr<Executor> names_;
    std::unique_ptr<driver::DriverContext> context_;
    platform::UdpNetwork network_;
    driver::SenderQueues sender_queues_;
    driver::ReceiverQueues receiver_queues_;
    std::unique_ptr<driver::Conductor> conductor_;
    std::unique_ptr<driver::Sender> sender_;
    std::unique_ptr<driver::Receiver> receiver_;
    std::vector<PlannedThread> plan_;
    std::vector<std::unique_ptr<CompositeAgent>> agents_;
    std::vector<std::unique_ptr<platform::AgentThread>> threads_;
    CompositeAgent* main_agent_ = nullptr;  // INVOKER: what the caller runs
    IdleStrategy main_idle_;
    bool closed_ = false;
};

}  // namespace tern::runtime

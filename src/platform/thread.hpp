#pragma once

/// Threads: named, bound to a processor, and running one agent until told to stop.

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "tern/base/agent.hpp"
#include "tern/base/clock.hpp"
#include "tern/base/error.hpp"
#include "tern/base/idle_strategy.hpp"

namespace tern::platform {

/// Names the calling thread; cut to the 15 bytes that Linux keeps.
void name_current_thread(std::string_view name);

/// Binds the calling thread to one processor. The error says which name and number it was.
Result<void> bind_current_thread(std::string_view name, int cpu);

/// Starts a thread that takes no signals of the process: those are for the program that we are a
/// part of, and would hold our threads up. Throws std::system_error where there is no thread.
std::thread start_thread(std::function<void()> body);

/// Runs an agent on a thread of its own: duty cycle, idle, duty cycle, ... and at the end
/// `on_close`. Constructed, started and stopped by one owner.
class AgentThread {
  public:
    struct Options {
        IdleOptions idle;
        int cpu = -1;  // -1: any
        std::function<void(std::string_view)>
            on_start;  // first on the thread, with the role's name
        /// What went wrong on the thread: a binding that failed, an exception out of a duty cycle.
        /// The agent goes on. Called on the thread.
        std::function<void(const Error&)> on_error;
    };

    AgentThread(Agent& agent, Clock& clock, Options options)
        : agent_(agent),
          clock_(clock),
          options_(std::move(options)) {}
    ~AgentThread() { stop(); }
    AgentThread(const AgentThread&) = delete;
    AgentThread& operator=(const AgentThread&) = delete;

    /// An error where the system gives us no thread.
    Result<void> start();
    /// Asks for the end and waits for it: the agent has been closed when this returns. Not from the
    /// thread itself.
    void stop();

  private:
    void run();
    void note(std::string text);

    Agent& agent_;
    Clock& clock_;
    Options options_;
    std::atomic<bool> running_{false};
    std::thread thread_;
};

}  // namespace tern::platform

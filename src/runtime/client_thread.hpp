#pragma once

/// The thread that runs a client's conductor. With no idle strategy of its choice it sleeps for the
/// client's idle period, is woken by requests of the application, and looks more often while an
/// answer of the driver is due.

#include <condition_variable>
#include <mutex>
#include <thread>

#include "tern/base/clock.hpp"
#include "tern/client/client_conductor.hpp"
#include "tern/client/client_settings.hpp"

namespace tern::runtime {

class ClientThread {
  public:
    ClientThread(client::ClientConductor& conductor, Clock& clock,
                 const client::ClientSettings& settings)
        : conductor_(conductor), clock_(clock), settings_(settings) {}
    ~ClientThread() { stop(); }
    ClientThread(const ClientThread&) = delete;
    ClientThread& operator=(const ClientThread&) = delete;

    void start();
    /// Waits for the end of the duty cycle that is running. Not from the thread itself.
    void stop();
    /// A request was made. Any thread.
    void wake();

  private:
    void run();
    bool sleep(Nanos at_most);  // true where it was woken

    client::ClientConductor& conductor_;
    Clock& clock_;
    const client::ClientSettings& settings_;
    std::mutex mutex_;  // of the two below
    std::condition_variable changed_;
    bool is_woken_ = false;
    bool is_stopping_ = false;
    std::thread thread_;
};

}  // namespace tern::runtime

#pragma once

/// Somebody who has nothing to do with what goes wrong: a thread that sends messages from one
/// client to another all the time. Whatever a test does to their driver, it must go on.

#include <atomic>
#include <string>
#include <thread>

#include "tern/tern.hpp"

namespace tern::test {

class Bystander {
  public:
    explicit Bystander(const std::string& directory);
    ~Bystander();
    Bystander(const Bystander&) = delete;
    Bystander& operator=(const Bystander&) = delete;

    /// Waits until it has got `more` of its messages. False where it has stopped: see fault().
    bool goes_on(int more = 50);
    /// What stopped it; once goes_on() has said false.
    const std::string& fault() const { return fault_; }

  private:
    void run();
    /// One message to itself; false where it did not come.
    bool exchange(int number);

    // Two, for two mappings of the log: on a shared one the thread sanitizer would take what the
    // driver keeps in order for a race, because the driver does that in another process.
    Context ctx_;
    Context sub_ctx_;
    Subscription sub_;
    Publication pub_;
    std::string fault_;
    std::atomic<int> received_{0};
    std::atomic<bool> has_stopped_{false};
    std::atomic<bool> is_done_{false};
    std::thread thread_;
};

}  // namespace tern::test

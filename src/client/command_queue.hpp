#pragma once

/// Calls of the application on their way to the conductor. Any thread puts them in; the conductor
/// takes them out. A mutex is held for as long as it takes to move a few pointers: none of this is
/// on the hot path.

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace tern::client {

class ClientConductor;
class Registration;

struct ConductorTask {
    std::function<void(ClientConductor&)> run;
    std::shared_ptr<Registration> registration;  // of an add: it fails where the client ends first
};

class CommandQueue {
  public:
    /// `on_push` is called after each push, without the lock: it wakes the conductor's thread, or
    /// runs the conductor at once where the application drives it.
    void set_on_push(std::function<void()> on_push) { on_push_ = std::move(on_push); }

    /// False, and nothing taken, once the queue is closed.
    bool push(ConductorTask task) {
        {
            std::scoped_lock lock(mutex_);
            if (closed_) return false;
            tasks_.push_back(std::move(task));
        }
        if (on_push_) on_push_();
        return true;
    }

    std::vector<ConductorTask> take() {
        std::scoped_lock lock(mutex_);
        return std::exchange(tasks_, {});
    }

    /// The client has ended: what is still inside comes out, nothing goes in any more.
    std::vector<ConductorTask> close() {
        std::scoped_lock lock(mutex_);
        closed_ = true;
        return std::exchange(tasks_, {});
    }

  private:
    std::mutex mutex_;
    std::vector<ConductorTask> tasks_;
    bool closed_ = false;
    std::function<void()> on_push_;  // set before the first push
};

}  // namespace tern::client

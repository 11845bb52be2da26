#pragma once

/// Slow work goes to an executor: making and deleting log files, resolving names. The conductor
/// submits on its own thread and polls there, so a completion never races with the conductor.

#include <cstddef>
#include <functional>

namespace tern {

class Executor {
  public:
    using Task = std::function<void()>;        // slow; on the executor's thread; must not throw
    using Completion = std::function<void()>;  // quick; on the thread that polls

    virtual ~Executor() = default;
    /// Queues a task. Its completion is called by a later `poll`, never from within `submit`. Tasks
    /// run and complete in the order of submission. False where the queue is full: nothing was
    /// taken, try again.
    virtual bool submit(Task task, Completion completion) = 0;
    /// Calls the completions of at most `limit` finished tasks; how many there were.
    virtual int poll(int limit = 1) = 0;
    /// Waits until every submitted task has run (their completions still come by `poll`): for the
    /// end of the thread that submits.
    virtual void run_all() = 0;
    /// Submitted, and not yet completed by `poll`.
    virtual std::size_t pending() const = 0;
};

}  // namespace tern

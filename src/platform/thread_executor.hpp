#pragma once

/// An executor with a thread of its own, which sleeps in the kernel while it has nothing to do.
/// `submit`, `poll` and `pending` belong to one thread. `poll` takes no lock while nothing has
/// finished.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "tern/base/error.hpp"
#include "tern/base/executor.hpp"

namespace tern::platform {

class ThreadExecutor final : public Executor {
  public:
    struct Options {
        std::string name = "aeron-md-nra";
        int cpu = -1;  // -1: any
        std::size_t capacity = 1024;
        std::function<void(std::string_view)> on_start;  // first on the thread
        std::function<void(const Error&)> on_error;      // on the thread: a binding that failed
    };

    explicit ThreadExecutor(
        Options options);        // throws std::system_error where there is no thread to be had
    ~ThreadExecutor() override;  // runs what was submitted; completions are dropped

    bool submit(Task task, Completion completion) override;
    int poll(int limit = 1) override;
    void run_all() override;
    std::size_t pending() const override { return pending_; }

  private:
    struct Job {
        Task task;
        Completion completion;
    };
    void run();

    Options options_;
    std::size_t pending_ = 0;               // the submitting thread's
    std::atomic<std::size_t> finished_{0};  // in done_; read without the lock
    std::mutex mutex_;
    std::condition_variable changed_;  // there is work, an end, or nothing left to do
    std::deque<Job> waiting_;
    std::deque<Completion> done_;
    bool busy_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace tern::platform

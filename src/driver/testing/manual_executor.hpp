#pragma once

/// For tests: slow work is done when the test says so (or at once, the default), on the test's own
/// thread.

#include <cstddef>
#include <deque>
#include <utility>

#include "tern/base/executor.hpp"

namespace tern::driver {

class ManualExecutor final : public Executor {
  public:
    bool submit(Task task, Completion completion) override {
        if (capacity_ <= queue_.size() + done_.size()) return false;
        queue_.push_back({std::move(task), std::move(completion)});
        if (!is_held_) run_all();
        return true;
    }
    int poll(int limit) override {
        int count = 0;
        while (count < limit && !done_.empty()) {
            const Completion completion = std::move(done_.front());
            done_.pop_front();
            completion();
            ++count;
        }
        return count;
    }
    std::size_t pending() const override { return queue_.size() + done_.size(); }

    /// From now on tasks wait for run_one or run_all.
    void hold() { is_held_ = true; }
    void release() {
        is_held_ = false;
        run_all();
    }
    void run_one() {
        if (queue_.empty()) return;
        Job job = std::move(queue_.front());
        queue_.pop_front();
        job.task();
        done_.push_back(std::move(job.completion));
    }
    void run_all() override {
        while (!queue_.empty())
            run_one();
    }
    std::size_t waiting() const { return queue_.size(); }
    void set_capacity(std::size_t jobs) { capacity_ = jobs; }

  private:
    struct Job {
        Task task;
        Completion completion;
    };
    std::deque<Job> queue_;
    std::deque<Completion> done_;
    bool is_held_ = false;
    std::size_t capacity_ = 1024;
};

}  // namespace tern::driver

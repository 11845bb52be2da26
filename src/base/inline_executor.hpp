#pragma once

/// Runs each task on the thread that polls, just before its completion: for a driver that has no
/// threads.

#include <deque>

#include "tern/base/executor.hpp"

namespace tern {

class InlineExecutor final : public Executor {
  public:
    explicit InlineExecutor(std::size_t capacity = 1024) : capacity_(capacity) {}

    bool submit(Task task, Completion completion) override {
        if (pending() >= capacity_) return false;
        waiting_.push_back({std::move(task), std::move(completion)});
        return true;
    }
    int poll(int limit = 1) override {
        int count = 0;
        for (; count < limit && pending() > 0; ++count) {
            if (done_.empty()) run_one();
            Completion completion = std::move(done_.front());
            done_.pop_front();
            completion();  // may submit again
        }
        return count;
    }
    void run_all() override {
        while (!waiting_.empty()) run_one();
    }
    std::size_t pending() const override { return waiting_.size() + done_.size(); }

  private:
    struct Job {
        Task task;
        Completion completion;
    };
    void run_one() {
        Job job = std::move(waiting_.front());
        waiting_.pop_front();
        job.task();
        done_.push_back(std::move(job.completion));
    }

    std::size_t capacity_;
    std::deque<Job> waiting_;
    std::deque<Completion> done_;
};

}  // namespace tern

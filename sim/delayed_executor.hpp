#pragma once

/// Slow work in virtual time: a task runs, and completes, some time after it was submitted.

#include <algorithm>
#include <deque>

#include "dice.hpp"
#include "tern/base/clock.hpp"
#include "tern/base/executor.hpp"

namespace tern::sim {

class DelayedExecutor final : public Executor {
  public:
    DelayedExecutor(Clock& clock, Dice dice, Nanos longest)
        : clock_(clock), dice_(dice), longest_(longest) {}

    bool submit(Task task, Completion completion) override {
        if (jobs_.size() >= kCapacity) return false;
        const Nanos due = clock_.now() + dice_.between(Nanos{1'000}, longest_);
        jobs_.push_back({std::move(task), std::move(completion), std::max(due, last_due_), false});
        last_due_ = jobs_.back().due;
        return true;
    }
    int poll(int limit) override {
        int count = 0;
        while (count < limit && !jobs_.empty() &&
               (jobs_.front().due <= clock_.now() || jobs_.front().has_run)) {
            Job job = std::move(jobs_.front());
            jobs_.pop_front();
            if (!job.has_run) job.task();
            job.completion();
            ++count;
        }
        return count;
    }
    void run_all() override {
        for (Job& job : jobs_) {
            if (!job.has_run) job.task();
            job.has_run = true;
        }
    }
    std::size_t pending() const override { return jobs_.size(); }

  private:
    static constexpr std::size_t kCapacity = 256;
    struct Job {
        Task task;
        Completion completion;
        Nanos due;
        bool has_run;
    };
    Clock& clock_;
    Dice dice_;
    Nanos longest_;
    Nanos last_due_{0};
    std::deque<Job> jobs_;
};

}  // namespace tern::sim

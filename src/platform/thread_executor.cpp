#include "tern/platform/thread_executor.hpp"

#include "tern/platform/thread.hpp"

namespace tern::platform {

ThreadExecutor::ThreadExecutor(Options options)
    : options_(std::move(options)),
      thread_(start_thread([this] { run(); })) {}

ThreadExecutor::~ThreadExecutor() {
    {
        std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

bool ThreadExecutor::submit(Task task, Completion completion) {
    if (pending_ >= options_.capacity) return false;
    {
        std::lock_guard lock{mutex_};
        waiting_.push_back({std::move(task), std::move(completion)});
    }
    changed_.notify_all();
    ++pending_;
    return true;
}

int ThreadExecutor::poll(int limit) {
    int count = 0;
    // sync[executor-done] acquire: only a hint that there is something; the lock orders the rest.
    while (count < limit && finished_.load(std::memory_order_acquire) > 0) {
        Completion completion;
        {
            std::lock_guard lock{mutex_};
            completion = std::move(done_.front());
            done_.pop_front();
            finished_.store(done_.size(), std::memory_order_relaxed);  // under the lock
        }
        --pending_;
        ++count;
        completion();  // may submit again
    }
    return count;
}

void ThreadExecutor::run_all() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return waiting_.empty() && !busy_; });
}

void ThreadExecutor::run() {
    name_current_thread(options_.name);
    if (options_.cpu >= 0) {
        auto bound = bind_current_thread(options_.name, options_.cpu);
        if (!bound && options_.on_error) options_.on_error(bound.error());
    }
    if (options_.on_start) options_.on_start(options_.name);
    std::unique_lock lock{mutex_};
    while (true) {
        changed_.wait(lock, [this] { return !waiting_.empty() || stopping_; });
        if (waiting_.empty()) return;
        Job job = std::move(waiting_.front());
        waiting_.pop_front();
        busy_ = true;
        lock.unlock();
        job.task();
        job.task = nullptr;  // what it holds on to is released here, not under the lock
        lock.lock();
        busy_ = false;
        done_.push_back(std::move(job.completion));
        // sync[executor-done] release: a completion waits in done_.
        finished_.store(done_.size(), std::memory_order_release);
        changed_.notify_all();
    }
}

}  // namespace tern::platform

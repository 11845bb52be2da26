#pragma once

/// The background thread of a context that reads watched subscriptions (include/tern/watch.hpp).

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "tern/client/client.hpp"
#include "tern/client/message_reader.hpp"
#include "tern/platform/thread.hpp"
#include "tern/watch.hpp"

namespace tern::detail {

class Watcher;

/// One watched subscription. The watcher's thread reads it, any thread steers it.
class WatchedSubscription {
  public:
    WatchedSubscription(std::shared_ptr<client::Subscription> subscription,
                        std::function<void(const Message&)> function, WatchOptions options)
        : reader_(std::move(subscription)), function_(std::move(function)), options_(options) {}

    void set_paused(bool paused) { is_paused_.store(paused, std::memory_order_release); }
    bool is_paused() const { return is_paused_.load(std::memory_order_acquire); }
    bool is_active() const { return is_active_.load(std::memory_order_acquire); }
    std::uint64_t shown() const { return shown_.load(std::memory_order_acquire); }
    /// Returns once the function is not running, unless it is the one that calls.
    void cancel();

    /// For the watcher's thread: reads some messages; how many. Becomes inactive where there is
    /// nothing more to come.
    int serve(client::Client& client);

  private:
    bool is_wanted(Nanos now);
    void show(const Message& message, const client::ErrorHandler& on_error);

    client::MessageReader reader_;
    std::function<void(const Message&)> function_;
    const WatchOptions options_;
    std::atomic<bool> is_paused_{false};
    std::atomic<bool> is_active_{true};
    std::atomic<std::uint64_t> shown_{0};
    std::atomic<std::thread::id> served_by_{};
    std::mutex serving_;  // held while the function may run
    std::uint64_t count_ = 0;
    Nanos next_due_{0};
};

class Watcher {
  public:
    explicit Watcher(client::Client& client)
        : client_(client), thread_(platform::start_thread([this] { run(); })) {}
    ~Watcher() { stop(); }

    void add(std::shared_ptr<WatchedSubscription> watched);
    /// Ends all watches. Not from a watching function.
    void stop();

  private:
    void run();

    client::Client& client_;
    std::mutex mutex_;  // of the next three
    std::vector<std::shared_ptr<WatchedSubscription>> watched_;
    bool is_stopping_ = false;
    std::condition_variable changed_;
    std::thread thread_;
};

}  // namespace tern::detail

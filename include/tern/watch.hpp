#pragma once

/// watch(): a function that is called with each message of a subscription, on one background thread
/// that serves all watched subscriptions of a context.
///
///     tern::Watch watch = tern::watch(sub, [](const tern::Message& m) { show(m.text()); });
///     watch.pause();
///     watch.resume();
///     watch.cancel();

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "tern/subscription.hpp"

namespace tern {

struct WatchOptions {
    /// Only every n-th message is shown; the others are consumed unseen.
    std::uint64_t every_nth = 1;
    /// At most one message in each period is shown, the first that comes; 0: all.
    std::chrono::nanoseconds at_most_one_per{0};
};

namespace detail {
class WatchedSubscription;
}

/// Ends the watch where it goes out of scope. Any thread.
class Watch {
  public:
    Watch() = default;
    explicit Watch(std::shared_ptr<detail::WatchedSubscription> watched)
        : watched_(std::move(watched)) {}
    Watch(Watch&&) noexcept = default;
    Watch& operator=(Watch&& other) noexcept;
    ~Watch() { cancel(); }

    /// Leaves messages where they are, until resume(): a publisher will feel back pressure.
    void pause();
    void resume();
    /// Ends it. When this returns the function is not running any more, unless it is the one that
    /// calls.
    void cancel();
    /// False once it was cancelled, or the subscription or its context has ended.
    bool is_active() const;
    bool is_paused() const;
    /// Messages that the function was called with.
    std::uint64_t shown() const;

  private:
    std::shared_ptr<detail::WatchedSubscription> watched_;
};

/// Calls `function` with each message of `subscription`, which nothing else may read meanwhile;
/// closing the subscription ends the watch. What the function throws goes to the context's error
/// handler. Throws ContextClosed.
[[nodiscard]] Watch watch(Subscription& subscription, std::function<void(const Message&)> function,
                          WatchOptions options = {});

}  // namespace tern

#include "tern/runtime/client_watcher.hpp"

#include <algorithm>
#include <exception>
#include <string>

#include "tern/platform/thread.hpp"
#include "tern/runtime/client_session.hpp"

namespace tern::detail {
namespace {

using namespace std::chrono_literals;

constexpr int kMessagesPerTurn = 64;  // of one subscription, before the others get theirs
constexpr int kWatchSpins = 50;
constexpr int kWatchYields = 10;
constexpr Nanos kWatchLongestPause = 1ms;
constexpr Nanos kPauseOfPaused = 5ms;  // between two looks where all are paused, or there are none

}  // namespace

void WatchedSubscription::cancel() {
    is_active_.store(false, std::memory_order_release);
    if (served_by_.load(std::memory_order_acquire) != std::this_thread::get_id()) {
        std::scoped_lock wait_for_the_function(serving_);
    }
}

bool WatchedSubscription::is_wanted(Nanos now) {
    ++count_;
    if (options_.every_nth > 1 && count_ % options_.every_nth != 0) return false;
    if (options_.at_most_one_per > Nanos{0}) {
        if (now < next_due_) return false;
        next_due_ = now + options_.at_most_one_per;
    }
    return true;
}

void WatchedSubscription::show(const Message& message, const client::ErrorHandler& on_error) {
    shown_.fetch_add(1, std::memory_order_acq_rel);
    try {
        function_(message);
    } catch (const std::exception& thrown) {
        if (on_error)
            on_error({ErrorCode::generic_error,
                      std::string("exception in a watching function: ") + thrown.what()});
    } catch (...) {
        if (on_error) on_error({ErrorCode::generic_error, "exception in a watching function"});
    }
}

int WatchedSubscription::serve(client::Client& client) {
    std::scoped_lock lock(serving_);
    served_by_.store(std::this_thread::get_id(), std::memory_order_release);
    int messages = 0;
    while (messages < kMessagesPerTurn && is_active() && !is_paused()) {
        const Message* const message = reader_.poll();
        if (message == nullptr) break;
        ++messages;
        if (is_wanted(client.clock().now())) show(*message, client.settings().on_error);
    }
    reader_.release();
    if (reader_.subscription()->is_closed()) is_active_.store(false, std::memory_order_release);
    served_by_.store(std::thread::id{}, std::memory_order_release);
    return messages;
}

void Watcher::add(std::shared_ptr<WatchedSubscription> watched) {
    {
        std::scoped_lock lock(mutex_);
        watched_.push_back(std::move(watched));
    }
    changed_.notify_all();
}

void Watcher::stop() {
    {
        std::scoped_lock lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
    for (const auto& watched : watched_) watched->cancel();
}

void Watcher::run() {
    platform::name_current_thread("tern-watch");
    std::vector<std::shared_ptr<WatchedSubscription>> all;
    int idle = 0;
    Nanos pause = 1us;
    while (true) {
        {
            std::unique_lock lock(mutex_);
            std::erase_if(watched_, [](const auto& watched) { return !watched->is_active(); });
            const auto is_waiting = [](const auto& watched) { return watched->is_paused(); };
            if (!is_stopping_ && std::all_of(watched_.begin(), watched_.end(), is_waiting)) {
                changed_.wait_for(lock, kPauseOfPaused);
            }
            if (is_stopping_) return;
            all = watched_;
        }
        int messages = 0;
        for (const auto& watched : all) messages += watched->serve(client_);
        all.clear();
        if (messages > 0) {
            idle = 0;
            pause = 1us;
        } else if (++idle <= kWatchSpins) {
            pause_cpu();
        } else if (idle <= kWatchSpins + kWatchYields) {
            yield_thread();
        } else {
            sleep_thread(pause);  // not client.pause(): with an invoker the conductor is the
                                  // application's to run
            pause = std::min(2 * pause, kWatchLongestPause);
        }
    }
}

}  // namespace tern::detail

namespace tern {

Watch& Watch::operator=(Watch&& other) noexcept {
    if (this != &other) {
        cancel();
        watched_ = std::move(other.watched_);
    }
    return *this;
}
void Watch::pause() {
    if (watched_) watched_->set_paused(true);
}
void Watch::resume() {
    if (watched_) watched_->set_paused(false);
}
void Watch::cancel() {
    if (watched_) watched_->cancel();
}
bool Watch::is_active() const { return watched_ && watched_->is_active(); }
bool Watch::is_paused() const { return watched_ && watched_->is_paused(); }
std::uint64_t Watch::shown() const { return watched_ ? watched_->shown() : 0; }

Watch watch(Subscription& subscription, std::function<void(const Message&)> function,
            WatchOptions options) {
    if (subscription.is_closed()) {
        throw ContextClosed({ErrorCode::client_illegal_state, "the subscription is closed"});
    }
    auto watched = std::make_shared<detail::WatchedSubscription>(subscription.core(),
                                                                 std::move(function), options);
    subscription.session()->watcher().add(watched);
    return Watch(std::move(watched));
}

}  // namespace tern

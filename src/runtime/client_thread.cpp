#include "tern/runtime/client_thread.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "tern/base/idle_strategy.hpp"
#include "tern/platform/thread.hpp"

namespace tern::runtime {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kFirstLook =
    20us;  // for an answer of the driver; then after twice as long, and so on
constexpr Nanos kLastLook = 1ms;

}  // namespace

void ClientThread::start() {
    thread_ = platform::start_thread([this] { run(); });
}

void ClientThread::stop() {
    {
        std::scoped_lock lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void ClientThread::wake() {
    if (settings_.idle_strategy) return;
    {
        std::scoped_lock lock(mutex_);
        is_woken_ = true;
    }
    changed_.notify_all();
}

void ClientThread::run() {
    platform::name_current_thread(conductor_.role_name());
    if (settings_.on_agent_start) settings_.on_agent_start(conductor_.role_name());
    std::optional<IdleStrategy> idle;
    if (settings_.idle_strategy) idle.emplace(*settings_.idle_strategy);
    Nanos look_after = kFirstLook;
    while (!conductor_.is_closed()) {
        {
            std::scoped_lock lock(mutex_);
            if (is_stopping_) return;
        }
        const int work = conductor_.do_work(clock_.now());
        if (idle) {
            idle->idle(work);
        } else if (work > 0) {
            look_after = kFirstLook;
        } else {
            // What follows an event is often near: images come right after their subscription.
            const bool is_woken = sleep(look_after);
            const Nanos longest = conductor_.is_awaiting() ? kLastLook : settings_.idle_sleep;
            look_after = is_woken ? kFirstLook : std::min(2 * look_after, longest);
        }
    }
}

bool ClientThread::sleep(Nanos at_most) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, at_most, [this] { return is_woken_ || is_stopping_; });
    return std::exchange(is_woken_, false);
}

}  // namespace tern::runtime

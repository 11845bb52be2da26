#pragma once

/// How one thread tells another something, in order and without loss: a bounded queue, and behind
/// it a list on the producer's side for what found no room. The list is used only when a
/// consumer stands still, so only then is memory allocated.

#include <deque>
#include <optional>
#include <utility>

#include "tern/base/spsc_queue.hpp"

namespace tern {

template <typename T>
class HandOver {
  public:
    explicit HandOver(std::size_t capacity = 1024) : queue_(capacity) {}

    /// Producer. Not inlined: GCC 12 takes parts of a variant that is moved from for uninitialised.
    [[gnu::noinline]] void put(T value) {
        if (waiting_.empty() && queue_.put(value)) return;
        waiting_.push_back(std::move(value));
    }
    /// Producer: for what may be left out. False where there is no room for it at once.
    [[gnu::noinline]] bool put_if_room(T value) { return waiting_.empty() && queue_.put(value); }
    /// Producer: puts what waits for room; once a duty cycle. How many.
    int flush() {
        int moved = 0;
        while (!waiting_.empty() && queue_.put(waiting_.front())) {
            waiting_.pop_front();
            ++moved;
        }
        return moved;
    }
    /// Producer: how many wait for room. A producer of things that may be left out looks first.
    std::size_t waiting() const { return waiting_.size(); }

    /// Consumer.
    std::optional<T> take() { return queue_.take(); }
    bool is_empty() const { return queue_.is_empty(); }

  private:
    SpscQueue<T> queue_;
    std::deque<T> waiting_;
};

}  // namespace tern

#pragma once

/// A bounded queue between one thread that puts and one that takes. No locks, and no allocation
/// after it is made. Whoever puts keeps what finds no room: HandOver (tern/base/hand_over.hpp).

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "tern/base/assert.hpp"
#include "tern/base/bytes.hpp"
#include "tern/base/shared_word.hpp"

namespace tern {

template <typename T>
class SpscQueue {
  public:
    /// `capacity` is a power of two.
    explicit SpscQueue(std::size_t capacity) : slots_(capacity), mask_(capacity - 1) {
        TERN_ASSERT(is_power_of_two(capacity));
    }
    SpscQueue(const SpscQueue&) = delete;
    SpscQueue& operator=(const SpscQueue&) = delete;

    /// Producer. False where the queue is full: `value` is untouched.
    bool put(T& value) {
        const std::uint64_t tail = tail_->load_relaxed();
        if (tail - head_->load_acquire() > mask_) return false;
        slots_[tail & mask_].emplace(std::move(value));
        tail_->store_release(tail + 1);
        return true;
    }

    /// Consumer.
    std::optional<T> take() {
        const std::uint64_t head = head_->load_relaxed();
        if (head == tail_->load_acquire()) return std::nullopt;
        std::optional<T>& slot = slots_[head & mask_];
        std::optional<T> value = std::move(slot);
        slot.reset();
        head_->store_release(head + 1);
        return value;
    }
    /// Consumer: true where there is nothing to take.
    bool is_empty() const { return head_->load_relaxed() == tail_->load_acquire(); }

  private:
    std::vector<std::optional<T>> slots_;
    std::size_t mask_;
    Padded<std::uint64_t> head_{};  // writer: consumer
    Padded<std::uint64_t> tail_{};  // writer: producer
};

}  // namespace tern

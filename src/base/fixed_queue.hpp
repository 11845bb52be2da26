#pragma once

/// A first-in first-out queue of plain values in memory that is there from the start; it never
/// grows. Whoever puts looks first whether it is full. One thread.

#include <cstddef>
#include <vector>

#include "tern/base/assert.hpp"

namespace tern {

template <typename T>
class FixedQueue {
  public:
    explicit FixedQueue(std::size_t capacity) : values_(capacity) { TERN_ASSERT(capacity > 0); }

    std::size_t size() const { return size_; }
    bool is_empty() const { return size_ == 0; }
    bool is_full() const { return size_ == values_.size(); }

    // hot: those that read and remove need something there, the one that adds room.
    const T& front() const {
        TERN_DASSERT(!is_empty());
        return values_[first_];
    }
    const T& back() const {
        TERN_DASSERT(!is_empty());
        return values_[index_of(size_ - 1)];
    }
    void push_back(const T& value) {
        TERN_DASSERT(!is_full());
        values_[index_of(size_)] = value;
        ++size_;
    }
    void pop_front() {
        TERN_DASSERT(!is_empty());
        first_ = index_of(1);
        --size_;
    }
    void pop_back() {
        TERN_DASSERT(!is_empty());
        --size_;
    }

  private:
    std::size_t index_of(std::size_t place) const {
        const std::size_t index = first_ + place;
        return index < values_.size() ? index : index - values_.size();
    }

    std::vector<T> values_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

}  // namespace tern

#pragma once

/// A map of small values whose entries lie one behind another, for tables that are searched by key
/// on the hot path and walked now and then. Open addressing; entries move when one is removed, and
/// references into the map last until the next add or remove. Allocates only when it grows. One
/// thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "tern/base/bytes.hpp"

namespace tern {

/// Spreads the bits of a key: neighbouring ids, and those that a stranger chose, end up apart.
constexpr std::uint64_t mix_bits(std::uint64_t key) {
    key = (key ^ key >> 32) * 0xD6E8FEB86659FD93U;
    key = (key ^ key >> 32) * 0xD6E8FEB86659FD93U;
    return key ^ key >> 32;
}

/// `Key` converts to std::uint64_t without loss.
template <typename Key, typename Value>
class DenseMap {
  public:
    struct Entry {
        Key key;
        Value value;
    };

    /// Room for `expected` entries without growing.
    explicit DenseMap(std::size_t expected = 8) {
        std::size_t capacity = 16;
        while (capacity < 2 * expected) capacity *= 2;
        slots_.assign(capacity, kNone);
        entries_.reserve(capacity / 2);
    }

    std::size_t size() const { return entries_.size(); }
    bool is_empty() const { return entries_.empty(); }
    /// In no order; keys are not to be changed.
    std::span<Entry> entries() { return entries_; }
    std::span<const Entry> entries() const { return entries_; }

    // hot:
    Value* find(Key key) {
        const std::uint32_t index = slots_[slot_of(key)];
        return index == kNone ? nullptr : &entries_[index].value;
    }
    const Value* find(Key key) const { return const_cast<DenseMap*>(this)->find(key); }

    /// False, and nothing is changed, where the key is there already.
    bool add(Key key, Value value) {
        std::size_t slot = slot_of(key);
        if (slots_[slot] != kNone) return false;
        if (2 * (entries_.size() + 1) > slots_.size()) {
            grow();
            slot = slot_of(key);
        }
        slots_[slot] = static_cast<std::uint32_t>(entries_.size());
        entries_.push_back({key, std::move(value)});
        return true;
    }

    bool remove(Key key) {
        const std::size_t slot = slot_of(key);
        if (slots_[slot] == kNone) return false;
        remove_slot(slot);
        return true;
    }
    /// Removes every entry of which `is_unwanted(entry)` says so; how many.
    template <typename Predicate>
    std::size_t remove_if(Predicate&& is_unwanted) {
        const std::size_t before = entries_.size();
        for (std::size_t i = entries_.size(); i-- > 0;) {
            if (is_unwanted(std::as_const(entries_[i]))) remove_slot(slot_of(entries_[i].key));
        }
        return before - entries_.size();
    }

  private:
    static constexpr std::uint32_t kNone = UINT32_MAX;

    std::size_t home_of(Key key) const {
        return mix_bits(static_cast<std::uint64_t>(key)) & (slots_.size() - 1);
    }
    std::size_t after(std::size_t slot) const { return (slot + 1) & (slots_.size() - 1); }

    // The slot that has the key, or the empty one where it would be put.
    std::size_t slot_of(Key key) const {
        std::size_t slot = home_of(key);
        while (slots_[slot] != kNone && entries_[slots_[slot]].key != key) slot = after(slot);
        return slot;
    }

    void remove_slot(std::size_t slot) {
        const std::uint32_t index = slots_[slot];
        const auto last = static_cast<std::uint32_t>(entries_.size() - 1);
        if (index != last) {
            slots_[slot_of(entries_[last].key)] = index;
            entries_[index] = std::move(entries_[last]);
        }
        close_gap(slot);
        entries_.pop_back();
    }

    // Moves what was pushed behind the freed slot back towards its home. The entry that is about to
    // be popped is named by no slot any more.
    void close_gap(std::size_t gap) {
        const std::size_t mask = slots_.size() - 1;
        for (std::size_t slot = after(gap); slots_[slot] != kNone; slot = after(slot)) {
            const std::size_t home = home_of(entries_[slots_[slot]].key);
            if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
            slots_[gap] = slots_[slot];
            gap = slot;
        }
        slots_[gap] = kNone;
    }

    void grow() {
        slots_.assign(slots_.size() * 2, kNone);
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            slots_[slot_of(entries_[i].key)] = static_cast<std::uint32_t>(i);
        }
    }

    std::vector<std::uint32_t> slots_;  // a power of two, at most half of them taken
    std::vector<Entry> entries_;
};

}  // namespace tern

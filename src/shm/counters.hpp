#pragma once

/// Counters (spec shared-memory.md 6): two parallel arrays, metadata records and value records. The
/// driver's conductor allocates and frees; everybody may read; each counter's owner updates its
/// value.

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "tern/base/bytes.hpp"
#include "tern/base/clock.hpp"
#include "tern/base/error.hpp"
#include "tern/base/shared_word.hpp"

namespace tern {

inline constexpr std::int32_t kNullCounterId = -1;
inline constexpr std::int64_t kDefaultCounterOwner = 0;
inline constexpr std::size_t  kMaxCounterKeyLength = 112;
inline constexpr std::size_t  kMaxCounterLabelLength = 380;

enum class CounterState : std::int32_t { unused = 0, allocated = 1, reclaimed = -1 };

struct CounterMetadata {
    SharedWord<std::int32_t> state;  //   0: driver; last on allocation, first on free
    SharedWord<std::int32_t> type_id;                      //   4
    SharedWord<std::int64_t> free_for_reuse_deadline_ms;   //   8: 2^63-1 while in use
    std::byte                key[kMaxCounterKeyLength];    //  16: zeroed when freed
    SharedWord<std::int32_t> label_length;  // 128: driver; a client for its own heartbeat
    char                     label[kMaxCounterLabelLength];   // 132
};
static_assert(sizeof(CounterMetadata) == 512 && offsetof(CounterMetadata, label) == 132);

struct CounterValue {
    SharedWord<std::int64_t> value;             //  0: the counter's owner
    SharedWord<std::int64_t> registration_id;   //  8: driver
    SharedWord<std::int64_t> owner_id;          // 16: driver
    SharedWord<std::int64_t> reference_id;      // 24: driver
    std::byte                rest[96];
};
static_assert(sizeof(CounterValue) == 128 && offsetof(CounterValue, reference_id) == 24);

/// A counter's value word; a view that stays valid while the mapping is.
class Counter {
  public:
    Counter() = default;
    explicit Counter(SharedWord<std::int64_t>& word) : word_(&word) {}
    bool valid() const { return word_ != nullptr; }
    /// The word itself, of a valid counter, for those who hold on to it.
    SharedWord<std::int64_t>& word() const { return *word_; }
    std::int64_t get() const { return word_->load_acquire(); }
    /// For the only writer of this counter, reading back what it wrote.
    std::int64_t get_own() const { return word_->load_relaxed(); }
    void set(std::int64_t value) { word_->store_release(value); }
    std::int64_t add(std::int64_t delta) { return word_->fetch_add(delta); }
    void increment() { word_->fetch_add(1); }
    /// For a counter with one writer: raises it to `value`; false where it was there already.
    bool propose_max(std::int64_t value) {
        if (word_->load_relaxed() >= value) {
            return false;
        }
        word_->store_release(value);
        return true;
    }

  private:
    SharedWord<std::int64_t>* word_ = nullptr;
};

/// A copy of a counter's label.
class CounterLabel {
  public:
    operator std::string_view() const { return {text_, length_}; }   // NOLINT: implicit
    std::size_t size() const { return length_; }
    friend bool operator==(const CounterLabel& label, std::string_view text) {
        return std::string_view{label} == text;
    }

  private:
    friend class CountersReader;
    std::size_t length_ = 0;
    char        text_[kMaxCounterLabelLength];
};

/// What one counter's record said at one moment: copies, all of the same allocation.
struct CounterView {
    std::int32_t                                id = kNullCounterId;
    std::int32_t                                type_id = 0;
    std::array<std::byte, kMaxCounterKeyLength> key;
    CounterLabel                                label;
    std::int64_t                                value = 0;
    std::int64_t                                registration_id = 0;   // 0 for an instant when new
    std::int64_t                                owner_id = 0;
    std::int64_t                                reference_id = 0;
};

/// Reads counters of any process's making. Ids out of range read as unused, values as 0.
class CountersReader {
  public:
    CountersReader() = default;
    CountersReader(Bytes metadata, Bytes values);

    std::int32_t max_id() const { return max_id_; }
    CounterState state(std::int32_t id) const;
    /// nullopt unless allocated, and still so after everything was copied.
    std::optional<CounterView> find(std::int32_t id) const;
    /// kNullCounterId where there is none.
    std::int32_t find_by_registration(std::int32_t type_id, std::int64_t registration_id) const;
    /// Calls `visit(const CounterView&)` for every allocated counter, in order of ids.
    template <typename Visit>
    void for_each(Visit&& visit) const {
        for (std::int32_t id = 0; id <= max_id_; ++id) {
            const CounterState found = state(id);
            if (found == CounterState::unused) {
                return;   // ids are given out densely: there is none above
            }
            if (const std::optional<CounterView> view = find(id)) {
                visit(*view);
            }
        }
    }
    /// Points into the mapping: for a counter that is not freed meanwhile. `find` copies.
    std::string_view label(std::int32_t id) const;
    std::int64_t value(std::int32_t id) const;
    std::int64_t registration_id(std::int32_t id) const;
    std::int64_t owner_id(std::int32_t id) const;
    std::int64_t reference_id(std::int32_t id) const;
    std::int64_t free_for_reuse_deadline_ms(std::int32_t id) const;
    std::int32_t type_id(std::int32_t id) const;
    /// The value word of an id in range; an invalid Counter otherwise.
    Counter counter(std::int32_t id) const;
    /// Appends to a label, as far as 380 bytes reach (spec 6.4). A client does so to its own
    /// heartbeat only.
    void append_to_label(std::int32_t id, std::string_view text) const;

  protected:
    bool in_range(std::int32_t id) const { return id >= 0 && id <= max_id_; }
    CounterMetadata& metadata(std::int32_t id) const {
        return reinterpret_cast<CounterMetadata*>(metadata_)[id];
    }
    CounterValue& values(std::int32_t id) const {
        return reinterpret_cast<CounterValue*>(values_)[id];
    }

  private:
    std::byte*   metadata_ = nullptr;
    std::byte*   values_ = nullptr;
    std::int32_t max_id_ = -1;
};

/// The driver's side: allocates and frees. One thread (the conductor).
class CountersManager : public CountersReader {
  public:
    struct Spec {
        std::int32_t     type_id = 0;
        ConstBytes       key;     // cut at 112 bytes
        std::string_view label;   // cut at 380 bytes
        std::int64_t     registration_id = 0;
        std::int64_t     owner_id = 0;
        std::int64_t     reference_id = 0;
        std::int64_t     value = 0;
    };

    /// `cool_down`: how long a freed id stays unused, so that readers notice (spec 6.4).
    CountersManager(Bytes metadata, Bytes values, Millis cool_down);

    /// The id, or an error where every id is taken.
    Result<std::int32_t> allocate(const Spec& spec, Millis epoch_now);
    /// Nothing happens unless the counter is allocated.
    void free(std::int32_t id, Millis epoch_now);
    void set_label(std::int32_t id, std::string_view label);
    void set_reference_id(std::int32_t id, std::int64_t reference_id);

  private:
    std::int32_t next_id(Millis epoch_now);

    struct Freed {
        std::int32_t id;
        Millis       deadline;
    };
    Millis            cool_down_;
    std::int32_t      high_water_mark_ = -1;
    std::deque<Freed> free_list_;   // oldest first
};

}  // namespace tern

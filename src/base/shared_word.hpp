#pragma once

/// The only way to touch a word that another thread or process may touch at the same time.
///
/// A `SharedWord<T>` is laid over mapped memory (it is a plain T there); every access names its
/// ordering. `release_fence` and `acquire_fence` go through here too: the thread sanitizer knows no
/// stand-alone fences, so under it they become an acquire-release read-modify-write. Reads that
/// race on purpose (the copy out of a broadcast buffer, scans over words that may be claimed) use
/// `racy_load` and `racy_copy`, which the thread sanitizer is told about. See
/// docs/shared-memory.md.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tern/base/model_hook.hpp"

#if defined(__SANITIZE_THREAD__)
#define TERN_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TERN_TSAN 1
#endif
#endif

namespace tern {

/// Two cache lines: the distance that the format keeps between fields of different writers.
inline constexpr std::size_t kFalseSharingRange = 128;

template <typename T>
class SharedWord {
  public:
    T load_acquire() const { return load(std::memory_order_acquire); }
    T load_relaxed() const { return load(std::memory_order_relaxed); }
    void store_release(T value) { store(value, std::memory_order_release); }
    void store_relaxed(T value) { store(value, std::memory_order_relaxed); }
    T fetch_add(T delta) {
        model_step("fetch-add", this);
        before_write();
        const T before = ref().fetch_add(delta, std::memory_order_acq_rel);
        model_observe(static_cast<std::uint64_t>(before));
        return before;
    }
    bool compare_exchange(T expected, T desired) {
        model_step("compare-exchange", this);
        before_write();
        const bool exchanged = ref().compare_exchange_strong(
            expected, desired, std::memory_order_acq_rel, std::memory_order_acquire);
        model_observe(exchanged ? 1 : 0);
        return exchanged;
    }

  private:
    T load(std::memory_order order) const {
        model_step("load", this);
        const T value = ref().load(order);
        model_observe(static_cast<std::uint64_t>(value));
        return value;
    }
    void store(T value, std::memory_order order) {
        model_step("store", this);
        before_write();
        ref().store(value, order);
    }
    std::atomic_ref<T> ref() const { return std::atomic_ref<T>(value_); }
    static_assert(std::atomic_ref<T>::is_always_lock_free);
    alignas(std::atomic_ref<T>::required_alignment) mutable T value_;
};
static_assert(sizeof(SharedWord<std::int64_t>) == 8 && sizeof(SharedWord<std::int32_t>) == 4);

/// The shared word at an address inside a mapping; the address must be aligned for T.
template <typename T>
SharedWord<T>& shared_word(std::byte* at) {
    return *reinterpret_cast<SharedWord<T>*>(at);
}
template <typename T>
const SharedWord<T>& shared_word(const std::byte* at) {
    return *reinterpret_cast<const SharedWord<T>*>(at);
}

/// A shared word alone in its 128 bytes, so that its writer does not disturb its neighbours'.
template <typename T>
struct Padded {
    SharedWord<T> word;
    std::byte     rest[kFalseSharingRange - sizeof(T)];
    SharedWord<T>* operator->() { return &word; }
    const SharedWord<T>* operator->() const { return &word; }
};
static_assert(sizeof(Padded<std::int64_t>) == kFalseSharingRange);

#ifdef TERN_TSAN
inline void fence_for_tsan() {
    static std::atomic<int> fence{0};
    fence.fetch_add(1, std::memory_order_acq_rel);
}
inline void release_fence() { fence_for_tsan(); }
inline void acquire_fence() { fence_for_tsan(); }
#else
/// Earlier accesses stay before later stores.
inline void release_fence() { std::atomic_thread_fence(std::memory_order_release); }
/// Earlier loads stay before later accesses.
inline void acquire_fence() { std::atomic_thread_fence(std::memory_order_acquire); }
#endif

#ifdef TERN_TSAN
#define TERN_RACES_ON_PURPOSE __attribute__((no_sanitize("thread"), noinline))
#else
#define TERN_RACES_ON_PURPOSE
#endif

/// Copies bytes that another thread may be reading or changing at the same time. Whoever reads them
/// validates afterwards and drops a torn copy.
TERN_RACES_ON_PURPOSE inline void racy_copy(std::byte* to, const std::byte* from,
                                            std::size_t length) {
#if defined(TERN_MODEL)
    constexpr std::size_t kPart = 16;   // as if the machine copied so much at a time
    for (std::size_t i = 0; i < length; i += kPart) {
        const std::size_t part = length - i < kPart ? length - i : kPart;
        model_step("racy copy", from + i);
        std::memcpy(to + i, from + i, part);
        model_observe(to + i, part);
    }
#elif defined(TERN_TSAN)
    for (std::size_t i = 0; i < length; ++i) {   // memcpy is intercepted even in here
        to[i] = const_cast<const volatile std::byte*>(from)[i];
    }
#else
    if (length > 0) std::memcpy(to, from, length);   // of nothing, either end may have no address
#endif
}

/// Reads one aligned word that a writer may be changing by plain stores (gap and unblock scans).
template <typename T>
TERN_RACES_ON_PURPOSE T racy_load(const std::byte* at) {
    model_step("racy load", at);
    const T value = *reinterpret_cast<const volatile T*>(at);
    model_observe(static_cast<std::uint64_t>(value));
    return value;
}

/// Writes one aligned word that others may be reading by racy_load or racy_copy.
template <typename T>
TERN_RACES_ON_PURPOSE void racy_store(std::byte* at, T value) {
    model_step("racy store", at);
    before_write();
    *reinterpret_cast<volatile T*>(at) = value;
}

}  // namespace tern

#pragma once

/// A small value that one thread sets and another looks at: the latest counts, earlier ones may be
/// missed, and none is ever torn. No locks, no waiting for the writer; a reader that meets a writer
/// looks again later.

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>

#include "tern/base/shared_word.hpp"

namespace tern {

template <typename T>
class LatestValue {
    static_assert(std::is_trivially_copyable_v<T>);
    static constexpr std::size_t kWords = (sizeof(T) + 7) / 8;
    using Words = std::array<std::uint64_t, kWords>;

  public:
    /// Writer.
    void set(const T& value) {
        Words words{};
        std::memcpy(words.data(), &value, sizeof value);
        const std::uint64_t next = end_.load_relaxed() + 1;
        begin_.store_relaxed(next);
        release_fence();
        for (std::size_t i = 0; i < kWords; ++i) words_[i].store_relaxed(words[i]);
        end_.store_release(next);
    }

    /// Reader: the latest value if it has not been taken yet and nobody is writing right now.
    std::optional<T> take_new() {
        const std::uint64_t number = end_.load_acquire();
        if (number == taken_) return std::nullopt;
        Words words{};
        for (std::size_t i = 0; i < kWords; ++i) words[i] = words_[i].load_relaxed();
        acquire_fence();
        if (begin_.load_relaxed() != number) return std::nullopt;
        taken_ = number;
        T value;
        std::memcpy(static_cast<void*>(&value), words.data(), sizeof value);
        return value;
    }

  private:
    SharedWord<std::uint64_t> begin_{};  // writer's
    SharedWord<std::uint64_t> end_{};    // writer's
    std::array<SharedWord<std::uint64_t>, kWords> words_{};
    std::byte apart_[kFalseSharingRange]{};
    std::uint64_t taken_ = 0;  // reader's
};

}  // namespace tern

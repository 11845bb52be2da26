#pragma once

/// Datagrams that leave in one call: pieces of one term, one behind another in memory, each of
/// whole frames. One for the whole sender, filled anew for each call. Sender thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tern/base/bytes.hpp"
#include "tern/logbuffer/term_scanner.hpp"

namespace tern::driver {

class DatagramBatch {
  public:
    static constexpr std::size_t kCapacity = 64;

    void clear() { size_ = length_ = 0; }
    bool is_empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    std::span<const ConstBytes> datagrams() const { return std::span(datagrams_).first(size_); }
    /// From the first byte of the first datagram to the last of the last. Between two there may be
    /// what padding takes, which is not sent.
    Bytes frames() const { return {first_, length_}; }
    /// By how much the first `count` datagrams carry the position, padding included.
    std::int64_t advance(std::size_t count) const {
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < count; ++i) sum += advances_[i];
        return sum;
    }

    /// hot: what a scan `found` at the beginning of `rest`, a term's. It lies behind all that was
    /// added before, with nothing but padding between.
    void add(Bytes rest, const Availability& found) {
        const auto length = static_cast<std::size_t>(found.available);
        if (size_ == 0) first_ = rest.data();
        length_ = static_cast<std::size_t>(rest.data() - first_) + length;
        datagrams_[size_] = rest.first(length);
        advances_[size_] = found.available + found.padding;
        ++size_;
    }

  private:
    std::size_t size_ = 0;
    std::byte* first_ = nullptr;
    std::size_t length_ = 0;
    std::array<ConstBytes, kCapacity> datagrams_;
    std::array<std::int32_t, kCapacity> advances_{};
};

}  // namespace tern::driver

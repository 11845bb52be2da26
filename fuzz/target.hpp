#pragma once

/// What a fuzz target is: one function that gives any bytes to the code that reads such bytes from
/// strangers, and asserts what must hold of whatever is accepted. <name>_fuzz.cpp implements it;
/// libfuzzer_entry.cpp (clang) or replay.cpp (any compiler, over the corpus) calls it.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "tern/base/assert.hpp"
#include "tern/base/bytes.hpp"

namespace tern::fuzz {

/// `input` lies in a heap block that ends where it ends.
void run(ConstBytes input);

/// Takes an input apart from the front. What is not there reads as zero.
class Input {
  public:
    explicit Input(ConstBytes bytes) : rest_(bytes) {}

    template <typename T>
    T take() {
        T value{};
        const ConstBytes bytes = take_bytes(sizeof value);
        if (!bytes.empty()) std::memcpy(&value, bytes.data(), bytes.size());
        return value;
    }
    std::size_t below(std::size_t limit) { return take<std::uint8_t>() % limit; }
    ConstBytes take_bytes(std::size_t length) {
        const ConstBytes taken = rest_.first(std::min(length, rest_.size()));
        rest_ = rest_.subspan(taken.size());
        return taken;
    }
    ConstBytes rest() const { return rest_; }
    bool is_empty() const { return rest_.empty(); }

  private:
    ConstBytes rest_;
};

/// Zeroed memory of exactly `length` bytes, aligned as a mapping's sections are.
class Memory {
  public:
    explicit Memory(std::size_t length)
        : bytes_(static_cast<std::byte*>(::operator new (length, std::align_val_t{64}))),
          length_(length) {
        std::fill_n(bytes_.get(), length, std::byte{0});
    }
    /// The beginning of it is `content`, as far as that reaches.
    Memory(std::size_t length, ConstBytes content) : Memory(length) {
        std::copy_n(content.begin(), std::min(length, content.size()), bytes_.get());
    }
    Bytes bytes() const { return {bytes_.get(), length_}; }

  private:
    struct Delete {
        void operator()(std::byte* bytes) const { ::operator delete (bytes, std::align_val_t{64}); }
    };
    std::unique_ptr<std::byte[], Delete> bytes_;
    std::size_t length_;
};

/// Reads every byte, so that a sanitizer sees a view that is too long. The sum keeps the reads
/// from being optimised away.
inline unsigned touch(ConstBytes bytes) {
    unsigned sum = 0;
    for (const std::byte byte : bytes) sum += static_cast<unsigned>(byte);
    volatile unsigned sink = sum;
    return sink;
}
inline unsigned touch(std::string_view text) { return touch(bytes_of(text)); }

}  // namespace tern::fuzz

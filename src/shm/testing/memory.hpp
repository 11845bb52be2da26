#pragma once

/// For unit tests: aligned zeroed memory, and bytes written by hand as in the specification's
/// vectors.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tern/base/bytes.hpp"

namespace tern::testing {

/// Zeroed memory, aligned as a mapping would be.
class Memory {
  public:
    explicit Memory(std::size_t length) : words_((length + 63) / 64), length_(length) {}
    Bytes bytes() { return {reinterpret_cast<std::byte*>(words_.data()), length_}; }
    std::byte* at(std::size_t offset) { return bytes().data() + offset; }

  private:
    struct alignas(64) Line {
        std::byte bytes[64] = {};
    };
    std::vector<Line> words_;
    std::size_t       length_;
};

/// 01 02 03 and so on.
inline std::vector<std::byte> count_up(std::size_t length) {
    std::vector<std::byte> bytes(length);
    for (std::size_t i = 0; i < length; ++i) {
        bytes[i] = static_cast<std::byte>(i + 1);
    }
    return bytes;
}

/// `length` bytes as "0d 00 00 07", for comparing with a vector's text.
inline std::string hex(ConstBytes bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const std::byte byte : bytes) {
        const auto value = static_cast<unsigned>(byte);
        text += digits[value >> 4];
        text += digits[value & 15];
        text += ' ';
    }
    if (!text.empty()) {
        text.pop_back();
    }
    return text;
}

}  // namespace tern::testing

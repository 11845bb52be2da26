#pragma once

/// Bytes, alignment, and plain (unsynchronised) reads and writes at any address, little-endian.

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "tern/base/model_hook.hpp"

namespace tern {

static_assert(std::endian::native == std::endian::little, "Aeron's files are little-endian");

using Bytes = std::span<std::byte>;
using ConstBytes = std::span<const std::byte>;

/// Rounds `value` up to a multiple of `alignment`, a power of two.
template <std::integral T>
constexpr T align(T value, std::type_identity_t<T> alignment) {
    return static_cast<T>((value + alignment - 1) & ~(alignment - 1));
}

template <std::integral T>
constexpr bool is_power_of_two(T value) {
    return value > 0 && (value & (value - 1)) == 0;
}

/// Reads a T at any alignment.
template <typename T>
T load_plain(const void* from) {
    static_assert(std::is_trivially_copyable_v<T>);
    T value;
    std::memcpy(&value, from, sizeof value);
    model_observe(&value, sizeof value);
    return value;
}

/// Writes a T at any alignment.
template <typename T>
void store_plain(void* to, T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    before_write();
    std::memcpy(to, &value, sizeof value);
}

inline ConstBytes bytes_of(std::string_view text) {
    return std::as_bytes(std::span{text.data(), text.size()});
}

inline std::string_view text_of(ConstBytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace tern

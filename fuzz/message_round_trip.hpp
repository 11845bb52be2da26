#pragma once

/// Shared by the targets of the messages between clients and the driver.

#include <variant>
#include <vector>

#include "target.hpp"

namespace tern::fuzz {

template <typename... Messages>
std::vector<std::byte> encoded(const std::variant<Messages...>& message) {
    return std::visit(
        [](const auto& one) {
            std::vector<std::byte> body(encoded_length(one), std::byte{0xAA});
            TERN_ASSERT(encode(one, body) == body.size());
            return body;
        },
        message);
}

/// A message that was accepted means the same after it was written and read.
template <typename Decode>
void expect_round_trip(std::int32_t type, ConstBytes body, Decode decode) {
    const auto message = decode(type, body);
    if (!message) {
        TERN_ASSERT(!message.error().text.empty());
        return;
    }
    const std::vector<std::byte> written = encoded(*message);
    const auto again = decode(type, written);
    TERN_ASSERT(again);
    TERN_ASSERT(encoded(*again) == written);
}

}  // namespace tern::fuzz

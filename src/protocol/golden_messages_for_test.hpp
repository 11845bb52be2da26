#pragma once

/// The golden vectors of control-protocol.md, section 20, as tables for the tests of this folder.

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "tern/protocol/command.hpp"
#include "tern/protocol/event.hpp"

namespace tern::protocol {

struct GoldenCommand {
    const char*      number;
    std::int32_t     type;
    Command          message;
    std::string_view body;   // "05 00 ..."
};
struct GoldenEvent {
    const char*      number;
    std::int32_t     type;
    Event            message;
    std::string_view body;
};

const std::vector<GoldenCommand>& golden_commands();
const std::vector<GoldenEvent>&   golden_events();

inline Result<Command> decode_like(const GoldenCommand&, std::int32_t type, ConstBytes body) {
    return decode_command(type, body);
}
inline Result<Event> decode_like(const GoldenEvent&, std::int32_t type, ConstBytes body) {
    return decode_event(type, body);
}

template <typename... Messages>
std::int32_t type_of(const std::variant<Messages...>& message) {
    return std::visit([](const auto& m) { return static_cast<std::int32_t>(m.type()); }, message);
}

/// The body in a block of exactly its size, filled with a pattern before, so that a byte that the
/// encoder leaves out shows.
template <typename... Messages>
std::vector<std::byte> encoded(const std::variant<Messages...>& message) {
    return std::visit(
        [](const auto& m) {
            std::vector<std::byte> body(encoded_length(m), std::byte{0xAA});
            const std::size_t length = encode(m, body);
            if (length != body.size()) body.clear();
            return body;
        },
        message);
}

inline std::string hex(ConstBytes bytes) {
    std::string text;
    for (std::byte byte : bytes) {
        char digits[4];
        std::snprintf(digits, sizeof digits, "%02x ", static_cast<unsigned>(byte));
        text += digits;
    }
    if (!text.empty()) text.pop_back();
    return text;
}

inline std::vector<std::byte> from_hex(std::string_view text) {
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i < text.size(); i += 3) {
        const std::string digits{text.substr(i, 2)};
        bytes.push_back(static_cast<std::byte>(std::stoi(digits, nullptr, 16)));
    }
    return bytes;
}

}  // namespace tern::protocol

#pragma once

/// What a message of the simulation says: who wrote it and which of its messages it is; every byte
/// of the rest follows from that, so that a reader can tell what it should have got.

#include <cstdint>
#include <optional>
#include <vector>

#include "tern/base/bytes.hpp"

namespace tern::sim {

struct MessageName {
    std::uint64_t writer = 0;  // a publishing process
    std::uint64_t number = 0;  // its messages in order, from 0
    bool operator==(const MessageName&) const = default;
};

inline constexpr std::size_t kShortestMessage = 24;  // bytes: the name and the length

/// Fills `out`, at least kShortestMessage long.
void write_message(const MessageName& name, Bytes out);
/// Nullopt unless every byte is as it was written.
std::optional<MessageName> read_message(ConstBytes message);

}  // namespace tern::sim

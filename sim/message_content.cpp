#include "message_content.hpp"

#include <algorithm>

#include "tern/base/assert.hpp"
#include "tern/base/random.hpp"

namespace tern::sim {
namespace {

struct Head {
    MessageName name;
    std::uint64_t length;
};
static_assert(sizeof(Head) == kShortestMessage);

/// Calls `visit(piece, at)` for the eight bytes (at the end fewer) that belong at each place.
template <typename Visit>
bool for_each_piece(const MessageName& name, std::size_t length, Visit&& visit) {
    SeededRandom content(name.writer * 0x9e3779b97f4a7c15ULL + name.number);
    for (std::size_t at = kShortestMessage; at < length; at += sizeof(std::uint64_t)) {
        const std::uint64_t piece = content.next();
        if (!visit(piece, at, std::min(sizeof piece, length - at))) return false;
    }
    return true;
}

}  // namespace

void write_message(const MessageName& name, Bytes out) {
    TERN_ASSERT(out.size() >= kShortestMessage);
    store_plain(out.data(), Head{name, out.size()});
    for_each_piece(name, out.size(), [&](std::uint64_t piece, std::size_t at, std::size_t count) {
        std::memcpy(out.data() + at, &piece, count);
        return true;
    });
}

std::optional<MessageName> read_message(ConstBytes message) {
    if (message.size() < kShortestMessage) return std::nullopt;
    const Head head = load_plain<Head>(message.data());
    if (head.length != message.size()) return std::nullopt;
    const bool is_whole = for_each_piece(
        head.name, message.size(), [&](std::uint64_t piece, std::size_t at, std::size_t count) {
            return std::memcmp(message.data() + at, &piece, count) == 0;
        });
    if (!is_whole) return std::nullopt;
    return head.name;
}

}  // namespace tern::sim

#pragma once

/// What was published, in which stream and at which position: written by publishers the moment a
/// message can be seen, looked up by whoever checks what subscribers get.

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "message_content.hpp"
#include "tern/logbuffer/position.hpp"

namespace tern::sim {

/// One publication's stream, in all the network: the initial term id is random, so that a
/// session id used again is another stream.
struct StreamKey {
    std::int32_t stream_id = 0;
    std::int32_t session_id = 0;
    std::int32_t initial_term_id = 0;
    auto operator<=>(const StreamKey&) const = default;
};

class Ledger {
  public:
    struct Entry {
        Position begin = 0;
        Position end = 0;
        MessageName name;
    };

    void published(const StreamKey& stream, const Entry& entry) {
        streams_[stream].emplace(entry.end, entry);
    }
    /// Its writer died while it published it: it may be seen, or not. `occupied`: bytes in the log.
    void in_doubt(const StreamKey& stream, const MessageName& name, std::int64_t occupied) {
        doubts_.push_back({stream, name, occupied});
    }
    /// Somebody has seen such a message, at this place; false if there is none.
    bool resolve(const StreamKey& stream, const MessageName& name, Position end) {
        const auto found = std::ranges::find_if(doubts_, [&](const Doubt& doubt) {
            return doubt.stream == stream && doubt.name == name;
        });
        if (found == doubts_.end()) return false;
        published(stream, {.begin = end - found->occupied, .end = end, .name = name});
        doubts_.erase(found);
        return true;
    }
    /// The message that ends there.
    const Entry* find(const StreamKey& stream, Position end) const {
        const auto messages = streams_.find(stream);
        if (messages == streams_.end()) return nullptr;
        const auto found = messages->second.find(end);
        return found == messages->second.end() ? nullptr : &found->second;
    }
    /// The message before the one that ends there; null for the first.
    const Entry* before(const StreamKey& stream, Position end) const {
        const auto messages = streams_.find(stream);
        if (messages == streams_.end()) return nullptr;
        const auto found = messages->second.lower_bound(end);
        return found == messages->second.begin() ? nullptr : &std::prev(found)->second;
    }

  private:
    struct Doubt {
        StreamKey stream;
        MessageName name;
        std::int64_t occupied = 0;
    };
    std::vector<Doubt> doubts_;
    std::map<StreamKey, std::map<Position, Entry>> streams_;
};

}  // namespace tern::sim

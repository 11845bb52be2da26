#pragma once

/// Handlers in order of their adding. Belongs to the conductor's thread; a handler may add and
/// remove handlers, itself too: what is being called is a copy of the list.

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace tern::client {

/// Names a handler that was added, for its removal. 0 names none.
using HandlerId = std::int64_t;

template <typename Handler>
class HandlerList {
  public:
    void add(HandlerId id, Handler handler) {
        auto next = std::make_shared<Entries>(*entries_);
        next->emplace_back(id, std::move(handler));
        entries_ = std::move(next);
    }
    void remove(HandlerId id) {
        auto next = std::make_shared<Entries>(*entries_);
        std::erase_if(*next, [id](const auto& entry) { return entry.first == id; });
        entries_ = std::move(next);
    }
    /// Calls `call(handler)` for each.
    template <typename Call>
    void for_each(Call&& call) const {
        const std::shared_ptr<const Entries> entries = entries_;
        for (const auto& [id, handler] : *entries) call(handler);
    }

  private:
    using Entries = std::vector<std::pair<HandlerId, Handler>>;
    std::shared_ptr<const Entries> entries_ = std::make_shared<Entries>();
};

}  // namespace tern::client

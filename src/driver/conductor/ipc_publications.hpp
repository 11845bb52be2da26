#pragma once

/// All IPC publications, and the ways to find one: by registration id, by stream, by session, and
/// the one that a concurrent add joins (spec control-protocol.md, 8.1 and 9). Conductor thread
/// only.

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tern/driver/conductor/ipc_publication.hpp"

namespace tern::driver {

class IpcPublications {
  public:
    using List = std::vector<std::unique_ptr<IpcPublication>>;

    IpcPublication& add(std::unique_ptr<IpcPublication> publication);
    /// Forgets the publication at this place of `all()`; the one behind it takes its place.
    std::unique_ptr<IpcPublication> take(std::size_t index);

    List& all() { return all_; }
    IpcPublication* find(std::int64_t registration_id) const;
    /// In the order in which they were added; nullptr for a stream without any.
    const std::vector<IpcPublication*>* of_stream(std::int32_t stream_id) const;
    /// The one that a concurrent add on this stream shares.
    IpcPublication* find_shareable(std::int32_t stream_id,
                                   std::int64_t response_correlation_id) const;
    IpcPublication* find_by_entity_tag(std::int64_t tag) const;

    /// An explicit or allocated session id may not be used twice by streams that are still read.
    bool is_session_in_use(std::int32_t stream_id, std::int32_t session_id) const;
    /// In any state.
    bool is_session_known(std::int32_t stream_id, std::int32_t session_id) const;

  private:
    using SessionKey = std::pair<std::int32_t, std::int32_t>;  // stream, session
    using ShareKey = std::pair<std::int32_t, std::int64_t>;    // stream, response correlation id

    List all_;
    std::unordered_map<std::int64_t, IpcPublication*> by_registration_id_;
    std::unordered_map<std::int32_t, std::vector<IpcPublication*>> by_stream_;
    std::multimap<SessionKey, IpcPublication*> by_session_;
    std::multimap<ShareKey, IpcPublication*> shared_;
    std::multimap<std::int64_t, IpcPublication*> by_entity_tag_;
};

}  // namespace tern::driver

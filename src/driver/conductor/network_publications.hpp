#pragma once

/// All network publications, and the ways to find one: by registration id, by stream, by session on
/// its endpoint, and the one that a concurrent add joins (spec control-protocol.md, 8.2 and 9).
/// Conductor thread only.

#include <cstdint>
#include <map>
#include <memory>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tern/driver/conductor/network_publication.hpp"
#include "tern/driver/conductor/send_channels.hpp"

namespace tern::driver {

class NetworkPublications {
  public:
    using List = std::vector<std::unique_ptr<NetworkPublication>>;

    NetworkPublication& add(std::unique_ptr<NetworkPublication> publication);
    /// Forgets it. Null where it is not there (any more).
    std::unique_ptr<NetworkPublication> take(const NetworkPublication& publication);

    List& all() { return all_; }
    NetworkPublication* find(std::int64_t registration_id) const;
    NetworkPublication* find(const SenderPublication* half) const;
    /// In the order in which they were added; nullptr for a stream without any.
    const std::vector<NetworkPublication*>* of_stream(std::int32_t stream_id) const;
    /// The one that a concurrent add on this stream and endpoint shares.
    NetworkPublication* find_shareable(const SendChannel& channel, std::int32_t stream_id,
                                       std::int64_t response_correlation_id) const;
    NetworkPublication* find_by_entity_tag(std::int64_t tag) const;

    /// An explicit or allocated session id may not be used twice on one endpoint.
    bool is_session_in_use(const SendChannel* channel, std::int32_t stream_id,
                           std::int32_t session_id) const;
    /// On any endpoint.
    bool is_session_known(std::int32_t stream_id, std::int32_t session_id) const;

  private:
    using SessionKey = std::pair<std::int32_t, std::int32_t>;  // stream, session
    /// Endpoint, stream, response correlation id.
    using ShareKey = std::tuple<const SendChannel*, std::int32_t, std::int64_t>;

    List all_;
    std::unordered_map<std::int64_t, NetworkPublication*> by_registration_id_;
    std::unordered_map<const SenderPublication*, NetworkPublication*> by_half_;
    std::unordered_map<std::int32_t, std::vector<NetworkPublication*>> by_stream_;
    std::multimap<SessionKey, NetworkPublication*> by_session_;
    std::multimap<ShareKey, NetworkPublication*> shared_;
    std::multimap<std::int64_t, NetworkPublication*> by_entity_tag_;
};

}  // namespace tern::driver

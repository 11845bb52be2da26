#pragma once

/// The answer to a command that added a link to a publication (spec control-protocol.md 5.3, 8.4).

#include <cstdint>

#include "tern/driver/conductor/client_events.hpp"
#include "tern/driver/conductor/client_publication.hpp"

namespace tern::driver {

inline void announce_publication(ClientEvents& events, std::int64_t correlation_id,
                                 const ClientPublication& publication) {
    const LocalStream::Identity& identity = publication.identity();
    events.send(
        protocol::PublicationReady{.correlation_id = correlation_id,
                                   .registration_id = identity.registration_id,
                                   .session_id = identity.session_id,
                                   .stream_id = identity.stream_id,
                                   .position_limit_counter_id = publication.limit_counter_id(),
                                   .channel_status_indicator_id = publication.channel_status_id(),
                                   .log_file_name = identity.log_file_name,
                                   .is_exclusive = publication.is_exclusive()});
}

}  // namespace tern::driver

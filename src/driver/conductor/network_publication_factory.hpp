#pragma once

/// Makes the conductor's and the sender's half of one network publication: session id, start
/// position, flow control, counters and log metadata (spec control-protocol.md 8.5, counters.md 8,
/// shared-memory.md 9.3). Conductor thread only.

#include <cstdint>
#include <memory>

#include "tern/base/error.hpp"
#include "tern/driver/conductor/conductor_parts.hpp"
#include "tern/uri/publication_params.hpp"

namespace tern::driver {

struct NetworkPublicationRequest {
    std::int64_t registration_id;
    std::int64_t client_id;
    std::int32_t stream_id;
    bool is_exclusive;
    const uri::UdpChannel& channel;  // of the command: the endpoint's may be another
    const uri::PublicationParams& params;
};

/// Errors: generic_error, for flow control that cannot be read and where counters are used up;
/// nothing is left then.
Result<std::unique_ptr<NetworkPublication>> make_network_publication(
    ConductorParts& parts, const NetworkPublicationRequest& request, SendChannel& channel,
    const std::shared_ptr<Mapping>& file);

void free_counters(CounterTable& counters, const NetworkPublication::Counters& owned);

}  // namespace tern::driver

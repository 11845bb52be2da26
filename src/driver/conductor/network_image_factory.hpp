#pragma once

/// Makes the conductor's and the receiver's half of one image: checks of the SETUP, the log file
/// and its metadata, counters, congestion control and loss detection (spec wire-protocol.md 5.5,
/// control-protocol.md 11, counters.md 9, shared-memory.md 9.3). Conductor thread only.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tern/base/error.hpp"
#include "tern/driver/conductor/conductor_parts.hpp"
#include "tern/driver/conductor/log_storage.hpp"
#include "tern/driver/conductor/network_image.hpp"
#include "tern/driver/conductor/receive_channels.hpp"

namespace tern::driver {

struct NetworkImageRequest {
    std::int64_t registration_id;
    const CreateImage& event;
    ReceiveChannel& channel;
    const std::vector<SubscriptionLink*>& links;  // that match, at least one; the first governs
    bool is_sparse;                               // as the file was made
};

/// The subscriptions that want this session, in the order in which they were added.
std::vector<SubscriptionLink*> links_of_session(const ReceiveChannel& channel,
                                                std::int32_t stream_id, std::int32_t session_id);

/// Whether a SETUP can be accepted at all: lengths, and what the receiver's window takes. Errors:
/// generic_error, which names stream and session.
Result<void> check_setup(ConductorParts& parts, const protocol::Setup& setup,
                         const ReceiveChannel& channel);

/// A valid SETUP. The file is as sparse as the oldest of the links asks.
LogStorage::Request image_log_request(ConductorParts& parts, std::int64_t registration_id,
                                      const protocol::Setup& setup, const ReceiveChannel& channel,
                                      const std::vector<SubscriptionLink*>& links);

/// A valid SETUP, and the file that was asked for. Errors: generic_error, for congestion control
/// that nobody knows and where counters are used up; nothing is left then.
Result<std::unique_ptr<NetworkImage>> make_network_image(ConductorParts& parts,
                                                         const NetworkImageRequest& request,
                                                         const std::shared_ptr<Mapping>& file);

void free_counters(CounterTable& counters, const NetworkImage::Counters& owned);

}  // namespace tern::driver

#pragma once

/// Adds and removes destinations of publications whose channel has `control-mode=manual` (spec
/// control-protocol.md 12.1 and 12.2, channel-uri.md 15.1). The destination's name is resolved
/// first, so the command is in progress for a while. Conductor thread only.

#include <cstdint>
#include <string>

#include "tern/base/error.hpp"
#include "tern/driver/conductor/conductor_parts.hpp"
#include "tern/protocol/destination_commands.hpp"

namespace tern::driver {

class SendDestinationCommands {
  public:
    explicit SendDestinationCommands(ConductorParts& parts) : parts_(parts) {}

    /// ADD_DESTINATION and REMOVE_DESTINATION. Where it succeeds it will answer.
    Result<void> apply(const protocol::DestinationCommand& command);
    /// Answers by itself where it succeeds.
    Result<void> remove_by_id(const protocol::RemoveDestinationById& command);

  private:
    struct Request {
        protocol::CorrelatedHeader header;
        std::int64_t registration_id;  // of the publication, the original one
        bool is_add;
        std::string endpoint;
        std::string channel;
    };
    Result<NetworkPublication*> find(std::int64_t client_id, std::int64_t registration_id);
    Result<void> on_resolved(const Request& request, Result<SocketAddress> found);

    ConductorParts& parts_;
};

}  // namespace tern::driver

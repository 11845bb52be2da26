#pragma once

/// Destinations of publications and subscriptions (spec control-protocol.md, section 12); those of
/// publications are in send_destination_commands.hpp. Only network publications and network
/// subscriptions have any, so what is asked for an IPC one is answered as an unknown resource, as
/// Aeron does. Conductor thread only.

#include "tern/base/error.hpp"
#include "tern/driver/conductor/conductor_parts.hpp"
#include "tern/driver/conductor/send_destination_commands.hpp"
#include "tern/driver/conductor/subscription_commands.hpp"
#include "tern/protocol/destination_commands.hpp"

namespace tern::driver {

class DestinationCommands {
  public:
    DestinationCommands(ConductorParts& parts, SubscriptionCommands& subscriptions)
        : parts_(parts), subscriptions_(subscriptions), send_(parts) {}

    /// Both answer by themselves where they succeed, some of them later.
    Result<void> apply(const protocol::DestinationCommand& command);
    Result<void> remove_by_id(const protocol::RemoveDestinationById& command);

  private:
    Result<void> add_receive(const protocol::DestinationCommand& command);
    Result<void> remove_receive(const protocol::DestinationCommand& command);
    Result<void> remove_local_receive(const protocol::DestinationCommand& command);

    ConductorParts& parts_;
    SubscriptionCommands& subscriptions_;
    SendDestinationCommands send_;
};

}  // namespace tern::driver

#pragma once

/// Any command, decoded by the type of its record. For the driver's conductor.

#include <variant>

#include "tern/protocol/client_commands.hpp"
#include "tern/protocol/counter_commands.hpp"
#include "tern/protocol/destination_commands.hpp"
#include "tern/protocol/publication_commands.hpp"
#include "tern/protocol/subscription_commands.hpp"

namespace tern::protocol {

using Command =
    std::variant<AddPublication, RemovePublication, AddSubscription, RemoveSubscription,
                 RejectImage, DestinationCommand, RemoveDestinationById, AddCounter,
                 AddStaticCounter, RemoveCounter, ClientKeepalive, ClientClose, TerminateDriver,
                 GetNextAvailableSessionId>;

/// Errors: malformed_command ("command=1 too short: length=23", "command=1 negative
/// channel_length=-1"), unknown_command_type_id ("command=99 unknown"). Longer bodies than needed
/// are accepted.
Result<Command> decode_command(std::int32_t type, ConstBytes body);

}  // namespace tern::protocol

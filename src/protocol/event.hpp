#pragma once

/// Any event, decoded by the type of its record. For clients and tools.

#include <variant>

#include "tern/protocol/client_events.hpp"
#include "tern/protocol/counter_events.hpp"
#include "tern/protocol/publication_events.hpp"
#include "tern/protocol/subscription_events.hpp"

namespace tern::protocol {

using Event = std::variant<CommandError, OperationSuccess, ClientTimeout, NextAvailableSessionId,
                           PublicationReady, PublicationError, SubscriptionReady, AvailableImage,
                           UnavailableImage, CounterReady, UnavailableCounter, StaticCounter>;

/// Errors: malformed_command ("command=0xf0c too short: length=67"), unknown_command_type_id for a
/// type that a later driver may have; a client ignores that one.
Result<Event> decode_event(std::int32_t type, ConstBytes body);

}  // namespace tern::protocol

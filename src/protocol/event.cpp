#include "tern/protocol/event.hpp"

#include <string>

namespace tern::protocol {
namespace {

template <typename Message>
Result<Event> decode_as(EventType type, ConstBytes body) {
    Result<Message> message = Message::decode(type, body);
    if (!message) return std::move(message).error();
    return Event{*std::move(message)};
}

}  // namespace

Result<Event> decode_event(std::int32_t type_id, ConstBytes body) {
    const auto type = static_cast<EventType>(type_id);
    switch (type) {
        case EventType::error: return decode_as<CommandError>(type, body);
        case EventType::available_image: return decode_as<AvailableImage>(type, body);
        case EventType::publication_ready:
        case EventType::exclusive_publication_ready:
            return decode_as<PublicationReady>(type, body);
        case EventType::operation_success: return decode_as<OperationSuccess>(type, body);
        case EventType::unavailable_image: return decode_as<UnavailableImage>(type, body);
        case EventType::subscription_ready: return decode_as<SubscriptionReady>(type, body);
        case EventType::counter_ready: return decode_as<CounterReady>(type, body);
        case EventType::unavailable_counter: return decode_as<UnavailableCounter>(type, body);
        case EventType::client_timeout: return decode_as<ClientTimeout>(type, body);
        case EventType::static_counter: return decode_as<StaticCounter>(type, body);
        case EventType::publication_error: return decode_as<PublicationError>(type, body);
        case EventType::next_available_session_id:
            return decode_as<NextAvailableSessionId>(type, body);
    }
    return Error{ErrorCode::unknown_command_type_id,
                 "event=" + std::to_string(type_id) + " unknown"};
}

}  // namespace tern::protocol

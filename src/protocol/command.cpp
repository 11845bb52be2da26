#include "tern/protocol/command.hpp"

#include <string>

namespace tern::protocol {
namespace {

template <typename Message>
Result<Command> decode_as(CommandType type, ConstBytes body) {
    Result<Message> message = Message::decode(type, body);
    if (!message) return std::move(message).error();
    return Command{*std::move(message)};
}

}  // namespace

Result<Command> decode_command(std::int32_t type_id, ConstBytes body) {
    const auto type = static_cast<CommandType>(type_id);
    switch (type) {
        case CommandType::add_publication:
        case CommandType::add_exclusive_publication: return decode_as<AddPublication>(type, body);
        case CommandType::remove_publication: return decode_as<RemovePublication>(type, body);
        case CommandType::add_subscription: return decode_as<AddSubscription>(type, body);
        case CommandType::remove_subscription: return decode_as<RemoveSubscription>(type, body);
        case CommandType::reject_image: return decode_as<RejectImage>(type, body);
        case CommandType::add_destination:
        case CommandType::remove_destination:
        case CommandType::add_receive_destination:
        case CommandType::remove_receive_destination:
            return decode_as<DestinationCommand>(type, body);
        case CommandType::remove_destination_by_id:
            return decode_as<RemoveDestinationById>(type, body);
        case CommandType::add_counter: return decode_as<AddCounter>(type, body);
        case CommandType::add_static_counter: return decode_as<AddStaticCounter>(type, body);
        case CommandType::remove_counter: return decode_as<RemoveCounter>(type, body);
        case CommandType::client_keepalive: return decode_as<ClientKeepalive>(type, body);
        case CommandType::client_close: return decode_as<ClientClose>(type, body);
        case CommandType::terminate_driver: return decode_as<TerminateDriver>(type, body);
        case CommandType::get_next_available_session_id:
            return decode_as<GetNextAvailableSessionId>(type, body);
    }
    return Error{ErrorCode::unknown_command_type_id,
                 "command=" + std::to_string(type_id) + " unknown"};
}

}  // namespace tern::protocol

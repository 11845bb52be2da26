#include "tern/protocol/destination_commands.hpp"

#include "tern/protocol/message_codec.hpp"

namespace tern::protocol {
namespace {

DestinationAction action_of(CommandType type) {
    switch (type) {
        case CommandType::add_destination: return DestinationAction::add_send;
        case CommandType::remove_destination: return DestinationAction::remove_send;
        case CommandType::add_receive_destination: return DestinationAction::add_receive;
        default: break;
    }
    // Whoever calls has dispatched on the type.
    TERN_ASSERT(type == CommandType::remove_receive_destination);
    return DestinationAction::remove_receive;
}

}  // namespace

CommandType DestinationCommand::type() const {
    switch (action) {
        case DestinationAction::add_send: return CommandType::add_destination;
        case DestinationAction::remove_send: return CommandType::remove_destination;
        case DestinationAction::add_receive: return CommandType::add_receive_destination;
        case DestinationAction::remove_receive: break;
    }
    return CommandType::remove_receive_destination;
}

Result<DestinationCommand> DestinationCommand::decode(CommandType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<DestinationLayout>();
    return reader.finish(DestinationCommand{
        .header = layout.header,
        .action = action_of(type),
        .registration_id = layout.registration_id,
        .channel = reader.text(layout.channel_length, "channel_length"),
    });
}

std::size_t encoded_length(const DestinationCommand& command) {
    return sizeof(DestinationLayout) + command.channel.size();
}

std::size_t encode(const DestinationCommand& command, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(DestinationLayout{
        .header = command.header,
        .registration_id = command.registration_id,
        .channel_length = codec::length_field(command.channel.size()),
    });
    writer.text(command.channel);
    return writer.length();
}

Result<RemoveDestinationById> RemoveDestinationById::decode(CommandType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<RemoveDestinationByIdLayout>();
    return reader.finish(RemoveDestinationById{
        .header = layout.header,
        .publication_registration_id = layout.resource_registration_id,
        .destination_registration_id = layout.destination_registration_id,
    });
}

std::size_t encoded_length(const RemoveDestinationById&) {
    return sizeof(RemoveDestinationByIdLayout);
}

std::size_t encode(const RemoveDestinationById& command, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(RemoveDestinationByIdLayout{
        .header = command.header,
        .resource_registration_id = command.publication_registration_id,
        .destination_registration_id = command.destination_registration_id,
    });
    return writer.length();
}

}  // namespace tern::protocol

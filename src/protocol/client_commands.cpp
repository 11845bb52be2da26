#include "tern/protocol/client_commands.hpp"

#include "tern/protocol/message_codec.hpp"

namespace tern::protocol {

Result<ClientKeepalive> ClientKeepalive::decode(CommandType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    return reader.finish(ClientKeepalive{.header = reader.fixed<CorrelatedHeader>()});
}

std::size_t encoded_length(const ClientKeepalive&) {
    return sizeof(CorrelatedHeader);
}

std::size_t encode(const ClientKeepalive& command, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(command.header);
    return writer.length();
}

Result<ClientClose> ClientClose::decode(CommandType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    return reader.finish(ClientClose{.header = reader.fixed<CorrelatedHeader>()});
}

std::size_t encoded_length(const ClientClose&) {
    return sizeof(CorrelatedHeader);
}

std::size_t encode(const ClientClose& command, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(command.header);
    return writer.length();
}

Result<TerminateDriver> TerminateDriver::decode(CommandType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<TerminateDriverLayout>();
    return reader.finish(TerminateDriver{
        .header = layout.header,
        .token = reader.variable(layout.token_length, "token_length"),
    });
}

std::size_t encoded_length(const TerminateDriver& command) {
    return sizeof(TerminateDriverLayout) + command.token.size();
}

std::size_t encode(const TerminateDriver& command, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(TerminateDriverLayout{
        .header = command.header,
        .token_length = codec::length_field(command.token.size()),
    });
    writer.variable(command.token);
    return writer.length();
}

Result<GetNextAvailableSessionId> GetNextAvailableSessionId::decode(CommandType type,
                                                                    ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<NextSessionIdLayout>();
    return reader.finish(GetNextAvailableSessionId{
        .header = layout.header,
        .stream_id = layout.stream_id,
    });
}

std::size_t encoded_length(const GetNextAvailableSessionId&) {
    return sizeof(NextSessionIdLayout);
}

std::size_t encode(const GetNextAvailableSessionId& command, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(NextSessionIdLayout{.header = command.header, .stream_id = command.stream_id});
    return writer.length();
}

}  // namespace tern::protocol

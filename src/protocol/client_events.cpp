#include "tern/protocol/client_events.hpp"

#include "tern/protocol/message_codec.hpp"

namespace tern::protocol {

Result<CommandError> CommandError::decode(EventType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<CommandErrorLayout>();
    return reader.finish(CommandError{
        .offending_correlation_id = layout.offending_command_correlation_id,
        .error_code = layout.error_code,
        .message = reader.text(layout.error_message_length, "error_message_length"),
    });
}

std::size_t encoded_length(const CommandError& event) {
    return sizeof(CommandErrorLayout) + event.message.size();
}

std::size_t encode(const CommandError& event, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(CommandErrorLayout{
        .offending_command_correlation_id = event.offending_correlation_id,
        .error_code = event.error_code,
        .error_message_length = codec::length_field(event.message.size()),
    });
    writer.text(event.message);
    return writer.length();
}

Result<OperationSuccess> OperationSuccess::decode(EventType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<OperationSuccessLayout>();
    return reader.finish(OperationSuccess{.correlation_id = layout.correlation_id});
}

std::size_t encoded_length(const OperationSuccess&) {
    return sizeof(OperationSuccessLayout);
}

std::size_t encode(const OperationSuccess& event, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(OperationSuccessLayout{.correlation_id = event.correlation_id});
    return writer.length();
}

Result<ClientTimeout> ClientTimeout::decode(EventType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<ClientTimeoutLayout>();
    return reader.finish(ClientTimeout{.client_id = layout.client_id});
}

std::size_t encoded_length(const ClientTimeout&) {
    return sizeof(ClientTimeoutLayout);
}

std::size_t encode(const ClientTimeout& event, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(ClientTimeoutLayout{.client_id = event.client_id});
    return writer.length();
}

Result<NextAvailableSessionId> NextAvailableSessionId::decode(EventType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<NextAvailableSessionIdLayout>();
    return reader.finish(NextAvailableSessionId{
        .correlation_id = layout.correlation_id,
        .next_session_id = layout.next_session_id,
    });
}

std::size_t encoded_length(const NextAvailableSessionId&) {
    return sizeof(NextAvailableSessionIdLayout);
}

std::size_t encode(const NextAvailableSessionId& event, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(NextAvailableSessionIdLayout{
        .correlation_id = event.correlation_id,
        .next_session_id = event.next_session_id,
    });
    return writer.length();
}

}  // namespace tern::protocol

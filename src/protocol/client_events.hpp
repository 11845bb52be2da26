#pragma once

/// Plain answers, errors and the end of a client (spec control-protocol.md, 5.2, 5.7, 5.9 and
/// 5.11).

#include "tern/protocol/message_types.hpp"

namespace tern::protocol {

#pragma pack(push, 4)
struct CommandErrorLayout {
    std::int64_t offending_command_correlation_id;   //  0
    std::int32_t error_code;                         //  8
    std::int32_t error_message_length;               // 12: the text follows
};
struct OperationSuccessLayout {
    std::int64_t correlation_id;   //  0
};
struct ClientTimeoutLayout {
    std::int64_t client_id;   //  0
};
struct NextAvailableSessionIdLayout {
    std::int64_t correlation_id;    //  0
    std::int32_t next_session_id;   //  8
};
#pragma pack(pop)
static_assert(sizeof(CommandErrorLayout) == 16);
static_assert(sizeof(OperationSuccessLayout) == 8);
static_assert(sizeof(ClientTimeoutLayout) == 8);
static_assert(sizeof(NextAvailableSessionIdLayout) == 12);

/// ON_ERROR: answers a command that failed.
struct CommandError {
    std::int64_t     offending_correlation_id;   // 0 where the driver could not read it
    std::int32_t     error_code;                 // see error_code_from_wire in error_codes.hpp
    std::string_view message;

    static constexpr EventType type() { return EventType::error; }
    static Result<CommandError> decode(EventType type, ConstBytes body);
};
std::size_t encoded_length(const CommandError& event);
std::size_t encode(const CommandError& event, Bytes out);

struct OperationSuccess {
    std::int64_t correlation_id;

    static constexpr EventType type() { return EventType::operation_success; }
    static Result<OperationSuccess> decode(EventType type, ConstBytes body);
};
std::size_t encoded_length(const OperationSuccess& event);
std::size_t encode(const OperationSuccess& event, Bytes out);

/// The driver has given up on this client.
struct ClientTimeout {
    std::int64_t client_id;

    static constexpr EventType type() { return EventType::client_timeout; }
    static Result<ClientTimeout> decode(EventType type, ConstBytes body);
};
std::size_t encoded_length(const ClientTimeout& event);
std::size_t encode(const ClientTimeout& event, Bytes out);

/// Answers GetNextAvailableSessionId.
struct NextAvailableSessionId {
    std::int64_t correlation_id;
    std::int32_t next_session_id;

    static constexpr EventType type() { return EventType::next_available_session_id; }
    static Result<NextAvailableSessionId> decode(EventType type, ConstBytes body);
};
std::size_t encoded_length(const NextAvailableSessionId& event);
std::size_t encode(const NextAvailableSessionId& event, Bytes out);

}  // namespace tern::protocol

#pragma once

/// Commands about the client or the driver as a whole (spec control-protocol.md, 4.8, 4.9, 4.15,
/// 4.17).

#include "tern/protocol/message_types.hpp"

namespace tern::protocol {

#pragma pack(push, 4)
struct TerminateDriverLayout {
    CorrelatedHeader header;         //  0
    std::int32_t     token_length;   // 16: the token follows
};
struct NextSessionIdLayout {
    CorrelatedHeader header;      //  0
    std::int32_t     stream_id;   // 16
};
#pragma pack(pop)
static_assert(sizeof(TerminateDriverLayout) == 20);
static_assert(sizeof(NextSessionIdLayout) == 20);

/// Never answered. Today's clients write their heartbeat counter instead; a driver still obeys it.
struct ClientKeepalive {
    CorrelatedHeader header;

    static constexpr CommandType type() { return CommandType::client_keepalive; }
    static Result<ClientKeepalive> decode(CommandType type, ConstBytes body);
};
std::size_t encoded_length(const ClientKeepalive& command);
std::size_t encode(const ClientKeepalive& command, Bytes out);

/// Never answered; the correlation id is -1.
struct ClientClose {
    CorrelatedHeader header;

    static constexpr CommandType type() { return CommandType::client_close; }
    static Result<ClientClose> decode(CommandType type, ConstBytes body);
};
std::size_t encoded_length(const ClientClose& command);
std::size_t encode(const ClientClose& command, Bytes out);

/// Never answered. Sent by a tool that is no client; its ids are fresh correlation ids.
struct TerminateDriver {
    CorrelatedHeader header;
    ConstBytes       token;   // for the driver's termination validator; may be empty

    static constexpr CommandType type() { return CommandType::terminate_driver; }
    static Result<TerminateDriver> decode(CommandType type, ConstBytes body);
};
std::size_t encoded_length(const TerminateDriver& command);
std::size_t encode(const TerminateDriver& command, Bytes out);

/// Answered by NextAvailableSessionId. Only for drivers of kControlVersionWithNextSessionId.
struct GetNextAvailableSessionId {
    CorrelatedHeader header;
    std::int32_t     stream_id;

    static constexpr CommandType type() { return CommandType::get_next_available_session_id; }
    static Result<GetNextAvailableSessionId> decode(CommandType type, ConstBytes body);
};
std::size_t encoded_length(const GetNextAvailableSessionId& command);
std::size_t encode(const GetNextAvailableSessionId& command, Bytes out);

}  // namespace tern::protocol

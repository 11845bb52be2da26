#pragma once

/// Commands that add and remove destinations of publications and of subscriptions (spec
/// control-protocol.md, 4.10 and 4.11).

#include "tern/protocol/message_types.hpp"

namespace tern::protocol {

#pragma pack(push, 4)
struct DestinationLayout {
    CorrelatedHeader header;            //  0
    std::int64_t     registration_id;   // 16
    std::int32_t     channel_length;    // 24: the text follows, at 28
};
struct RemoveDestinationByIdLayout {
    CorrelatedHeader header;                        //  0
    std::int64_t     resource_registration_id;      // 16
    std::int64_t     destination_registration_id;   // 24
};
#pragma pack(pop)
static_assert(sizeof(DestinationLayout) == 28);
static_assert(offsetof(DestinationLayout, channel_length) == 24);
static_assert(sizeof(RemoveDestinationByIdLayout) == 32);

enum class DestinationAction { add_send, remove_send, add_receive, remove_receive };

/// Answered by OperationSuccess. The correlation id of an add becomes the destination's
/// registration id.
struct DestinationCommand {
    CorrelatedHeader  header;
    DestinationAction action;
    std::int64_t      registration_id;   // of the publication (the original one), or subscription
    std::string_view  channel;

    CommandType type() const;
    static Result<DestinationCommand> decode(CommandType type, ConstBytes body);
};
std::size_t encoded_length(const DestinationCommand& command);
std::size_t encode(const DestinationCommand& command, Bytes out);

/// Answered by OperationSuccess. Send destinations only.
struct RemoveDestinationById {
    CorrelatedHeader header;
    std::int64_t     publication_registration_id;   // the original one
    std::int64_t     destination_registration_id;

    static constexpr CommandType type() { return CommandType::remove_destination_by_id; }
    static Result<RemoveDestinationById> decode(CommandType type, ConstBytes body);
};
std::size_t encoded_length(const RemoveDestinationById& command);
std::size_t encode(const RemoveDestinationById& command, Bytes out);

}  // namespace tern::protocol

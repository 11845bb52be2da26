#pragma once

/// Commands that add and remove publications (spec control-protocol.md, 4.4 and 4.5).

#include "tern/protocol/message_types.hpp"

namespace tern::protocol {

#pragma pack(push, 4)
struct AddPublicationLayout {
    CorrelatedHeader header;           //  0
    std::int32_t     stream_id;        // 16
    std::int32_t     channel_length;   // 20: the text follows
};
struct RemovePublicationLayout {
    CorrelatedHeader header;            //  0
    std::int64_t     registration_id;   // 16
    std::uint64_t    flags;             // 24: absent in the form of older clients
};
#pragma pack(pop)
static_assert(sizeof(AddPublicationLayout) == 24);
static_assert(offsetof(AddPublicationLayout, stream_id) == 16);
static_assert(sizeof(RemovePublicationLayout) == 32);
static_assert(offsetof(RemovePublicationLayout, flags) == 24);

/// Answered by PublicationReady. The correlation id becomes the registration id of the link.
struct AddPublication {
    CorrelatedHeader header;
    std::int32_t     stream_id;
    std::string_view channel;
    bool             is_exclusive = false;

    CommandType type() const {
        return is_exclusive ? CommandType::add_exclusive_publication : CommandType::add_publication;
    }
    static Result<AddPublication> decode(CommandType type, ConstBytes body);
};
std::size_t encoded_length(const AddPublication& command);
std::size_t encode(const AddPublication& command, Bytes out);

/// Answered by OperationSuccess.
struct RemovePublication {
    static constexpr std::uint64_t kRevokeFlag = 1;

    CorrelatedHeader header;
    std::int64_t     registration_id;   // of the link: the correlation id of its AddPublication
    bool             revoke = false;

    static constexpr CommandType type() { return CommandType::remove_publication; }
    static Result<RemovePublication> decode(CommandType type, ConstBytes body);
};
std::size_t encoded_length(const RemovePublication& command);
std::size_t encode(const RemovePublication& command, Bytes out);

}  // namespace tern::protocol

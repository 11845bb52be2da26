#pragma once

/// Commands that add and remove subscriptions and that reject one of their images (spec
/// control-protocol.md, 4.6, 4.7 and 4.16).

#include "tern/protocol/message_types.hpp"

namespace tern::protocol {

#pragma pack(push, 4)
struct AddSubscriptionLayout {
    CorrelatedHeader header;                        //  0
    std::int64_t     registration_correlation_id;   // 16: no driver uses it; written as -1
    std::int32_t     stream_id;                     // 24
    std::int32_t     channel_length;                // 28: the text follows
};
struct RemoveSubscriptionLayout {
    CorrelatedHeader header;            //  0
    std::int64_t     registration_id;   // 16
};
struct RejectImageLayout {
    CorrelatedHeader header;                 //  0
    std::int64_t     image_correlation_id;   // 16
    std::int64_t     position;               // 24
    std::int32_t     reason_length;          // 32: the text follows
};
#pragma pack(pop)
static_assert(sizeof(AddSubscriptionLayout) == 32);
static_assert(offsetof(AddSubscriptionLayout, stream_id) == 24);
static_assert(sizeof(RemoveSubscriptionLayout) == 24);
static_assert(sizeof(RejectImageLayout) == 36);
static_assert(offsetof(RejectImageLayout, reason_length) == 32);

/// Answered by SubscriptionReady. The correlation id becomes the registration id.
struct AddSubscription {
    CorrelatedHeader header;
    std::int32_t     stream_id;
    std::string_view channel;

    static constexpr CommandType type() { return CommandType::add_subscription; }
    static Result<AddSubscription> decode(CommandType type, ConstBytes body);
};
std::size_t encoded_length(const AddSubscription& command);
std::size_t encode(const AddSubscription& command, Bytes out);

/// Answered by OperationSuccess.
struct RemoveSubscription {
    CorrelatedHeader header;
    std::int64_t     registration_id;

    static constexpr CommandType type() { return CommandType::remove_subscription; }
    static Result<RemoveSubscription> decode(CommandType type, ConstBytes body);
};
std::size_t encoded_length(const RemoveSubscription& command);
std::size_t encode(const RemoveSubscription& command, Bytes out);

/// Answered by OperationSuccess. A longer reason than kMaxReasonLength is the driver's to refuse,
/// so that the sender gets an error that says so; the sender of one has made a mistake.
struct RejectImage {
    CorrelatedHeader header;
    std::int64_t     image_correlation_id;
    std::int64_t     position;   // of the image at that time; drivers do not use it
    std::string_view reason;

    static constexpr CommandType type() { return CommandType::reject_image; }
    static Result<RejectImage> decode(CommandType type, ConstBytes body);
};
std::size_t encoded_length(const RejectImage& command);
std::size_t encode(const RejectImage& command, Bytes out);

}  // namespace tern::protocol

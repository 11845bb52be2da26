#pragma once

/// Events about subscriptions and their images (spec control-protocol.md, 5.4 to 5.6).

#include "tern/protocol/message_types.hpp"

namespace tern::protocol {

#pragma pack(push, 4)
struct SubscriptionReadyLayout {
    std::int64_t correlation_id;                //  0
    std::int32_t channel_status_indicator_id;   //  8
};
/// Followed by the log file's name, padding to a multiple of 4, an i32 length and the source
/// identity.
struct AvailableImageLayout {
    std::int64_t correlation_id;                   //  0
    std::int32_t session_id;                       //  8
    std::int32_t stream_id;                        // 12
    std::int64_t subscription_registration_id;     // 16
    std::int32_t subscriber_position_counter_id;   // 24
    std::int32_t log_file_name_length;             // 28
};
struct UnavailableImageLayout {
    std::int64_t correlation_id;                 //  0
    std::int64_t subscription_registration_id;   //  8
    std::int32_t stream_id;                      // 16
    std::int32_t channel_length;                 // 20: the text follows
};
#pragma pack(pop)
static_assert(sizeof(SubscriptionReadyLayout) == 12);
static_assert(sizeof(AvailableImageLayout) == 32);
static_assert(offsetof(AvailableImageLayout, subscription_registration_id) == 16);
static_assert(offsetof(AvailableImageLayout, log_file_name_length) == 28);
static_assert(sizeof(UnavailableImageLayout) == 24);
static_assert(offsetof(UnavailableImageLayout, stream_id) == 16);

/// Answers AddSubscription.
struct SubscriptionReady {
    std::int64_t correlation_id;
    std::int32_t channel_status_indicator_id;   // kNullCounterId for IPC and spies

    static constexpr EventType type() { return EventType::subscription_ready; }
    static Result<SubscriptionReady> decode(EventType type, ConstBytes body);
};
std::size_t encoded_length(const SubscriptionReady& event);
std::size_t encode(const SubscriptionReady& event, Bytes out);

/// One for each pair of image and subscription. The position counter holds the join position
/// already.
struct AvailableImage {
    std::int64_t     correlation_id;   // of the image; of the publication for IPC and spies
    std::int32_t     session_id;
    std::int32_t     stream_id;
    std::int64_t     subscription_registration_id;
    std::int32_t     subscriber_position_counter_id;
    std::string_view log_file_name;
    std::string_view source_identity;   // "aeron:ipc", "127.0.0.1:40456", "[::1]:40456"

    static constexpr EventType type() { return EventType::available_image; }
    static Result<AvailableImage> decode(EventType type, ConstBytes body);
};
std::size_t encoded_length(const AvailableImage& event);
std::size_t encode(const AvailableImage& event, Bytes out);

struct UnavailableImage {
    std::int64_t     correlation_id;   // of the image
    std::int64_t     subscription_registration_id;
    std::int32_t     stream_id;
    std::string_view channel;   // for people; "aeron:ipc" where the stream was local

    static constexpr EventType type() { return EventType::unavailable_image; }
    static Result<UnavailableImage> decode(EventType type, ConstBytes body);
};
std::size_t encoded_length(const UnavailableImage& event);
std::size_t encode(const UnavailableImage& event, Bytes out);

}  // namespace tern::protocol

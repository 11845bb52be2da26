#include "tern/protocol/subscription_events.hpp"

#include "tern/protocol/message_codec.hpp"

namespace tern::protocol {

Result<SubscriptionReady> SubscriptionReady::decode(EventType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<SubscriptionReadyLayout>();
    return reader.finish(SubscriptionReady{
        .correlation_id = layout.correlation_id,
        .channel_status_indicator_id = layout.channel_status_indicator_id,
    });
}

std::size_t encoded_length(const SubscriptionReady&) {
    return sizeof(SubscriptionReadyLayout);
}

std::size_t encode(const SubscriptionReady& event, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(SubscriptionReadyLayout{
        .correlation_id = event.correlation_id,
        .channel_status_indicator_id = event.channel_status_indicator_id,
    });
    return writer.length();
}

Result<AvailableImage> AvailableImage::decode(EventType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<AvailableImageLayout>();
    const auto log_file_name = reader.text(layout.log_file_name_length, "log_file_name_length");
    reader.skip_to_alignment();
    const auto identity_length = reader.fixed<std::int32_t>();
    return reader.finish(AvailableImage{
        .correlation_id = layout.correlation_id,
        .session_id = layout.session_id,
        .stream_id = layout.stream_id,
        .subscription_registration_id = layout.subscription_registration_id,
        .subscriber_position_counter_id = layout.subscriber_position_counter_id,
        .log_file_name = log_file_name,
        .source_identity = reader.text(identity_length, "source_identity_length"),
    });
}

std::size_t encoded_length(const AvailableImage& event) {
    return sizeof(AvailableImageLayout) +
           align(event.log_file_name.size(), codec::kFieldAlignment) + sizeof(std::int32_t) +
           event.source_identity.size();
}

std::size_t encode(const AvailableImage& event, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(AvailableImageLayout{
        .correlation_id = event.correlation_id,
        .session_id = event.session_id,
        .stream_id = event.stream_id,
        .subscription_registration_id = event.subscription_registration_id,
        .subscriber_position_counter_id = event.subscriber_position_counter_id,
        .log_file_name_length = codec::length_field(event.log_file_name.size()),
    });
    writer.text(event.log_file_name);
    writer.pad_to_alignment();
    writer.fixed(codec::length_field(event.source_identity.size()));
    writer.text(event.source_identity);
    return writer.length();
}

Result<UnavailableImage> UnavailableImage::decode(EventType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<UnavailableImageLayout>();
    return reader.finish(UnavailableImage{
        .correlation_id = layout.correlation_id,
        .subscription_registration_id = layout.subscription_registration_id,
        .stream_id = layout.stream_id,
        .channel = reader.text(layout.channel_length, "channel_length"),
    });
}

std::size_t encoded_length(const UnavailableImage& event) {
    return sizeof(UnavailableImageLayout) + event.channel.size();
}

std::size_t encode(const UnavailableImage& event, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(UnavailableImageLayout{
        .correlation_id = event.correlation_id,
        .subscription_registration_id = event.subscription_registration_id,
        .stream_id = event.stream_id,
        .channel_length = codec::length_field(event.channel.size()),
    });
    writer.text(event.channel);
    return writer.length();
}

}  // namespace tern::protocol

#include "tern/protocol/publication_events.hpp"

#include <algorithm>

#include "tern/protocol/message_codec.hpp"

namespace tern::protocol {
namespace {

/// Aeron's C client refuses a shorter PublicationError, whatever its message.
constexpr std::size_t kMinPublicationErrorLength = 72;

SourceAddress source_of(const PublicationErrorLayout& layout) {
    SourceAddress source{.port = layout.source_port};
    if (layout.address_type == static_cast<std::int16_t>(SourceAddress::Family::ipv4)) {
        source.family = SourceAddress::Family::ipv4;
    } else if (layout.address_type == static_cast<std::int16_t>(SourceAddress::Family::ipv6)) {
        source.family = SourceAddress::Family::ipv6;
    }
    std::copy(std::begin(layout.source_address), std::end(layout.source_address),
              source.bytes.begin());
    return source;
}

}  // namespace

Result<PublicationReady> PublicationReady::decode(EventType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<PublicationReadyLayout>();
    return reader.finish(PublicationReady{
        .correlation_id = layout.correlation_id,
        .registration_id = layout.registration_id,
        .session_id = layout.session_id,
        .stream_id = layout.stream_id,
        .position_limit_counter_id = layout.position_limit_counter_id,
        .channel_status_indicator_id = layout.channel_status_indicator_id,
        .log_file_name = reader.text(layout.log_file_name_length, "log_file_name_length"),
        .is_exclusive = type == EventType::exclusive_publication_ready,
    });
}

std::size_t encoded_length(const PublicationReady& event) {
    return sizeof(PublicationReadyLayout) + event.log_file_name.size();
}

std::size_t encode(const PublicationReady& event, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(PublicationReadyLayout{
        .correlation_id = event.correlation_id,
        .registration_id = event.registration_id,
        .session_id = event.session_id,
        .stream_id = event.stream_id,
        .position_limit_counter_id = event.position_limit_counter_id,
        .channel_status_indicator_id = event.channel_status_indicator_id,
        .log_file_name_length = codec::length_field(event.log_file_name.size()),
    });
    writer.text(event.log_file_name);
    return writer.length();
}

Result<PublicationError> PublicationError::decode(EventType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<PublicationErrorLayout>();
    return reader.finish(PublicationError{
        .registration_id = layout.registration_id,
        .destination_registration_id = layout.destination_registration_id,
        .session_id = layout.session_id,
        .stream_id = layout.stream_id,
        .receiver_id = layout.receiver_id,
        .group_tag = layout.group_tag,
        .source = source_of(layout),
        .error_code = layout.error_code,
        .message = reader.text(layout.error_message_length, "error_message_length"),
    });
}

std::size_t encoded_length(const PublicationError& event) {
    return std::max(kMinPublicationErrorLength,
                    sizeof(PublicationErrorLayout) + event.message.size());
}

std::size_t encode(const PublicationError& event, Bytes out) {
    PublicationErrorLayout layout{
        .registration_id = event.registration_id,
        .destination_registration_id = event.destination_registration_id,
        .session_id = event.session_id,
        .stream_id = event.stream_id,
        .receiver_id = event.receiver_id,
        .group_tag = event.group_tag,
        .address_type = static_cast<std::int16_t>(event.source.family),
        .source_port = event.source.port,
        .source_address = {},
        .error_code = event.error_code,
        .error_message_length = codec::length_field(event.message.size()),
    };
    std::copy(event.source.bytes.begin(), event.source.bytes.end(), layout.source_address);
    codec::Writer writer{out};
    writer.fixed(layout);
    writer.text(event.message);
    writer.pad_to(encoded_length(event));
    return writer.length();
}

}  // namespace tern::protocol

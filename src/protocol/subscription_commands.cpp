#include "tern/protocol/subscription_commands.hpp"

#include <algorithm>

#include "tern/protocol/message_codec.hpp"

namespace tern::protocol {
namespace {

/// Aeron's C driver refuses a shorter RejectImage, whatever its reason.
constexpr std::size_t kMinRejectImageLength = 40;

}  // namespace

Result<AddSubscription> AddSubscription::decode(CommandType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<AddSubscriptionLayout>();
    return reader.finish(AddSubscription{
        .header = layout.header,
        .stream_id = layout.stream_id,
        .channel = reader.text(layout.channel_length, "channel_length"),
    });
}

std::size_t encoded_length(const AddSubscription& command) {
    return sizeof(AddSubscriptionLayout) + command.channel.size();
}

std::size_t encode(const AddSubscription& command, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(AddSubscriptionLayout{
        .header = command.header,
        .registration_correlation_id = kNullId,
        .stream_id = command.stream_id,
        .channel_length = codec::length_field(command.channel.size()),
    });
    writer.text(command.channel);
    return writer.length();
}

Result<RemoveSubscription> RemoveSubscription::decode(CommandType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<RemoveSubscriptionLayout>();
    return reader.finish(RemoveSubscription{
        .header = layout.header,
        .registration_id = layout.registration_id,
    });
}

std::size_t encoded_length(const RemoveSubscription&) {
    return sizeof(RemoveSubscriptionLayout);
}

std::size_t encode(const RemoveSubscription& command, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(RemoveSubscriptionLayout{
        .header = command.header,
        .registration_id = command.registration_id,
    });
    return writer.length();
}

Result<RejectImage> RejectImage::decode(CommandType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<RejectImageLayout>();
    return reader.finish(RejectImage{
        .header = layout.header,
        .image_correlation_id = layout.image_correlation_id,
        .position = layout.position,
        .reason = reader.text(layout.reason_length, "reason_length"),
    });
}

std::size_t encoded_length(const RejectImage& command) {
    return std::max(kMinRejectImageLength, sizeof(RejectImageLayout) + command.reason.size());
}

std::size_t encode(const RejectImage& command, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(RejectImageLayout{
        .header = command.header,
        .image_correlation_id = command.image_correlation_id,
        .position = command.position,
        .reason_length = codec::length_field(command.reason.size()),
    });
    writer.text(command.reason);
    writer.pad_to(encoded_length(command));
    return writer.length();
}

}  // namespace tern::protocol

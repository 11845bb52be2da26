#include "tern/protocol/publication_commands.hpp"

#include "tern/protocol/message_codec.hpp"

namespace tern::protocol {

Result<AddPublication> AddPublication::decode(CommandType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<AddPublicationLayout>();
    return reader.finish(AddPublication{
        .header = layout.header,
        .stream_id = layout.stream_id,
        .channel = reader.text(layout.channel_length, "channel_length"),
        .is_exclusive = type == CommandType::add_exclusive_publication,
    });
}

std::size_t encoded_length(const AddPublication& command) {
    return sizeof(AddPublicationLayout) + command.channel.size();
}

std::size_t encode(const AddPublication& command, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(AddPublicationLayout{
        .header = command.header,
        .stream_id = command.stream_id,
        .channel_length = codec::length_field(command.channel.size()),
    });
    writer.text(command.channel);
    return writer.length();
}

Result<RemovePublication> RemovePublication::decode(CommandType type, ConstBytes body) {
    constexpr std::size_t kLengthWithoutFlags = offsetof(RemovePublicationLayout, flags);
    RemovePublicationLayout layout{};
    if (body.size() == kLengthWithoutFlags) {
        std::memcpy(&layout, body.data(), kLengthWithoutFlags);
    } else if (body.size() >= sizeof layout) {
        layout = load_plain<RemovePublicationLayout>(body.data());
    } else {
        return codec::too_short(codec::id_of(type), body);
    }
    return RemovePublication{
        .header = layout.header,
        .registration_id = layout.registration_id,
        .revoke = (layout.flags & kRevokeFlag) != 0,
    };
}

std::size_t encoded_length(const RemovePublication&) {
    return sizeof(RemovePublicationLayout);
}

std::size_t encode(const RemovePublication& command, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(RemovePublicationLayout{
        .header = command.header,
        .registration_id = command.registration_id,
        .flags = command.revoke ? RemovePublication::kRevokeFlag : 0,
    });
    return writer.length();
}

}  // namespace tern::protocol

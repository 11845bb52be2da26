#include "tern/protocol/counter_commands.hpp"

#include "tern/protocol/message_codec.hpp"

namespace tern::protocol {
namespace {

/// What follows the fixed part of both commands that add a counter.
struct KeyAndLabel {
    ConstBytes       key;
    std::string_view label;
};

KeyAndLabel read_key_and_label(codec::Reader& reader, std::int32_t key_length) {
    KeyAndLabel parts;
    parts.key = reader.variable(key_length, "key_length");
    reader.skip_to_alignment();
    parts.label = reader.text(reader.fixed<std::int32_t>(), "label_length");
    return parts;
}

std::size_t length_of(const KeyAndLabel& parts) {
    return align(parts.key.size(), codec::kFieldAlignment) + sizeof(std::int32_t) +
           parts.label.size();
}

void write(codec::Writer& writer, const KeyAndLabel& parts) {
    writer.variable(parts.key);
    writer.pad_to_alignment();
    writer.fixed(codec::length_field(parts.label.size()));
    writer.text(parts.label);
}

}  // namespace

Result<AddCounter> AddCounter::decode(CommandType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<AddCounterLayout>();
    const KeyAndLabel parts = read_key_and_label(reader, layout.key_length);
    return reader.finish(AddCounter{
        .header = layout.header,
        .counter_type_id = layout.counter_type_id,
        .key = parts.key,
        .label = parts.label,
    });
}

std::size_t encoded_length(const AddCounter& command) {
    return sizeof(AddCounterLayout) + length_of({command.key, command.label});
}

std::size_t encode(const AddCounter& command, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(AddCounterLayout{
        .header = command.header,
        .counter_type_id = command.counter_type_id,
        .key_length = codec::length_field(command.key.size()),
    });
    write(writer, {command.key, command.label});
    return writer.length();
}

Result<AddStaticCounter> AddStaticCounter::decode(CommandType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<AddStaticCounterLayout>();
    const KeyAndLabel parts = read_key_and_label(reader, layout.key_length);
    return reader.finish(AddStaticCounter{
        .header = layout.header,
        .registration_id = layout.registration_id,
        .counter_type_id = layout.counter_type_id,
        .key = parts.key,
        .label = parts.label,
    });
}

std::size_t encoded_length(const AddStaticCounter& command) {
    return sizeof(AddStaticCounterLayout) + length_of({command.key, command.label});
}

std::size_t encode(const AddStaticCounter& command, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(AddStaticCounterLayout{
        .header = command.header,
        .registration_id = command.registration_id,
        .counter_type_id = command.counter_type_id,
        .key_length = codec::length_field(command.key.size()),
    });
    write(writer, {command.key, command.label});
    return writer.length();
}

Result<RemoveCounter> RemoveCounter::decode(CommandType type, ConstBytes body) {
    codec::Reader reader{codec::id_of(type), body};
    const auto layout = reader.fixed<RemoveCounterLayout>();
    return reader.finish(RemoveCounter{
        .header = layout.header,
        .registration_id = layout.registration_id,
    });
}

std::size_t encoded_length(const RemoveCounter&) {
    return sizeof(RemoveCounterLayout);
}

std::size_t encode(const RemoveCounter& command, Bytes out) {
    codec::Writer writer{out};
    writer.fixed(RemoveCounterLayout{
        .header = command.header,
        .registration_id = command.registration_id,
    });
    return writer.length();
}

}  // namespace tern::protocol

#pragma once

/// Commands that add and remove counters (spec control-protocol.md, 4.12 to 4.14).

#include "tern/protocol/message_types.hpp"

namespace tern::protocol {

#pragma pack(push, 4)
/// Followed by the key, padding to a multiple of 4, an i32 label length and the label. Java clients
/// send four bytes more.
struct AddCounterLayout {
    CorrelatedHeader header;            //  0
    std::int32_t     counter_type_id;   // 16
    std::int32_t     key_length;        // 20
};
/// Followed as AddCounterLayout is.
struct AddStaticCounterLayout {
    CorrelatedHeader header;            //  0
    std::int64_t     registration_id;   // 16
    std::int32_t     counter_type_id;   // 24
    std::int32_t     key_length;        // 28
};
struct RemoveCounterLayout {
    CorrelatedHeader header;            //  0
    std::int64_t     registration_id;   // 16
};
#pragma pack(pop)
static_assert(sizeof(AddCounterLayout) == 24);
static_assert(sizeof(AddStaticCounterLayout) == 32);
static_assert(offsetof(AddStaticCounterLayout, counter_type_id) == 24);
static_assert(sizeof(RemoveCounterLayout) == 24);

/// Answered by CounterReady. The correlation id becomes the registration id. The driver cuts keys
/// and labels to what the counters file holds.
struct AddCounter {
    CorrelatedHeader header;
    std::int32_t     counter_type_id;
    ConstBytes       key;
    std::string_view label;

    static constexpr CommandType type() { return CommandType::add_counter; }
    static Result<AddCounter> decode(CommandType type, ConstBytes body);
};
std::size_t encoded_length(const AddCounter& command);
std::size_t encode(const AddCounter& command, Bytes out);

/// Answered by StaticCounter. The registration id is the user's own.
struct AddStaticCounter {
    CorrelatedHeader header;
    std::int64_t     registration_id;
    std::int32_t     counter_type_id;
    ConstBytes       key;
    std::string_view label;

    static constexpr CommandType type() { return CommandType::add_static_counter; }
    static Result<AddStaticCounter> decode(CommandType type, ConstBytes body);
};
std::size_t encoded_length(const AddStaticCounter& command);
std::size_t encode(const AddStaticCounter& command, Bytes out);

/// Answered by OperationSuccess.
struct RemoveCounter {
    CorrelatedHeader header;
    std::int64_t     registration_id;

    static constexpr CommandType type() { return CommandType::remove_counter; }
    static Result<RemoveCounter> decode(CommandType type, ConstBytes body);
};
std::size_t encoded_length(const RemoveCounter& command);
std::size_t encode(const RemoveCounter& command, Bytes out);

}  // namespace tern::protocol

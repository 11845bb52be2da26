#pragma once

/// The type ids of the messages between clients and the driver, and what all commands begin with
/// (spec control-protocol.md, 2 to 5). The messages themselves are in the *_commands.hpp and
/// *_events.hpp beside this file; command.hpp and event.hpp decode any of them.
///
/// Each message is a plain struct of values and views with the overloads
///   `encoded_length(message)`    bytes of its body, padding included
///   `encode(message, out)`       writes the body, zeroes padding, returns its length; `out` must
///                                hold it
/// and a static `decode(type, body)` that trusts nothing in `body`. Views in a decoded message
/// point into the body: they live as long as it does, and if another process can still write
/// there, copy them before use. The structs whose names end in Layout are the fixed parts as they
/// lie in a record's body. Records are aligned to 8 bytes, the structures in them are packed to 4.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "tern/base/bytes.hpp"
#include "tern/base/error.hpp"

namespace tern::protocol {

/// `msg_type_id` of a record in the to-driver ring.
enum class CommandType : std::int32_t {
    add_publication = 0x01,
    remove_publication = 0x02,
    add_exclusive_publication = 0x03,
    add_subscription = 0x04,
    remove_subscription = 0x05,
    client_keepalive = 0x06,
    add_destination = 0x07,
    remove_destination = 0x08,
    add_counter = 0x09,
    remove_counter = 0x0A,
    client_close = 0x0B,
    add_receive_destination = 0x0C,
    remove_receive_destination = 0x0D,
    terminate_driver = 0x0E,
    add_static_counter = 0x0F,
    reject_image = 0x10,
    remove_destination_by_id = 0x11,
    get_next_available_session_id = 0x12,
};

/// `msg_type_id` of a record in the to-clients broadcast buffer.
enum class EventType : std::int32_t {
    error = 0x0F01,
    available_image = 0x0F02,
    publication_ready = 0x0F03,
    operation_success = 0x0F04,
    unavailable_image = 0x0F05,
    exclusive_publication_ready = 0x0F06,
    subscription_ready = 0x0F07,
    counter_ready = 0x0F08,
    unavailable_counter = 0x0F09,
    client_timeout = 0x0F0A,
    static_counter = 0x0F0B,
    publication_error = 0x0F0C,
    next_available_session_id = 0x0F0D,
};

/// "ADD_PUBLICATION", "ON_ERROR"; "UNKNOWN" for a value that is none of them.
std::string_view name_of(CommandType type);
std::string_view name_of(EventType type);

/// No registration or correlation id; also the counter id of "there is no such counter".
inline constexpr std::int64_t kNullId = -1;
inline constexpr std::int32_t kNullCounterId = -1;

/// The text of a rejection is at most so many bytes.
inline constexpr std::size_t kMaxReasonLength = 1023;

/// Value of system counter 43, and the least of it at which a client may ask for the next session
/// id.
inline constexpr std::int64_t kControlProtocolVersion = 1 << 16;   // 1.0.0, in bytes 2, 1 and 0
inline constexpr std::int64_t kControlVersionWithNextSessionId = 1 << 16;

#pragma pack(push, 4)
/// Begins the body of every command.
struct CorrelatedHeader {
    std::int64_t client_id;        //  0: of the sender
    std::int64_t correlation_id;   //  8: of this command; the answer carries it
};
#pragma pack(pop)
static_assert(sizeof(CorrelatedHeader) == 16 && alignof(CorrelatedHeader) == 4);

/// The header of any command whose body is long enough to have one, so that even the sender of a
/// malformed command can be answered.
std::optional<CorrelatedHeader> peek_header(ConstBytes body);

}  // namespace tern::protocol

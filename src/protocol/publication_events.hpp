#pragma once

/// Events about publications (spec control-protocol.md, 5.3 and 5.10).

#include <array>

#include "tern/protocol/message_types.hpp"

namespace tern::protocol {

#pragma pack(push, 4)
struct PublicationReadyLayout {
    std::int64_t correlation_id;                //  0
    std::int64_t registration_id;               //  8
    std::int32_t session_id;                    // 16
    std::int32_t stream_id;                     // 20
    std::int32_t position_limit_counter_id;     // 24
    std::int32_t channel_status_indicator_id;   // 28
    std::int32_t log_file_name_length;          // 32: the text follows
};
struct PublicationErrorLayout {
    std::int64_t  registration_id;               //  0
    std::int64_t  destination_registration_id;   //  8
    std::int32_t  session_id;                    // 16
    std::int32_t  stream_id;                     // 20
    std::int64_t  receiver_id;                   // 24
    std::int64_t  group_tag;                     // 32
    std::int16_t  address_type;                  // 40
    std::uint16_t source_port;                   // 42: in host byte order
    std::byte     source_address[16];            // 44: in network byte order
    std::int32_t  error_code;                    // 60
    std::int32_t  error_message_length;          // 64: the text follows
};
#pragma pack(pop)
static_assert(sizeof(PublicationReadyLayout) == 36);
static_assert(offsetof(PublicationReadyLayout, position_limit_counter_id) == 24);
static_assert(offsetof(PublicationReadyLayout, log_file_name_length) == 32);
static_assert(sizeof(PublicationErrorLayout) == 68);
static_assert(offsetof(PublicationErrorLayout, receiver_id) == 24);
static_assert(offsetof(PublicationErrorLayout, source_address) == 44);
static_assert(offsetof(PublicationErrorLayout, error_code) == 60);

/// Answers AddPublication. Its counters are initialised and its log file is complete.
struct PublicationReady {
    std::int64_t     correlation_id;    // of the AddPublication: the registration id of the link
    std::int64_t     registration_id;   // of the publication: another one where it is shared
    std::int32_t     session_id;
    std::int32_t     stream_id;
    std::int32_t     position_limit_counter_id;
    std::int32_t     channel_status_indicator_id;   // kNullCounterId for IPC
    std::string_view log_file_name;                 // full path
    bool             is_exclusive = false;

    EventType type() const {
        return is_exclusive ? EventType::exclusive_publication_ready : EventType::publication_ready;
    }
    static Result<PublicationReady> decode(EventType type, ConstBytes body);
};
std::size_t encoded_length(const PublicationReady& event);
std::size_t encode(const PublicationReady& event, Bytes out);

/// Where an error frame came from.
struct SourceAddress {
    enum class Family : std::int16_t { unknown = 0, ipv4 = 1, ipv6 = 2 };

    Family                    family = Family::unknown;
    std::uint16_t             port = 0;   // host byte order
    std::array<std::byte, 16> bytes{};    // network byte order; IPv4 in the first four, then zeros

    bool operator==(const SourceAddress&) const = default;
};

/// To everybody who shares the publication: a receiver reported an error, most often that it
/// rejected the image.
struct PublicationError {
    std::int64_t     registration_id;               // of the publication, the original one
    std::int64_t     destination_registration_id;   // kNullId without one
    std::int32_t     session_id;
    std::int32_t     stream_id;
    std::int64_t     receiver_id;   // -1 for IPC
    std::int64_t     group_tag;     // -1 without one
    SourceAddress    source;
    std::int32_t     error_code;    // as received; 13 for a rejected image
    std::string_view message;

    static constexpr EventType type() { return EventType::publication_error; }
    static Result<PublicationError> decode(EventType type, ConstBytes body);
};
std::size_t encoded_length(const PublicationError& event);
std::size_t encode(const PublicationError& event, Bytes out);

}  // namespace tern::protocol

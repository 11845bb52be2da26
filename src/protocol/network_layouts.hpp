#pragma once

/// The bytes of the frames of network_frames.hpp (spec wire-protocol.md 2.6 to 2.14), for the .cpp
/// files of this folder only. Copied out of a datagram and into one, never laid over it: fields of
/// 64 bits are not aligned, and a datagram may begin anywhere.

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace tern::protocol::wire {

inline constexpr std::uint8_t kSetupSendResponse = 0x80;
inline constexpr std::uint8_t kSetupGroup = 0x40;
inline constexpr std::uint8_t kStatusSendSetup = 0x80;
inline constexpr std::uint8_t kStatusEndOfStream = 0x40;
inline constexpr std::uint8_t kRttReply = 0x80;
inline constexpr std::uint8_t kErrorHasGroupTag = 0x08;
inline constexpr std::uint8_t kEntrySelf = 0x80;

#pragma pack(push, 1)

struct FrameHeader {
    std::int32_t  frame_length;              //  0: this header included, not rounded up
    std::uint8_t  version;                   //  4: 0
    std::uint8_t  flags;                     //  5
    std::uint16_t type;                      //  6: FrameType
};

struct DataFrame {
    FrameHeader  header;
    std::int32_t term_offset;                //  8
    std::int32_t session_id;                 // 12
    std::int32_t stream_id;                  // 16
    std::int32_t term_id;                    // 20
    std::int64_t reserved_value;             // 24
};

struct SetupFrame {
    FrameHeader  header;
    std::int32_t term_offset;                //  8
    std::int32_t session_id;                 // 12
    std::int32_t stream_id;                  // 16
    std::int32_t initial_term_id;            // 20
    std::int32_t active_term_id;             // 24
    std::int32_t term_length;                // 28
    std::int32_t mtu_length;                 // 32
    std::int32_t ttl;                        // 36
};

struct StatusMessageFrame {
    FrameHeader  header;
    std::int32_t session_id;                 //  8
    std::int32_t stream_id;                  // 12
    std::int32_t term_id;                    // 16
    std::int32_t term_offset;                // 20
    std::int32_t window;                     // 24
    std::int64_t receiver_id;                // 28
};

struct TaggedStatusMessageFrame {
    StatusMessageFrame message;
    std::int64_t       group_tag;            // 36
};

struct NakFrame {
    FrameHeader  header;
    std::int32_t session_id;                 //  8
    std::int32_t stream_id;                  // 12
    std::int32_t term_id;                    // 16
    std::int32_t term_offset;                // 20
    std::int32_t length;                     // 24
};

struct RttMeasurementFrame {
    FrameHeader  header;
    std::int32_t session_id;                 //  8
    std::int32_t stream_id;                  // 12
    std::int64_t echo_timestamp;             // 16
    std::int64_t reception_delta;            // 24
    std::int64_t receiver_id;                // 32
};

struct ErrorFrameHeader {
    FrameHeader  header;
    std::int32_t session_id;                 //  8
    std::int32_t stream_id;                  // 12
    std::int64_t receiver_id;                // 16
    std::int64_t group_tag;                  // 24: where kErrorHasGroupTag is set
    std::int32_t error_code;                 // 32
    std::int32_t text_length;                // 36: of the ASCII text that follows
};

struct ResponseSetupFrame {
    FrameHeader  header;
    std::int32_t session_id;                 //  8
    std::int32_t stream_id;                  // 12
    std::int32_t response_session_id;        // 16
};

/// First part of an entry in a resolution frame; behind it the address (4 or 16 bytes in network
/// order), the length of the name (i16) and the name.
struct ResolutionEntryHeader {
    std::int8_t   resolution_type;           //  0: 1 IPv4, 2 IPv6
    std::uint8_t  flags;                     //  1
    std::uint16_t port;                      //  2: little-endian like the rest
    std::int32_t  age_ms;                    //  4
};

#pragma pack(pop)

static_assert(sizeof(FrameHeader) == 8 && alignof(FrameHeader) == 1);
static_assert(offsetof(FrameHeader, flags) == 5 && offsetof(FrameHeader, type) == 6);
static_assert(sizeof(DataFrame) == 32 && offsetof(DataFrame, term_id) == 20);
static_assert(sizeof(SetupFrame) == 40 && offsetof(SetupFrame, ttl) == 36);
static_assert(sizeof(StatusMessageFrame) == 36 && offsetof(StatusMessageFrame, receiver_id) == 28);
static_assert(sizeof(TaggedStatusMessageFrame) == 44);
static_assert(sizeof(NakFrame) == 28 && offsetof(NakFrame, length) == 24);
static_assert(sizeof(RttMeasurementFrame) == 40);
static_assert(offsetof(RttMeasurementFrame, receiver_id) == 32);
static_assert(sizeof(ErrorFrameHeader) == 40 && offsetof(ErrorFrameHeader, text_length) == 36);
static_assert(sizeof(ResponseSetupFrame) == 20);
static_assert(sizeof(ResolutionEntryHeader) == 8);

}  // namespace tern::protocol::wire

#pragma once

/// The last 4096 bytes of a log file (spec shared-memory.md 9.2). Fields that are not a SharedWord
/// are written by the driver before it announces the log and then constant; the announcement orders
/// them.

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tern/base/bytes.hpp"
#include "tern/base/shared_word.hpp"
#include "tern/protocol/data_frame.hpp"

namespace tern {

inline constexpr std::int32_t kLogMetadataLength = 4096;   // bytes
// end_of_stream_position until the end is known
inline constexpr std::int64_t kNoEndOfStream = INT64_MAX;

enum class LogType : std::uint8_t {
    concurrent_publication = 0,
    exclusive_publication = 1,
    image = 2,
};

struct LogMetadata {
    SharedWord<std::int64_t> term_tail_counters[3];     //   0: raw tails. Publishers; the driver
                                                        //      where it unblocks
    SharedWord<std::int32_t> active_term_count;         //  24: rotations so far. As above
    std::byte                pad0[100];
    SharedWord<std::int64_t> end_of_stream_position;    // 128: the driver
    SharedWord<std::int32_t> is_connected;              // 136: the driver; 1 or 0
    SharedWord<std::int32_t> active_transport_count;    // 140: the driver, image logs only
    std::byte                pad1[112];
    std::int64_t correlation_id;                        // 256: of the publication or image
    std::int32_t initial_term_id;                       // 264
    std::int32_t default_frame_header_length;           // 268: 32
    std::int32_t mtu_length;                            // 272: largest frame, header included
    std::int32_t term_length;                           // 276
    std::int32_t page_size;                             // 280
    std::int32_t publication_window_length;             // 284: from here on for monitors, except
    std::int32_t receiver_window_length;                // 288
    std::int32_t socket_sndbuf_length;                  // 292
    std::int32_t os_default_socket_sndbuf_length;       // 296
    std::int32_t os_max_socket_sndbuf_length;           // 300
    std::int32_t socket_rcvbuf_length;                  // 304
    std::int32_t os_default_socket_rcvbuf_length;       // 308
    std::int32_t os_max_socket_rcvbuf_length;           // 312
    std::int32_t max_resend;                            // 316
    DataHeader   default_header;                        // 320: copied into every frame by Java
                                                        //      publishers, by drivers into padding
    std::byte    default_header_rest[96];
    std::int64_t entity_tag;                            // 448
    std::int64_t response_correlation_id;               // 456
    std::int64_t linger_timeout_ns;                     // 464
    std::int64_t untethered_window_limit_timeout_ns;    // 472
    std::int64_t untethered_resting_timeout_ns;         // 480
    std::uint8_t group;                                 // 488
    std::uint8_t is_response;                           // 489
    std::uint8_t rejoin;                                // 490
    std::uint8_t reliable;                              // 491
    std::uint8_t sparse;                                // 492
    std::uint8_t signal_eos;                            // 493
    std::uint8_t spies_simulate_connection;             // 494
    std::uint8_t tether;                                // 495
    SharedWord<std::uint8_t> is_publication_revoked;    // 496: the driver; 0 or 1
    LogType      type;                                  // 497
    std::byte    pad2[2];
    std::byte    untethered_linger_timeout_ns_bytes[8]; // 500: an i64, not 8-aligned
    std::byte    unused[kLogMetadataLength - 508];

    std::int64_t untethered_linger_timeout_ns() const {
        return load_plain<std::int64_t>(untethered_linger_timeout_ns_bytes);
    }
    void set_untethered_linger_timeout_ns(std::int64_t value) {
        store_plain(untethered_linger_timeout_ns_bytes, value);
    }
};
static_assert(sizeof(LogMetadata) == kLogMetadataLength && alignof(LogMetadata) == 8);
static_assert(std::is_standard_layout_v<LogMetadata> && std::is_trivially_copyable_v<LogMetadata>);
static_assert(offsetof(LogMetadata, active_term_count) == 24);
static_assert(offsetof(LogMetadata, end_of_stream_position) == 128);
static_assert(offsetof(LogMetadata, is_connected) == 136);
static_assert(offsetof(LogMetadata, active_transport_count) == 140);
static_assert(offsetof(LogMetadata, correlation_id) == 256);
static_assert(offsetof(LogMetadata, mtu_length) == 272 && offsetof(LogMetadata, page_size) == 280);
static_assert(offsetof(LogMetadata, max_resend) == 316);
static_assert(offsetof(LogMetadata, default_header) == 320);
static_assert(offsetof(LogMetadata, entity_tag) == 448);
static_assert(offsetof(LogMetadata, untethered_resting_timeout_ns) == 480);
static_assert(offsetof(LogMetadata, group) == 488 && offsetof(LogMetadata, tether) == 495);
static_assert(offsetof(LogMetadata, is_publication_revoked) == 496 &&
              offsetof(LogMetadata, type) == 497);
static_assert(offsetof(LogMetadata, untethered_linger_timeout_ns_bytes) == 500);

}  // namespace tern

#pragma once

/// What the conductor and the receiver tell each other of one image, beside what stands in its
/// counters (rcv-hwm: the receiver writes it; rcv-pos: the conductor) and its log's metadata
/// (end of stream position, revoked, active transports: the receiver). The conductor makes one for
/// each image; it outlives both halves. Flags are 0 or 1.

#include <cstdint>

#include "tern/base/latest_value.hpp"
#include "tern/base/shared_word.hpp"
#include "tern/logbuffer/gap_scanner.hpp"
#include "tern/logbuffer/position.hpp"

namespace tern::driver {

/// What a status message is to say (spec wire-protocol.md 5.8, 5.11).
struct ScheduledStatus {
    Position position = 0;
    std::int32_t window = 0;  // bytes
};

struct ImageSignals {
    ImageSignals() { writable_to.store_relaxed(INT64_MAX); }

    // Writer: the conductor.
    LatestValue<ScheduledStatus> status;
    LatestValue<Gap> gap;                             // to be NAKed or filled once (5.10)
    SharedWord<std::int32_t> is_ending{};             // status messages carry EOS from now on
    SharedWord<std::int32_t> is_silent{};             // no status messages: a newer image took over
    SharedWord<std::int64_t> deadline_resets{};       // each rise asks for a status message at once
    SharedWord<std::int32_t> has_response_session{};  // RSP_SETUPs are to be sent, with the next:
    SharedWord<std::int32_t> response_session_id{};
    /// The log has blocks up to here, and zeroes: what would reach further is dropped.
    SharedWord<std::int64_t> writable_to{};
    std::byte apart[kFalseSharingRange]{};

    // Writer: the receiver.
    SharedWord<std::int64_t> last_packet_ns{};    // of the driver's monotonic clock: liveness (5.6)
    SharedWord<std::int32_t> is_end_of_stream{};  // all connections have ended (5.14)
    SharedWord<std::int64_t> rtt_ns{};            // the latest measured, 0 before the first
    SharedWord<std::int64_t> wanted_to{};         // how far what lacked only blocks has reached
};

}  // namespace tern::driver

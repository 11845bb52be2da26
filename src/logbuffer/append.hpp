#pragma once

/// What both appenders share: the limits of a publication, and how a message becomes frames once
/// its place in a term is claimed (spec shared-memory.md 9.7, 9.10).

#include <array>
#include <concepts>
#include <cstdint>

#include "tern/logbuffer/frame.hpp"
#include "tern/logbuffer/log_buffers.hpp"
#include "tern/logbuffer/offer_result.hpp"

namespace tern {

/// A reserved-value supplier: called for each frame once its payload and flags are in place, with
/// the frame's address and its length (header included); what it returns goes into the frame's
/// header.
template <typename T>
concept ReservedValueSupplier = requires(T& supplier, std::byte* frame, std::int32_t length) {
    { supplier(frame, length) } -> std::convertible_to<std::int64_t>;
};

/// No supplier: the reserved value stays 0.
struct NoReservedValue {
    std::int64_t operator()(std::byte*, std::int32_t) const { return 0; }
};

/// Constants of one publication, read once from its log, side by side for the hot path.
struct AppendTarget {
    AppendTarget(const LogBuffers& log, std::int32_t session, std::int32_t stream)
        : metadata(&log.metadata()),
          terms{log.term(0), log.term(1), log.term(2)},
          geometry(log.geometry()),
          session_id(session),
          stream_id(stream),
          max_payload_length(log.mtu_length() - kDataHeaderLength),
          max_message_length(tern::max_message_length(log.term_length())),
          max_position(log.geometry().max_position()) {}

    FrameIdentity identity(std::int32_t term_id) const { return {session_id, stream_id, term_id}; }

    /// Why there is no room at `position`, which is at or beyond the limit.
    OfferResult refusal(Position position, std::size_t length) const {
        // A message that is too long is only found out below the limit, so any length comes here.
        const auto counted =
            static_cast<std::int64_t>(length < kTermMaxLength ? length : kTermMaxLength);
        if (position + align(counted + kDataHeaderLength, kFrameAlignment) >= max_position) {
            return OfferStatus::max_position_exceeded;
        }
        // sync[log-connected] acquire
        const bool connected = metadata->is_connected.load_acquire() == 1;
        return connected ? OfferStatus::back_pressured : OfferStatus::not_connected;
    }

    LogMetadata*                            metadata;
    std::array<std::byte*, kPartitionCount> terms;
    TermGeometry                            geometry;
    std::int32_t                            session_id;
    std::int32_t                            stream_id;
    std::int32_t                            max_payload_length;   // bytes in one frame
    std::int32_t                            max_message_length;   // bytes in one message
    Position                                max_position;
};

/// Writes one frame of `payload` bytes at `offset` and commits it.
// hot:
template <typename Source, ReservedValueSupplier Supplier>
inline void append_frame(std::byte* term, std::int32_t offset, std::int32_t payload,
                         std::uint8_t flags, const FrameIdentity& identity, Source& source,
                         Supplier& supplier) {
    std::byte* const frame = term + offset;
    const std::int32_t length = payload + kDataHeaderLength;
    begin_frame(frame, length, flags, kDataFrame, offset, identity);
    source.copy_next(frame + kDataHeaderLength, static_cast<std::size_t>(payload));
    if constexpr (!std::same_as<Supplier, NoReservedValue>) {
        store_plain(frame + 24, static_cast<std::int64_t>(supplier(frame, length)));
    }
    commit_frame(frame, length);
}

/// Writes a message as the one or several frames that its claimed place at `offset` was measured
/// for.
// hot:
template <typename Source, ReservedValueSupplier Supplier>
inline void append_message(std::byte* term, std::int32_t offset, std::int32_t length,
                           std::int32_t max_payload, const FrameIdentity& identity, Source& source,
                           Supplier& supplier) {
    if (length <= max_payload) {
        append_frame(term, offset, length, kUnfragmented, identity, source, supplier);
        return;
    }
    std::uint8_t flags = kBeginFragment;
    std::int32_t left = length;
    while (left > max_payload) {
        append_frame(term, offset, max_payload, flags, identity, source, supplier);
        offset += max_payload + kDataHeaderLength;
        left -= max_payload;
        flags = 0;
    }
    append_frame(term, offset, left, kEndFragment, identity, source, supplier);
}

/// Fills what is left of a term, which no message fits into any more.
inline void append_end_padding(std::byte* term, std::int32_t offset, std::int32_t term_length,
                               const FrameIdentity& identity) {
    const std::int32_t length = term_length - offset;
    begin_frame(term + offset, length, kUnfragmented, kPaddingFrame, offset, identity);
    commit_frame(term + offset, length);
}

}  // namespace tern

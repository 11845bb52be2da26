#pragma once

/// Appends messages to a log that has one writer, which keeps its place to itself and tells the
/// driver by storing the tail before it writes (spec shared-memory.md 9.9). One thread at a time;
/// no lock, no allocation, no system call. Whether the publication is closed is its owner's to
/// test; the lengths of claims and paddings come before that test.

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "tern/logbuffer/append.hpp"
#include "tern/logbuffer/buffer_claim.hpp"
#include "tern/logbuffer/message_source.hpp"

namespace tern {

class ExclusiveAppender {
  public:
    /// Begins where the log's tail stands.
    ExclusiveAppender(LogBuffers log, std::int32_t session_id, std::int32_t stream_id);

    const LogBuffers& log() const { return log_; }
    std::int32_t session_id() const { return target_.session_id; }
    std::int32_t stream_id() const { return target_.stream_id; }
    std::int32_t max_payload_length() const { return target_.max_payload_length; }
    std::int32_t max_message_length() const { return target_.max_message_length; }
    Position max_position() const { return target_.max_position; }
    Position position() const { return term_begin_ + term_offset_; }
    std::int32_t term_id() const { return term_id_; }
    std::int32_t term_offset() const { return term_offset_; }

    /// Appends a message; in several frames if it is longer than max_payload_length(). `limit`: the
    /// publication limit counter, read with acquire before the call. `error` if it is longer than
    /// max_message_length().
    // hot:
    template <ReservedValueSupplier Supplier = NoReservedValue>
    OfferResult offer(ConstBytes message, Position limit, Supplier&& supplier = {}) {
        return offer_from(ContiguousSource(message), limit, supplier);
    }

    /// The same for a message in parts.
    template <ReservedValueSupplier Supplier = NoReservedValue>
    OfferResult offer(std::span<const ConstBytes> parts, Position limit, Supplier&& supplier = {}) {
        return offer_from(GatheredSource(parts), limit, supplier);
    }

    /// The same for any source (message_source.hpp).
    template <typename Source, typename Supplier>
    OfferResult offer_from(Source source, Position limit, Supplier& supplier) {
        const std::size_t length = source.length();
        Place place;
        const OfferResult result = take_room(length, static_cast<std::size_t>(max_message_length()),
                                             limit, target_.max_payload_length, place);
        if (result.ok()) {
            append_message(place.term, place.offset, static_cast<std::int32_t>(length),
                           target_.max_payload_length, target_.identity(term_id_), source,
                           supplier);
        }
        return result;
    }

    /// Claims one frame for a payload of `length` bytes, at most max_payload_length(), else
    /// `error`.
    OfferResult try_claim(std::size_t length, Position limit, BufferClaim& claimed) {
        if (length > static_cast<std::size_t>(max_payload_length())) {
            return OfferStatus::error;
        }
        Place place;
        const OfferResult result =
            take_room(length, length, limit, target_.max_payload_length, place);
        if (result.ok()) {
            const auto frame_length = static_cast<std::int32_t>(length) + kDataHeaderLength;
            begin_frame(place.term + place.offset, frame_length, kUnfragmented, kDataFrame,
                        place.offset, target_.identity(term_id_));
            claimed = BufferClaim(place.term + place.offset, frame_length);
        }
        return result;
    }

    /// Appends one padding frame with room for `length` bytes, at most max_message_length(), else
    /// `error`.
    OfferResult append_padding(std::size_t length, Position limit);

    /// Appends complete frames as they are, made for exactly this position. `error` if the block is
    /// no such thing (see block_fault).
    OfferResult offer_block(ConstBytes block, Position limit);

    /// Why a block cannot be appended at the present position; empty if it can. Only its first
    /// frame is looked at.
    std::string block_fault(ConstBytes block) const;

  private:
    struct Place {
        std::byte*   term = nullptr;
        std::int32_t offset = 0;
    };

    // Takes the room for a message, as one frame if `max_payload` allows.
    OfferResult take_room(std::size_t length, std::size_t longest, Position limit,
                          std::int32_t max_payload, Place& place) {
        const Position position = term_begin_ + term_offset_;
        if (position >= limit) [[unlikely]] {
            return target_.refusal(position, length);
        }
        if (length > longest) [[unlikely]] {
            return OfferStatus::error;
        }
        if (position >= target_.max_position) [[unlikely]] {
            return OfferStatus::max_position_exceeded;
        }
        const std::int64_t framed = framed_length(static_cast<std::int64_t>(length), max_payload);
        const std::int64_t end = term_offset_ + framed;
        store_tail(end);
        if (end > target_.geometry.term_length()) [[unlikely]] {
            return finish_term();
        }
        place = {target_.terms[static_cast<std::size_t>(partition_)], term_offset_};
        term_offset_ = static_cast<std::int32_t>(end);
        return OfferResult::of(term_begin_ + end);
    }

    // Before anything is written, and also when it is beyond the term's end: the driver learns the
    // producer position here.
    void store_tail(std::int64_t end) {
        // sync[term-tail] release
        target_.metadata->term_tail_counters[partition_].store_release(raw_tail(term_id_, end));
    }

    OfferResult finish_term();
    void rotate();
    bool is_last_term() const {
        return term_begin_ + target_.geometry.term_length() >= target_.max_position;
    }

    AppendTarget target_;
    int          partition_;
    std::int32_t term_id_;
    std::int32_t term_offset_;   // of the next frame
    Position     term_begin_;    // position of the term's first byte
    LogBuffers   log_;           // keeps the memory mapped
};

}  // namespace tern

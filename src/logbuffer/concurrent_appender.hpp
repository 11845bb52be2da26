#pragma once

/// Appends messages to a log that any number of threads and processes share. A place in the term is
/// claimed by adding to the term's tail; whoever crosses the end of the term pads it and rotates
/// the log (spec shared-memory.md 9.8).
///
/// Any thread; no lock, no allocation, no system call, no waiting. Whether the publication is
/// closed is its owner's to test, as are lengths beyond `max_payload_length()` of a claim, which
/// come before that test.

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "tern/logbuffer/append.hpp"
#include "tern/logbuffer/buffer_claim.hpp"
#include "tern/logbuffer/log_rotation.hpp"
#include "tern/logbuffer/message_source.hpp"

namespace tern {

class ConcurrentAppender {
  public:
    ConcurrentAppender(LogBuffers log, std::int32_t session_id, std::int32_t stream_id)
        : ConcurrentAppender(log, session_id, stream_id,
                             tern::max_message_length(log.term_length()) / kClaimsAtOnce) {}
    /// For tests: `longest_added` is the length of the longest message that is claimed by addition.
    ConcurrentAppender(LogBuffers log, std::int32_t session_id, std::int32_t stream_id,
                       std::int64_t longest_added)
        : target_(log, session_id, stream_id),
          longest_added_(longest_added),
          log_(std::move(log)) {}

    const LogBuffers& log() const { return log_; }
    std::int32_t session_id() const { return target_.session_id; }
    std::int32_t stream_id() const { return target_.stream_id; }
    std::int32_t max_payload_length() const { return target_.max_payload_length; }
    std::int32_t max_message_length() const { return target_.max_message_length; }
    Position max_position() const { return target_.max_position; }
    /// Where publishers are now, claims included.
    Position position() const { return log_.producer_position(); }

    /// Appends a message; in several frames if it is longer than max_payload_length(). `limit`: the
    /// publication limit counter, read with acquire before the call. `error` if it is longer than
    /// max_message_length().
    // hot:
    template <ReservedValueSupplier Supplier = NoReservedValue>
    OfferResult offer(ConstBytes message, Position limit, Supplier&& supplier = {}) const {
        return offer_from(ContiguousSource(message), limit, supplier);
    }

    /// The same for a message in parts.
    template <ReservedValueSupplier Supplier = NoReservedValue>
    OfferResult offer(std::span<const ConstBytes> parts, Position limit,
                      Supplier&& supplier = {}) const {
        return offer_from(GatheredSource(parts), limit, supplier);
    }

    /// The same for any source (message_source.hpp).
    template <typename Source, typename Supplier>
    OfferResult offer_from(Source source, Position limit, Supplier& supplier) const {
        const std::size_t length = source.length();
        Claim claim;
        const OfferResult result =
            claim_room(length, static_cast<std::size_t>(max_message_length()), limit, claim);
        if (result.ok()) {
            append_message(claim.term, claim.offset, static_cast<std::int32_t>(length),
                           target_.max_payload_length, target_.identity(claim.term_id), source,
                           supplier);
        }
        return result;
    }

    /// Claims one frame for a payload of `length` bytes, at most max_payload_length(), else
    /// `error`.
    OfferResult try_claim(std::size_t length, Position limit, BufferClaim& claimed) const {
        if (length > static_cast<std::size_t>(max_payload_length())) {
            return OfferStatus::error;
        }
        Claim claim;
        const OfferResult result = claim_room(length, length, limit, claim);
        if (result.ok()) {
            const auto frame_length = static_cast<std::int32_t>(length) + kDataHeaderLength;
            std::byte* const frame = claim.term + claim.offset;
            begin_frame(frame, frame_length, kUnfragmented, kDataFrame, claim.offset,
                        target_.identity(claim.term_id));
            claimed = BufferClaim(frame, frame_length);
        }
        return result;
    }

  private:
    struct Claim {
        std::byte*   term = nullptr;
        std::int32_t term_id = 0;
        std::int32_t offset = 0;
    };

    /// How many publishers may stand between their look at the limit and their claim, for however
    /// long, without getting further beyond the limit than two of the longest messages: so far do
    /// the blocks of a sparse log reach.
    static constexpr std::int64_t kClaimsAtOnce = 64;

    OfferResult claim_room(std::size_t length, std::size_t longest, Position limit,
                           Claim& claim) const {
        for (;;) {
            const std::optional<OfferResult> result = try_claim_room(length, longest, limit, claim);
            if (result) [[likely]] {
                return *result;
            }
        }
    }

    /// Nullopt where another publisher was first.
    std::optional<OfferResult> try_claim_room(std::size_t length, std::size_t longest,
                                              Position limit, Claim& claim) const {
        LogMetadata& metadata = *target_.metadata;
        const TermGeometry& geometry = target_.geometry;
        // sync[term-count] acquire
        const std::int32_t count = metadata.active_term_count.load_acquire();
        const int partition = partition_of_count(count);
        SharedWord<std::int64_t>& tail = metadata.term_tail_counters[partition];
        const std::int64_t seen = tail.load_acquire();   // sync[term-tail] acquire
        if (count != geometry.term_count(tail_term_id(seen))) {
            // another publisher is between the two steps of a rotation
            return OfferStatus::admin_action;
        }
        const Position position = geometry.tail_position(seen);
        if (position >= limit) [[unlikely]] {
            return target_.refusal(position, length);
        }
        if (length > longest) [[unlikely]] {
            return OfferStatus::error;
        }
        // Without this test each attempt in the finished last term would add to its tail, until
        // that overflows into the term id.
        if (position >= target_.max_position) [[unlikely]] {
            return OfferStatus::max_position_exceeded;
        }
        const std::int64_t framed =
            framed_length(static_cast<std::int64_t>(length), target_.max_payload_length);
        // Other publishers may have moved the tail since, or it may belong to another term by now:
        // only what the addition returns counts. Long messages go one by one: each addition may
        // come late, and then reaches beyond the limit. sync[term-tail] release
        std::int64_t before = seen;
        if (framed <= longest_added_) [[likely]] {
            before = tail.fetch_add(framed);
        } else if (!tail.compare_exchange(seen, seen + framed)) {
            return std::nullopt;
        }
        claim.term = target_.terms[static_cast<std::size_t>(partition)];
        claim.term_id = tail_term_id(before);
        claim.offset = tail_offset(before, geometry.term_length());
        const std::int64_t end = claim.offset + framed;
        if (end > geometry.term_length()) [[unlikely]] {
            return finish_term(claim, end);
        }
        return OfferResult::of(geometry.position(claim.term_id, end));
    }

    OfferResult finish_term(const Claim& claim, std::int64_t end) const {
        const TermGeometry& geometry = target_.geometry;
        if (claim.offset < geometry.term_length()) {   // ours is the claim that crossed the end
            append_end_padding(claim.term, claim.offset, geometry.term_length(),
                               target_.identity(claim.term_id));
        }
        if (geometry.position(claim.term_id, end) >= target_.max_position) {
            return OfferStatus::max_position_exceeded;
        }
        rotate_log(*target_.metadata, geometry.term_count(claim.term_id), claim.term_id);
        return OfferStatus::admin_action;
    }

    AppendTarget target_;
    std::int64_t longest_added_;   // bytes, headers included
    LogBuffers   log_;             // keeps the memory mapped
};

}  // namespace tern

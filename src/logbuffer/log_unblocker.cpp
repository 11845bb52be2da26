#include "tern/logbuffer/log_unblocker.hpp"

#include "tern/logbuffer/frame.hpp"
#include "tern/logbuffer/log_rotation.hpp"

namespace tern {
namespace {

// What a dead claim, or an unwritten one, looks like: a tail that has passed `offset`, and nothing
// complete there.
struct Blockage {
    std::byte*        term;
    const DataHeader& default_header;
    std::int32_t      term_length;
    std::int32_t      term_id;
    std::int32_t      offset;   // where the consumers stand
    std::int32_t      tail;     // clamped to the term length
    Publishers        publishers;

    UnblockOutcome unblock() const {
        // sync[frame-claim] acquire
        const std::int32_t length = frame_length_acquire(term + offset);
        if (length < 0) {
            return unblock_claim(length);
        }
        return length > 0 ? UnblockOutcome::no_action : unblock_unwritten();
    }

    void pad(std::int32_t length) const {
        pad_with_default_header(term + offset, default_header, term_id, offset, length);
    }

    UnblockOutcome unblock_claim(std::int32_t length) const {
        if (length < offset - term_length) {   // no claim is longer than the rest of its term
            return UnblockOutcome::no_action;
        }
        pad(-length < kDataHeaderLength ? kDataHeaderLength : -length);
        return UnblockOutcome::unblocked;
    }

    bool is_zero_down_to_offset(std::int32_t from) const {
        for (std::int32_t at = from; at >= offset; at -= kFrameAlignment) {
            if (racy_load<std::int32_t>(term + at) != 0) {
                return false;
            }
        }
        return true;
    }

    UnblockOutcome unblock_unwritten() const {
        std::int32_t at = offset + kFrameAlignment;
        while (at < tail && racy_load<std::int32_t>(term + at) == 0) {
            at += kFrameAlignment;
        }
        acquire_fence();
        if (at < tail) {
            // Something follows. Unless the owner began to write while we looked, nobody will write
            // in between: a header is written before its payload, so the look back would find it.
            if (!is_zero_down_to_offset(at - kFrameAlignment)) {
                return UnblockOutcome::no_action;
            }
            pad(at - offset);
            return UnblockOutcome::unblocked;
        }
        if (tail <= offset || frame_length_acquire(term + offset) != 0) {
            return UnblockOutcome::no_action;
        }
        if (tail == term_length) {
            pad(term_length - offset);
            return UnblockOutcome::unblocked_to_end;
        }
        if (publishers == Publishers::are_gone) {
            pad(tail - offset);
            return UnblockOutcome::unblocked;
        }
        return UnblockOutcome::no_action;
    }
};

}  // namespace

UnblockOutcome unblock_log(const LogBuffers& log, Position blocked_position,
                           Publishers publishers) {
    LogMetadata& metadata = log.metadata();
    const TermGeometry& geometry = log.geometry();
    if (blocked_position < 0 || blocked_position >= geometry.max_position() ||
        blocked_position % kFrameAlignment != 0) {
        return UnblockOutcome::no_action;
    }
    const std::int32_t blocked_count = geometry.term_count_at(blocked_position);
    const std::int32_t blocked_offset = geometry.offset_at(blocked_position);
    // sync[term-count] acquire
    const std::int32_t count = metadata.active_term_count.load_acquire();
    if (blocked_offset == 0 && count == wrapping_sub(blocked_count, 1)) {
        // The term before was filled, but nobody rotated. sync[term-tail] acquire
        const std::int64_t raw =
            metadata.term_tail_counters[partition_of_count(count)].load_acquire();
        rotate_log(metadata, count, tail_term_id(raw));
        return UnblockOutcome::unblocked;
    }
    const int partition = partition_of_count(blocked_count);
    // sync[term-tail] acquire
    const std::int64_t raw = metadata.term_tail_counters[partition].load_acquire();
    const std::int32_t term_id = tail_term_id(raw);
    if (geometry.term_count(term_id) != blocked_count) {
        return UnblockOutcome::no_action;   // nobody has claimed anything in that term
    }
    const Blockage blockage{log.term(partition),
                            metadata.default_header,
                            geometry.term_length(),
                            term_id,
                            blocked_offset,
                            tail_offset(raw, geometry.term_length()),
                            publishers};
    const UnblockOutcome outcome = blockage.unblock();
    const bool is_last_term = blocked_count == INT32_MAX;   // the stream ends with it
    if (outcome == UnblockOutcome::unblocked_to_end && !is_last_term) {
        rotate_log(metadata, blocked_count, term_id);
    }
    return outcome;
}

}  // namespace tern

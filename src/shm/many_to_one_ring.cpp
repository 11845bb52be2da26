#include "tern/shm/many_to_one_ring.hpp"

#include "tern/base/assert.hpp"

// A record is claimed by moving the tail, marked as claimed by a negative length (the first store
// into it) and published by the positive one (the last). The consumer zeroes what it has read
// before it moves the head, so a claimed record without its first store reads as zero: that is how
// unblock tells a dead producer's claim from a written record.

namespace tern {

namespace {

constexpr std::int32_t kRingTrailerLength = sizeof(RingTrailer);

}  // namespace

bool ManyToOneRing::is_valid_length(std::int64_t section_length) {
    const std::int64_t capacity = section_length - kRingTrailerLength;
    return capacity >= 8 && capacity < std::numeric_limits<std::int32_t>::max() &&
           is_power_of_two(capacity);
}

ManyToOneRing::ManyToOneRing(Bytes section)
    : data_(section.data()),
      capacity_(static_cast<std::int32_t>(static_cast<std::int64_t>(section.size()) -
                                          kRingTrailerLength)),
      mask_(capacity_ - 1),
      trailer_(reinterpret_cast<RingTrailer*>(data_ + capacity_)) {
    TERN_ASSERT(is_valid_length(static_cast<std::int64_t>(section.size())));
}

std::int32_t ManyToOneRing::claim(std::int32_t record_length) {
    const std::int32_t required = align(record_length, kRecordAlignment);
    // sync[ring-head-cache] acquire: as good as having read the head itself.
    std::int64_t head = trailer_->head_cache->load_acquire();
    for (;;) {
        const std::int64_t tail = trailer_->tail->load_acquire();
        if (tail % kRecordAlignment != 0) {
            return -1;   // somebody has damaged the ring: nothing can be claimed there
        }
        // A head read after the tail may be beyond it; the compare-and-swap will fail then.
        const auto has_no_room = [this, required, tail, &head] {
            return position_difference(tail, head) > capacity_ - required;
        };
        if (has_no_room()) {
            // sync[ring-head] acquire: what lies before the head reads as zero.
            head = trailer_->head->load_acquire();
            if (has_no_room()) {
                return -1;
            }
            // sync[ring-head-cache] release
            trailer_->head_cache->store_release(head);
        }
        const auto tail_index = static_cast<std::int32_t>(tail & mask_);
        const std::int32_t room = capacity_ - tail_index;
        std::int32_t padding = 0;
        if (required > room) {
            padding = room;
            if (required > (head & mask_)) {
                head = trailer_->head->load_acquire();
                if (required > (head & mask_)) {
                    return -1;
                }
                trailer_->head_cache->store_release(head);
            }
        }
        if (!trailer_->tail->compare_exchange(tail, position_plus(tail, required + padding))) {
            continue;
        }
        if (padding > 0) {
            pad(tail_index, padding);
            return 0;
        }
        return tail_index;
    }
}

void ManyToOneRing::pad(std::int32_t index, std::int32_t length) {
    length_at(index).store_release(-length);
    release_fence();
    set_type_at(index, kPaddingTypeId);
    // sync[ring-record] release
    length_at(index).store_release(length);
}

// hot: clients send commands with it
RingResult ManyToOneRing::write(std::int32_t type, ConstBytes payload) {
    if (payload.size() > static_cast<std::size_t>(max_payload_length())) {
        return RingResult::invalid;
    }
    const Claim claimed = try_claim(type, static_cast<std::int32_t>(payload.size()));
    if (!claimed) {
        return claimed.result;
    }
    std::copy(payload.begin(), payload.end(), claimed.payload.begin());
    commit(claimed.offset);
    return RingResult::ok;
}

ManyToOneRing::Claim ManyToOneRing::try_claim(std::int32_t type, std::int32_t length) {
    if (type < 1 || length < 0 || length > max_payload_length()) {
        return {.result = RingResult::invalid, .offset = 0, .payload = {}};
    }
    const std::int32_t record_length = length + kRecordHeaderLength;
    const std::int32_t index = claim(record_length);
    if (index < 0) {
        return {};
    }
    length_at(index).store_release(-record_length);
    release_fence();   // the negative length is seen before anything else of the record
    set_type_at(index, type);
    const std::int32_t offset = index + kRecordHeaderLength;
    return {RingResult::ok, offset, Bytes{data_ + offset, static_cast<std::size_t>(length)}};
}

bool ManyToOneRing::commit(std::int32_t offset) { return end_claim(offset, false); }

bool ManyToOneRing::abort(std::int32_t offset) { return end_claim(offset, true); }

bool ManyToOneRing::end_claim(std::int32_t offset, bool aborted) {
    const std::int32_t index = offset - kRecordHeaderLength;
    if (index < 0 || index > capacity_ - kRecordHeaderLength || index % kRecordAlignment != 0) {
        return false;
    }
    const std::int32_t length = length_at(index).load_relaxed();  // ours: nobody else writes it now
    if (length >= 0) {
        return false;
    }
    if (aborted) {
        set_type_at(index, kPaddingTypeId);
    }
    // sync[ring-record] release: type and payload before the positive length
    length_at(index).store_release(-length);
    return true;
}

std::int64_t ManyToOneRing::own_head() const {
    // We are its only writer. A head that does not lie on a record was written by somebody else.
    return trailer_->head->load_relaxed() & -std::int64_t{kRecordAlignment};
}

std::int32_t ManyToOneRing::bytes_to_read(std::int64_t head) const {
    // Any client can write the tail: whatever it says, we stay inside the data area.
    const std::int64_t claimed = position_difference(trailer_->tail->load_acquire(), head);
    const std::int64_t contiguous = capacity_ - (head & mask_);
    const std::int64_t bounded = std::clamp<std::int64_t>(claimed, 0, contiguous);
    return static_cast<std::int32_t>(bounded & -std::int64_t{kRecordAlignment});
}

void ManyToOneRing::publish_head(std::int64_t head, std::int32_t bytes) {
    if (bytes == 0) {
        return;
    }
    std::byte* from = data_ + (head & mask_);
    std::fill(from, from + bytes, std::byte{0});
    // sync[ring-head] release: producers that see the new head find zeroes behind the tail
    trailer_->head->store_release(position_plus(head, bytes));
}

// The reference looks for a record behind an unwritten claim to learn where the claim ends. So it
// skips claims that others have only just made in between, and never skips one with nothing behind
// it before the end of the data area. Here the caller knows which claims are old: the end of the
// last of them bounds what is skipped, and ends it where nothing behind does.
bool ManyToOneRing::unblock(std::int64_t dead_until) {
    const std::int64_t head = own_head();
    const std::int64_t claimed = std::min(
        position_difference(dead_until, head),
        position_difference(trailer_->tail->load_acquire(), head));
    if (claimed <= 0 || claimed > capacity_ || claimed % kRecordAlignment != 0) {
        return false;   // nothing there, or not ours to make sense of
    }
    const auto head_index = static_cast<std::int32_t>(head & mask_);
    const std::int32_t length = length_at(head_index).load_acquire();
    if (length > 0 || length == std::numeric_limits<std::int32_t>::min()) {
        return false;   // to be read; no claim writes the least number, and reading stops there too
    }
    const auto limit = static_cast<std::int32_t>(
        std::min<std::int64_t>(claimed, capacity_ - head_index));
    const std::int32_t skipped = length < 0 ? -length : unwritten_bytes(head_index, limit);
    if (skipped == 0) {
        return false;
    }
    set_type_at(head_index, kPaddingTypeId);
    // sync[ring-record] release
    length_at(head_index).store_release(skipped);
    return true;
}

// How many bytes from the head are claimed and not written, at most `limit`. The words looked at
// may be payloads that others are writing, hence the racy loads.
std::int32_t ManyToOneRing::unwritten_bytes(std::int32_t head_index, std::int32_t limit) const {
    const auto is_zero = [this, head_index](std::int32_t offset) {
        return racy_load<std::int32_t>(data_ + head_index + offset) == 0;
    };
    std::int32_t end = kRecordAlignment;
    while (end < limit && is_zero(end)) {
        end += kRecordAlignment;
    }
    // What was found may belong to a record before it that somebody has just begun. Each record
    // begins with its negative length and a release fence, so after this fence that length is seen.
    acquire_fence();
    for (std::int32_t back = end - kRecordAlignment; back >= 0; back -= kRecordAlignment) {
        if (!is_zero(back)) {
            return 0;
        }
    }
    return end;
}

std::int32_t ManyToOneRing::size() const {
    std::int64_t before = 0;
    std::int64_t tail = 0;
    std::int64_t after = trailer_->head->load_acquire();
    do {
        before = after;
        tail = trailer_->tail->load_acquire();
        after = trailer_->head->load_acquire();
    } while (before != after);
    return static_cast<std::int32_t>(
        std::clamp<std::int64_t>(position_difference(tail, after), 0, capacity_));
}

}  // namespace tern

#include "tern/shm/many_to_one_ring.hpp"

#include "tern/base/assert.hpp"

// A record is claimed by moving the tail, marked as claimed by a negative length (the first store
// into it) and published by the positive one (the last). The consumer zeroes what it has read
// before it moves the head, so a claimed record without its first store reads as zero: that is how
// unblock tells a dead producer's claim from a written record.

namespace tern {

namespace {

constexpr std::int32_t kTrailerLength = sizeof(RingTrailer);

}  // namespace

bool ManyToOneRing::is_valid_length(std::int64_t section_length) {
    const std::int64_t capacity = section_length - kTrailerLength;
    return capacity >= 8 && capacity < std::numeric_limits<std::int32_t>::max() &&
           is_power_of_two(capacity);
}

ManyToOneRing::ManyToOneRing(Bytes section)
    : data_(section.data()),
      capacity_(
          static_cast<std::int32_t>(static_cast<std::int64_t>(section.size()) - kTrailerLength)),
      mask_(capacity_ - 1),
      trailer_(reinterpret_cast<RingTrailer*>(data_ + capacity_)) {
    TERN_ASSERT(is_valid_length(static_cast<std::int64_t>(section.size())));
}

std::int32_t ManyToOneRing::claim(std::int32_t record_length) {
    const std::int32_t required = align(record_length, kRecordAlignment);
    std::int64_t head = trailer_->head_cache->load_acquire();
    for (;;) {
        const std::int64_t tail = trailer_->tail->load_acquire();
        // sync[ring-head] acquire
        const auto refresh = [this, &head] { head = trailer_->head->load_acquire(); };
        if (required > capacity_ - (tail - head)) {
            refresh();
            if (required > capacity_ - (tail - head)) {
                return -1;
            }
            trailer_->head_cache->store_release(head);
        }
        const auto tail_index = static_cast<std::int32_t>(tail & mask_);
        const std::int32_t room = capacity_ - tail_index;
        std::int32_t padding = 0;
        if (required > room) {
            padding = room;
            if (required > (head & mask_)) {
                refresh();
                if (required > (head & mask_)) {
                    return -1;
                }
                trailer_->head_cache->store_release(head);
            }
        }
        if (!trailer_->tail->compare_exchange(tail, tail + required + padding)) {
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

std::int32_t ManyToOneRing::bytes_to_read(std::int64_t head) const {
    // Any client can write the tail: whatever it says, we stay inside the data area.
    const std::int64_t claimed = trailer_->tail->load_acquire() - head;
    const std::int64_t contiguous = capacity_ - (head & mask_);
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(claimed, 0, contiguous));
}

void ManyToOneRing::publish_head(std::int64_t head, std::int32_t bytes) {
    if (bytes == 0) {
        return;
    }
    std::byte* from = data_ + (head & mask_);
    std::fill(from, from + bytes, std::byte{0});
    // sync[ring-head] release: producers that see the new head find zeroes behind the tail
    trailer_->head->store_release(head + bytes);
}

bool ManyToOneRing::unblock() {
    const std::int64_t head = trailer_->head->load_acquire();
    const std::int64_t tail = trailer_->tail->load_acquire();
    if (tail <= head) {
        return false;
    }
    const auto head_index = static_cast<std::int32_t>(head & mask_);
    const auto tail_index = static_cast<std::int32_t>(tail & mask_);
    const std::int32_t length = length_at(head_index).load_acquire();
    const auto make_padding = [this, head_index](std::int32_t padded) {
        set_type_at(head_index, kPaddingTypeId);
        length_at(head_index).store_release(padded);
    };
    if (length < 0) {
        if (length == std::numeric_limits<std::int32_t>::min()) {
            return false;   // no claim writes that; reading reports nothing here either
        }
        make_padding(-length);
        return true;
    }
    if (length > 0) {
        return false;
    }
    // The claimer died before its first store. A later record, if there is one, shows how long it
    // was.
    const std::int32_t limit = tail_index > head_index ? tail_index : capacity_;
    std::int32_t i = head_index + kRecordAlignment;
    for (; i < limit; i += kRecordAlignment) {
        if (length_at(i).load_acquire() != 0) {
            break;
        }
    }
    if (i >= limit) {
        return false;
    }
    // The claimer may only have been slow: look back once more, in case it has begun to write.
    for (std::int32_t back = i - kRecordAlignment; back >= head_index; back -= kRecordAlignment) {
        if (length_at(back).load_acquire() != 0) {
            return false;
        }
    }
    make_padding(i - head_index);
    return true;
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
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(tail - after, 0, capacity_));
}

}  // namespace tern

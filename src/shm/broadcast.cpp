#include "tern/shm/broadcast.hpp"

#include <limits>

#include "tern/base/assert.hpp"

// Validity comes from the counters alone. The transmitter first says how far it is going to write
// (tail_intent), then writes, then moves latest and tail. A receiver copies and then checks that
// the intent has not come round to what it copied.

namespace tern {

namespace {

constexpr std::int32_t kBroadcastTrailerLength = sizeof(BroadcastTrailer);
constexpr std::size_t  kInitialCopyLength = 4096;

std::int32_t capacity_of(std::size_t section_length) {
    TERN_ASSERT(is_valid_broadcast_length(static_cast<std::int64_t>(section_length)));
    return static_cast<std::int32_t>(section_length) - kBroadcastTrailerLength;
}

}  // namespace

bool is_valid_broadcast_length(std::int64_t section_length) {
    const std::int64_t capacity = section_length - kBroadcastTrailerLength;
    return capacity >= 64 && capacity < std::numeric_limits<std::int32_t>::max() &&
           is_power_of_two(capacity);
}

BroadcastTransmitter::BroadcastTransmitter(Bytes section)
    : data_(section.data()),
      capacity_(capacity_of(section.size())),
      trailer_(reinterpret_cast<BroadcastTrailer*>(data_ + capacity_)),
      tail_(trailer_->tail.load_relaxed() & -std::int64_t{kRecordAlignment}) {}

void BroadcastTransmitter::announce(std::int64_t new_tail) {
    trailer_->tail_intent.store_release(new_tail);
    // sync[broadcast-intent] release: whoever sees a byte written from here on sees the intent too.
    release_fence();
}

namespace {

void write_record(std::byte* at, std::int32_t type, std::int32_t length,
                  ConstBytes payload) {
    racy_store(at, length);
    racy_store(at + 4, type);
    racy_copy(at + kRecordHeaderLength, payload.data(), payload.size());
}

}  // namespace

bool BroadcastTransmitter::transmit(std::int32_t type, ConstBytes payload) {
    if (type < 1 || payload.size() > static_cast<std::size_t>(max_payload_length())) {
        return false;
    }
    const std::int32_t length = static_cast<std::int32_t>(payload.size()) + kRecordHeaderLength;
    const std::int32_t required = align(length, kRecordAlignment);
    std::int64_t start = tail_;
    std::int64_t index = start & (capacity_ - 1);
    const auto room = static_cast<std::int32_t>(capacity_ - index);
    if (room < required) {
        announce(position_plus(start, room + required));
        write_record(data_ + index, kPaddingTypeId, room, {});
        start = position_plus(start, room);
        index = 0;
    } else {
        announce(position_plus(start, required));
    }
    write_record(data_ + index, type, length, payload);
    tail_ = position_plus(start, required);
    // sync[broadcast-latest] release: whoever starts there finds a record.
    trailer_->latest.store_release(start);
    // sync[broadcast-tail] release: the record is complete.
    trailer_->tail.store_release(tail_);
    return true;
}

BroadcastReceiver::BroadcastReceiver(ConstBytes section)
    : data_(section.data()),
      capacity_(capacity_of(section.size())),
      trailer_(reinterpret_cast<const BroadcastTrailer*>(data_ + capacity_)),
      copy_(kInitialCopyLength) {
    // sync[broadcast-latest] acquire
    cursor_ = next_ = trailer_->latest.load_acquire();
}

bool BroadcastReceiver::still_valid(std::int64_t cursor) const {
    const std::int64_t written = position_difference(trailer_->tail_intent.load_acquire(), cursor);
    return written >= 0 && written < capacity_;
}

std::int32_t BroadcastReceiver::length_at(std::int64_t position) const {
    const std::int64_t index = position & (capacity_ - 1);
    if (index % kRecordAlignment != 0) {
        return 0;
    }
    const std::int32_t length = racy_load<std::int32_t>(data_ + index);
    // A message holds at most capacity/8; only padding may be as long as the rest of the data area.
    return length >= kRecordHeaderLength && length <= capacity_ - index ? length : 0;
}

BroadcastReceiver::Outcome BroadcastReceiver::lose_track() {
    ++lapped_;
    cursor_ = next_ = trailer_->latest.load_acquire();
    return Outcome::lapped;
}

BroadcastReceiver::Outcome BroadcastReceiver::receive_copy() {
    // sync[broadcast-tail] acquire
    const std::int64_t tail = trailer_->tail.load_acquire();
    if (tail <= next_) {
        return Outcome::nothing;
    }
    if (!still_valid(next_)) {
        return lose_track();
    }
    cursor_ = next_;
    const auto type_at = [this](std::int64_t position) {
        return racy_load<std::int32_t>(data_ + (position & (capacity_ - 1)) + 4);
    };
    std::int32_t length = length_at(cursor_);
    std::int32_t type = length == 0 ? 0 : type_at(cursor_);
    if (length != 0 && type == kPaddingTypeId) {
        cursor_ = position_plus(cursor_, align(length, kRecordAlignment));
        length = length_at(cursor_);
        type = length == 0 ? 0 : type_at(cursor_);
    }
    const bool plausible =
        length != 0 && type >= 1 && length <= capacity_ / 8 + kRecordHeaderLength;
    if (plausible) {
        length_ = length - kRecordHeaderLength;
        if (static_cast<std::size_t>(length_) > copy_.size()) {
            copy_.resize(static_cast<std::size_t>(length_) + copy_.size() / 2);
        }
        racy_copy(copy_.data(), data_ + (cursor_ & (capacity_ - 1)) + kRecordHeaderLength,
                  static_cast<std::size_t>(length_));
    }
    // sync[broadcast-intent] acquire: the copy happened before this look at the intent.
    acquire_fence();
    if (!plausible || !still_valid(cursor_)) {
        return lose_track();
    }
    type_ = type;
    next_ = position_plus(cursor_, align(length, kRecordAlignment));
    return Outcome::message;
}

}  // namespace tern

#include "tern/logbuffer/fragment_assembler.hpp"

#include <algorithm>
#include <cstring>

namespace tern {

void MessageBuilder::begin(ConstBytes payload, const FragmentHeader& header) {
    first_.frame_length.store_relaxed(header.frame_length());
    first_.version = header.version();
    first_.flags = header.flags();
    first_.type = header.type();
    first_.term_offset = header.term_offset();
    first_.session_id = header.session_id();
    first_.stream_id = header.stream_id();
    first_.term_id = header.term_id();
    first_.reserved_value = header.reserved_value();
    first_frame_length_ = header.frame_length();
    length_ = 0;
    is_active_ = true;
    add(payload);
    expect_after(header);
}

bool MessageBuilder::append(ConstBytes payload, const FragmentHeader& header) {
    if (!is_active_) {
        return false;
    }
    // A message never spans terms, so comparing offsets is enough. Another one means that a loss
    // was filled in between.
    if (header.term_offset() != expected_offset_ || payload.size() > kMaxCapacity - length_) {
        reset();
        return false;
    }
    add(payload);
    return true;
}

void MessageBuilder::drop_last(std::size_t payload_length) { length_ -= payload_length; }

void MessageBuilder::expect_after(const FragmentHeader& header) {
    expected_offset_ = header.next_term_offset();
}

void MessageBuilder::add(ConstBytes payload) {
    const std::size_t needed = length_ + payload.size();
    if (needed > capacity_ || buffer_ == nullptr) {
        std::size_t capacity = std::max(capacity_, kInitialCapacity);
        while (capacity < needed) {
            capacity = std::min(capacity + capacity / 2, kMaxCapacity);
        }
        auto grown = std::make_unique_for_overwrite<std::byte[]>(capacity);
        if (length_ > 0) {
            std::memcpy(grown.get(), buffer_.get(), length_);
        }
        buffer_ = std::move(grown);
        capacity_ = capacity;
    }
    if (!payload.empty()) {
        std::memcpy(buffer_.get() + length_, payload.data(), payload.size());
    }
    length_ = needed;
}

std::int64_t MessageBuilder::occupied_length() const {
    const auto total = static_cast<std::int64_t>(length_);
    const std::int32_t max_payload = first_frame_length_ - kDataHeaderLength;
    // A first fragment without payload comes from nobody who keeps the protocol; it must not divide
    // by zero.
    return framed_length(total, std::max(max_payload, 1));
}

}  // namespace tern

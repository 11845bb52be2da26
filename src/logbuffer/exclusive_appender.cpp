#include "tern/logbuffer/exclusive_appender.hpp"

#include <cstring>

namespace tern {

ExclusiveAppender::ExclusiveAppender(LogBuffers log, std::int32_t session_id,
                                     std::int32_t stream_id)
    : target_(log, session_id, stream_id), log_(std::move(log)) {
    const LogMetadata& metadata = *target_.metadata;
    // sync[term-count] acquire
    const std::int32_t count = metadata.active_term_count.load_acquire();
    partition_ = partition_of_count(count);
    // sync[term-tail] acquire
    const std::int64_t raw = metadata.term_tail_counters[partition_].load_acquire();
    term_id_ = tail_term_id(raw);
    term_offset_ = tail_offset(raw, target_.geometry.term_length());
    term_begin_ = target_.geometry.position(term_id_, 0);
}

OfferResult ExclusiveAppender::finish_term() {
    const std::int32_t term_length = target_.geometry.term_length();
    if (term_offset_ < term_length) {
        append_end_padding(target_.terms[static_cast<std::size_t>(partition_)], term_offset_,
                           term_length, target_.identity(term_id_));
    }
    if (is_last_term()) {
        // A shorter message might still fit where the padding lies now, which subscribers may have
        // passed already.
        term_offset_ = term_length;
        return OfferStatus::max_position_exceeded;
    }
    rotate();
    return OfferStatus::admin_action;
}

void ExclusiveAppender::rotate() {
    const std::int32_t next_count = wrapping_add(target_.geometry.term_count(term_id_), 1);
    partition_ = partition_of_count(next_count);
    term_id_ = wrapping_add(term_id_, 1);
    term_offset_ = 0;
    term_begin_ += target_.geometry.term_length();
    LogMetadata& metadata = *target_.metadata;
    store_tail(0);
    metadata.active_term_count.store_release(next_count);   // sync[term-count] release
}

OfferResult ExclusiveAppender::append_padding(std::size_t length, Position limit) {
    if (length > static_cast<std::size_t>(max_message_length())) {
        return OfferStatus::error;
    }
    Place place;
    const OfferResult result = take_room(length, length, limit, max_message_length(), place);
    if (result.ok()) {
        const auto frame_length = static_cast<std::int32_t>(length) + kDataHeaderLength;
        begin_frame(place.term + place.offset, frame_length, kUnfragmented, kPaddingFrame,
                    place.offset, target_.identity(term_id_));
        commit_frame(place.term + place.offset, frame_length);
    }
    return result;
}

OfferResult ExclusiveAppender::offer_block(ConstBytes block, Position limit) {
    if (term_offset_ >= target_.geometry.term_length()) {
        if (is_last_term()) {
            return OfferStatus::max_position_exceeded;
        }
        rotate();
    }
    if (position() >= limit) {
        return target_.refusal(position(), block.size());
    }
    if (!block_fault(block).empty()) {
        return OfferStatus::error;
    }
    const std::size_t length = block.size();
    std::byte* const to = target_.terms[static_cast<std::size_t>(partition_)] + term_offset_;
    store_tail(term_offset_ + static_cast<std::int64_t>(length));
    copy_frames(to, block);
    term_offset_ += static_cast<std::int32_t>(length);
    return OfferResult::of(position());
}

std::string ExclusiveAppender::block_fault(ConstBytes block) const {
    const bool is_at_end = term_offset_ >= target_.geometry.term_length() && !is_last_term();
    const std::int32_t offset = is_at_end ? 0 : term_offset_;
    const std::int32_t term_id = is_at_end ? wrapping_add(term_id_, 1) : term_id_;
    const auto room = static_cast<std::size_t>(target_.geometry.term_length() - offset);
    if (block.size() < kDataHeaderLength || block.size() > room ||
        block.size() % kFrameAlignment != 0) {
        return "invalid block length " + std::to_string(block.size()) +
               ", remaining space in term is " + std::to_string(room);
    }
    std::byte copy[kDataHeaderLength];   // the caller's bytes may lie anywhere
    std::memcpy(copy, block.data(), sizeof copy);
    const auto field = [&copy](std::size_t at) { return load_plain<std::int32_t>(copy + at); };
    const auto type = load_plain<std::int16_t>(copy + offsetof(DataHeader, type));
    const std::int32_t found_offset = field(offsetof(DataHeader, term_offset));
    const std::int32_t found_session = field(offsetof(DataHeader, session_id));
    const std::int32_t found_stream = field(offsetof(DataHeader, stream_id));
    const std::int32_t found_term = field(offsetof(DataHeader, term_id));
    if (found_offset == offset && found_session == session_id() && found_stream == stream_id() &&
        found_term == term_id && type == kDataFrame) {
        return {};
    }
    const auto pair = [](const char* name, std::int32_t found, std::int32_t expected) {
        return std::string(name) + "=" + std::to_string(found) + " (expected " +
               std::to_string(expected) + ")";
    };
    return "improperly formatted block: " + pair("term_offset", found_offset, offset) + ", " +
           pair("session_id", found_session, session_id()) + ", " +
           pair("stream_id", found_stream, stream_id()) + ", " +
           pair("term_id", found_term, term_id) + ", " + pair("type", type, kDataFrame);
}

}  // namespace tern

#include "tern/logbuffer/term_reader.hpp"

namespace tern {

std::int32_t TermReader::block_length(const std::byte* term, std::int32_t begin,
                                      std::int32_t length_limit) const {
    const std::int32_t term_length = geometry_.term_length();
    const std::int64_t end =
        std::min<std::int64_t>(term_length, std::int64_t{begin} + length_limit);
    std::int32_t offset = begin;
    while (offset < term_length) {
        const std::int32_t length = frame_length_acquire(term + offset);
        if (!is_complete_frame(length, term_length - offset)) {
            break;
        }
        const std::int32_t next = offset + aligned_frame_length(length);
        if (header_at(term + offset).type == kPaddingFrame) {
            return offset == begin ? next - begin : offset - begin;
        }
        if (next > end) {
            break;
        }
        offset = next;
    }
    return offset - begin;
}

}  // namespace tern

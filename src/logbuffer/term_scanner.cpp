#include "tern/logbuffer/term_scanner.hpp"

namespace tern {

// hot:
Availability scan_for_availability(ConstBytes term, std::int32_t offset, std::int32_t limit) {
    const auto term_length = static_cast<std::int32_t>(term.size());
    std::int32_t available = 0;
    while (available < limit && offset + available < term_length) {
        const std::byte* const frame = term.data() + offset + available;
        const std::int32_t length = frame_length_acquire(frame);
        if (!is_complete_frame(length, term_length - offset - available)) {
            break;
        }
        const std::int32_t occupied = aligned_frame_length(length);
        const bool is_padding = header_at(frame).type == kPaddingFrame;
        const std::int32_t transmitted = is_padding ? kDataHeaderLength : occupied;
        if (transmitted > limit - available) {
            return {available == 0 ? -transmitted : available, 0};
        }
        available += transmitted;
        if (is_padding) {
            return {available, occupied - kDataHeaderLength};
        }
    }
    return {available, 0};
}

}  // namespace tern

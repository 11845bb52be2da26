#include "tern/logbuffer/gap_scanner.hpp"

#include <algorithm>

namespace tern {

GapScan scan_for_gap(ConstBytes term, std::int32_t term_id, std::int32_t from, std::int32_t limit) {
    const std::int32_t end = std::min(limit, static_cast<std::int32_t>(term.size()));
    std::int32_t offset = from;
    while (offset < end) {
        const std::int32_t length = frame_length_acquire(term.data() + offset);
        if (!is_complete_frame(length, static_cast<std::int32_t>(term.size()) - offset)) {
            break;
        }
        offset += aligned_frame_length(length);
    }
    if (offset >= end) {
        return {offset, std::nullopt};
    }
    const std::int32_t begin = offset;
    do {
        // the receiver may be copying a datagram here; a torn word is not zero
        offset += kFrameAlignment;
    } while (offset < end && racy_load<std::int32_t>(term.data() + offset) == 0);
    return {begin, Gap{term_id, begin, offset - begin}};
}

}  // namespace tern

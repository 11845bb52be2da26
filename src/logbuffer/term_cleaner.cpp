#include "tern/logbuffer/term_cleaner.hpp"

#include <algorithm>
#include <cstring>

#include "tern/base/assert.hpp"

namespace tern {

Position clean_to(const LogBuffers& log, Position clean_position, Position target) {
    if (target <= clean_position) {
        return clean_position;
    }
    TERN_DASSERT(clean_position >= 0 && clean_position % kFrameAlignment == 0 &&
                 target % kFrameAlignment == 0);
    const TermGeometry& geometry = log.geometry();
    const std::int32_t offset = geometry.offset_at(clean_position);
    const std::int64_t length =
        std::min<std::int64_t>(target - clean_position, geometry.term_length() - offset);
    std::byte* const from = log.term(geometry.partition_at(clean_position)) + offset;
    std::memset(from + 8, 0, static_cast<std::size_t>(length) - 8);
    // The first length last: whoever looks at it finds the old frame whole, or nothing at all.
    // sync[frame-clean] release
    shared_word<std::int64_t>(from).store_release(0);
    return clean_position + length;
}

}  // namespace tern

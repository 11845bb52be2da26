#include "tern/logbuffer/gap_filler.hpp"

#include "tern/base/assert.hpp"

namespace tern {

bool fill_gap(Bytes term, const DataHeader& default_header, const Gap& gap) {
    TERN_ASSERT(gap.offset >= 0 && gap.length >= kDataHeaderLength);
    TERN_ASSERT(static_cast<std::size_t>(gap.offset) + static_cast<std::size_t>(gap.length) <=
                term.size());
    for (std::int32_t at = gap.offset + gap.length - kFrameAlignment; at >= gap.offset;
         at -= kFrameAlignment) {
        if (load_plain<std::int32_t>(term.data() + at) != 0) {   // this thread is the only writer
            return false;
        }
    }
    pad_with_default_header(term.data() + gap.offset, default_header, gap.term_id, gap.offset,
                            gap.length);
    return true;
}

}  // namespace tern

#include "tern/logbuffer/term_rebuilder.hpp"

#include "tern/base/assert.hpp"

namespace tern {

// hot:
bool insert_frames(Bytes term, std::int32_t offset, ConstBytes datagram) {
    TERN_DASSERT(datagram.size() >= kDataHeaderLength);
    TERN_DASSERT(static_cast<std::size_t>(offset) + datagram.size() <= term.size());
    std::byte* const to = term.data() + offset;
    if (header_at(to).frame_length.load_relaxed() != 0) {   // this thread is the only writer
        return false;
    }
    copy_frames(to, datagram);
    return true;
}

// hot:
std::int32_t end_of_frames(ConstBytes datagram, std::int32_t offset, std::int32_t term_length) {
    std::size_t at = 0;
    while (at + kDataHeaderLength <= datagram.size() && offset < term_length) {
        const auto length = load_plain<std::int32_t>(datagram.data() + at);
        if (!is_complete_frame(length, term_length - offset)) {
            break;
        }
        offset += aligned_frame_length(length);
        at += static_cast<std::size_t>(aligned_frame_length(length));
    }
    return offset;
}

}  // namespace tern

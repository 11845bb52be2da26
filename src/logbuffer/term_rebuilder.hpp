#pragma once

/// Puts received datagrams into an image's term (spec shared-memory.md 9.15). Receiver thread only.

#include <cstdint>

#include "tern/logbuffer/frame.hpp"

namespace tern {

/// Copies the frames of one datagram, validated before (alignment, contiguous offsets, inside the
/// term, at least a header long), to `offset` of the term. False, and nothing done, if there is a
/// frame already.
bool insert_frames(Bytes term, std::int32_t offset, ConstBytes datagram);

/// Where in the term the frames of a validated datagram end: a padding frame at its end counts in
/// full, although only its header was transmitted. The high-water mark rises to it whether the
/// datagram was inserted or not. At most `term_length`.
std::int32_t end_of_frames(ConstBytes datagram, std::int32_t offset, std::int32_t term_length);

}  // namespace tern

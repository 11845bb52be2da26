#pragma once

/// The header of a fragment as its handler sees it. Valid only while the handler runs.

#include <cstdint>

#include "tern/logbuffer/frame.hpp"
#include "tern/logbuffer/position.hpp"

namespace tern {

class FragmentHeader {
  public:
    /// `frame_length` was loaded from the frame with acquire, and checked. `occupied_length`: what
    /// it takes in the log, the frame length itself but for an assembled message. `context` is
    /// opaque: who delivered it.
    FragmentHeader(const DataHeader& frame, std::int32_t frame_length, const TermGeometry& geometry,
                   void* context, std::int64_t occupied_length)
        : frame_(&frame),
          geometry_(&geometry),
          context_(context),
          occupied_length_(occupied_length),
          frame_length_(frame_length) {}

    /// Header and payload; of an assembled message 32 and its whole payload.
    std::int32_t frame_length() const { return frame_length_; }
    std::uint8_t version() const { return frame_->version; }
    std::uint8_t flags() const { return frame_->flags; }
    std::int16_t type() const { return frame_->type; }
    /// Of an assembled message: where its first frame lies.
    std::int32_t term_offset() const { return frame_->term_offset; }
    std::int32_t session_id() const { return frame_->session_id; }
    std::int32_t stream_id() const { return frame_->stream_id; }
    std::int32_t term_id() const { return frame_->term_id; }
    std::int64_t reserved_value() const { return frame_->reserved_value; }

    std::int32_t initial_term_id() const { return geometry_->initial_term_id(); }
    int position_bits() const { return geometry_->bits(); }
    const TermGeometry& geometry() const { return *geometry_; }
    void* context() const { return context_; }
    /// Bytes in the log: of an assembled message that of all its frames, not aligned for a single
    /// frame.
    std::int64_t occupied_length() const { return occupied_length_; }

    /// Offset after the fragment, at which the next frame begins.
    std::int64_t next_term_offset() const {
        return align(frame_->term_offset + occupied_length_, kFrameAlignment);
    }
    /// Position after the fragment.
    Position position() const { return geometry_->position(frame_->term_id, next_term_offset()); }

  private:
    const DataHeader*   frame_;
    const TermGeometry* geometry_;
    void*               context_;
    std::int64_t        occupied_length_;
    std::int32_t        frame_length_;
};

}  // namespace tern

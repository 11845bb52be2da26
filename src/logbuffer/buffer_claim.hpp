#pragma once

/// A frame claimed by try_claim, for its payload to be written in place. The stream stands still at
/// it until it is committed or aborted; the driver pads the claim of a dead client. A plain value:
/// it neither commits nor aborts when it goes away, and the publication's log must stay mapped for
/// as long as it is used. One thread at a time.

#include <cstdint>

#include "tern/base/bytes.hpp"
#include "tern/logbuffer/frame.hpp"

namespace tern {

class BufferClaim {
  public:
    BufferClaim() = default;
    /// `frame` begins a frame that was claimed and whose header is written; `frame_length` counts
    /// its header.
    BufferClaim(std::byte* frame, std::int32_t frame_length)
        : frame_(frame), frame_length_(frame_length) {}

    /// The payload, as long as was asked for; zeroed memory.
    Bytes buffer() const {
        return {frame_ + kDataHeaderLength,
                static_cast<std::size_t>(frame_length_ - kDataHeaderLength)};
    }
    std::byte* frame() const { return frame_; }
    std::int32_t frame_length() const { return frame_length_; }
    explicit operator bool() const { return frame_ != nullptr; }

    std::uint8_t flags() const { return header_at(frame_).flags; }
    void set_flags(std::uint8_t flags) const { header_at(frame_).flags = flags; }
    std::int16_t type() const { return header_at(frame_).type; }
    void set_type(std::int16_t type) const { header_at(frame_).type = type; }
    std::int64_t reserved_value() const { return header_at(frame_).reserved_value; }
    void set_reserved_value(std::int64_t value) const { header_at(frame_).reserved_value = value; }

    /// Publishes the message. Once, and not after abort().
    // hot:
    void commit() const { commit_frame(frame_, frame_length_); }
    /// Gives the claim up: readers skip it.
    void abort() const {
        header_at(frame_).type = kPaddingFrame;
        commit_frame(frame_, frame_length_);
    }

  private:
    std::byte*   frame_ = nullptr;
    std::int32_t frame_length_ = 0;
};

}  // namespace tern

#pragma once

/// Reads the frames of an image: a network image, an IPC publication or a spied publication, which
/// look the same (spec shared-memory.md 9.12). Handlers are template parameters, so that they are
/// inlined.
///
/// One thread polls at a time. Each call stays within one term; the next one goes on in the next.
/// The position is stored once a call: memory of a fragment is the reader's only while its handler
/// runs. A frame whose length cannot be true is never passed: the reader stands still before it.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <utility>

#include "tern/logbuffer/fragment_header.hpp"
#include "tern/logbuffer/log_buffers.hpp"

namespace tern {

/// What a controlled handler answers; numbered as in the C API.
enum class ControlledAction : int {
    abort = 1,       // stop, and deliver this fragment again in the next poll
    break_ = 2,      // this fragment is consumed; stop
    commit = 3,      // consumed; store the position now, go on
    continue_ = 4,   // consumed; go on
};

/// Complete frames that lie side by side, headers included; or one padding frame.
struct Block {
    ConstBytes   bytes;
    std::int32_t session_id;   // of the first frame
    std::int32_t term_id;
};

/// A block and where it lies in its log file.
struct RawBlock : Block {
    const Mapping* file;
    std::uint64_t  file_offset;   // bytes
};

class TermReader {
  public:
    /// `position`: the reader's position counter, which starts where it is to read from. `closed`:
    /// set by whoever closes the image; from then on the counter is not written, for its id may be
    /// used again. Both must outlive the reader. `context` is handed on in each FragmentHeader.
    TermReader(LogBuffers log, SharedWord<std::int64_t>& position, const std::atomic<bool>& closed,
               void* context = nullptr)
        : geometry_(log.geometry()), position_(&position), closed_(&closed), context_(context),
          log_(std::move(log)) {}

    const LogBuffers& log() const { return log_; }
    const TermGeometry& geometry() const { return geometry_; }
    Position position() const { return position_->load_relaxed(); }

    /// Calls `handler(ConstBytes payload, const FragmentHeader&)` for at most `fragment_limit`
    /// fragments; returns for how many. A fragment whose handler throws is consumed.
    // hot:
    template <typename Handler>
    int poll(Handler&& handler, int fragment_limit) {
        Cursor at(*this);
        return read(at, geometry_.term_length(), handler, fragment_limit);
    }

    /// The same, but no fragment that starts at or beyond `limit_position`.
    template <typename Handler>
    int bounded_poll(Handler&& handler, Position limit_position, int fragment_limit) {
        Cursor at(*this);
        return at.start >= limit_position
                   ? 0
                   : read(at, bound(at, limit_position), handler, fragment_limit);
    }

    /// The handler says with a ControlledAction how to go on.
    // hot:
    template <typename Handler>
    int controlled_poll(Handler&& handler, int fragment_limit) {
        Cursor at(*this);
        return controlled_read(at, geometry_.term_length(), handler, fragment_limit);
    }

    template <typename Handler>
    int bounded_controlled_poll(Handler&& handler, Position limit_position, int fragment_limit) {
        Cursor at(*this);
        return at.start >= limit_position
                   ? 0
                   : controlled_read(at, bound(at, limit_position), handler, fragment_limit);
    }

    /// Calls `handler(const Block&)` with what lies side by side, at most `length_limit` bytes, up
    /// to a padding frame; a padding frame that comes first is a block of its own, of any length.
    /// Returns the bytes of the block, or 0.
    template <typename Handler>
    int block_poll(Handler&& handler, std::int32_t length_limit) {
        return raw_block_poll(
            [&handler](const RawBlock& block) { handler(static_cast<const Block&>(block)); },
            length_limit);
    }

    /// The same with `handler(const RawBlock&)`.
    template <typename Handler>
    int raw_block_poll(Handler&& handler, std::int32_t length_limit) {
        Cursor at(*this);
        const std::int32_t begin = at.offset;
        const std::int32_t length = is_closed() ? 0 : block_length(at.term, begin, length_limit);
        if (length > 0) {
            const DataHeader& first = header_at(at.term + begin);
            at.offset += length;
            RawBlock block{{{at.term + begin, static_cast<std::size_t>(length)},
                            first.session_id,
                            first.term_id},
                           log_.file().get(),
                           static_cast<std::uint64_t>(at.term - log_.term(0)) +
                               static_cast<std::uint64_t>(begin)};
            handler(std::as_const(block));
        }
        return length;
    }

  private:
    // Where a poll is. Stores the position when the poll ends, also where the handler throws.
    struct Cursor {
        explicit Cursor(TermReader& of)
            : reader(of),
              start(of.position()),
              begin(of.geometry_.offset_at(start) & ~(kFrameAlignment - 1)),
              offset(begin),
              stored(begin),
              term(of.log_.term(of.geometry_.partition_at(start))) {}
        Cursor(const Cursor&) = delete;
        Cursor& operator=(const Cursor&) = delete;
        ~Cursor() { store(); }
        void store() {
            if (offset > stored && !reader.is_closed()) {
                // sync[subscriber-position] release
                reader.position_->store_release(start + (offset - begin));
                stored = offset;
            }
        }

        TermReader&      reader;
        const Position   start;
        const std::int32_t begin;
        std::int32_t     offset;
        std::int32_t     stored;
        std::byte* const term;
    };

    bool is_closed() const {
        return closed_->load(std::memory_order_acquire);   // sync[image-closed] acquire
    }

    std::int32_t bound(const Cursor& at, Position limit_position) const {
        const Position room = limit_position - at.start;
        return static_cast<std::int32_t>(
            std::min<Position>(geometry_.term_length(), at.offset + room));
    }

    // hot:
    template <typename Handler>
    int read(Cursor& at, std::int32_t end, Handler& handler, int fragment_limit) {
        const std::int32_t term_length = geometry_.term_length();
        int fragments = 0;
        while (fragments < fragment_limit && at.offset < end && !is_closed()) {
            const std::byte* const frame = at.term + at.offset;
            const std::int32_t length = frame_length_acquire(frame);
            if (!is_complete_frame(length, term_length - at.offset)) {
                break;
            }
            at.offset += aligned_frame_length(length);
            const DataHeader& header = header_at(frame);
            if (header.type != kPaddingFrame) {
                ++fragments;
                handler(payload_of(frame, length),
                        FragmentHeader(header, length, geometry_, context_, length));
            }
        }
        return fragments;
    }

    // hot:
    template <typename Handler>
    int controlled_read(Cursor& at, std::int32_t end, Handler& handler, int fragment_limit) {
        const std::int32_t term_length = geometry_.term_length();
        int fragments = 0;
        while (fragments < fragment_limit && at.offset < end && !is_closed()) {
            const std::byte* const frame = at.term + at.offset;
            const std::int32_t length = frame_length_acquire(frame);
            if (!is_complete_frame(length, term_length - at.offset)) {
                break;
            }
            const std::int32_t before = at.offset;
            at.offset += aligned_frame_length(length);
            const DataHeader& header = header_at(frame);
            if (header.type == kPaddingFrame) {
                continue;
            }
            const ControlledAction action =
                handler(payload_of(frame, length),
                        FragmentHeader(header, length, geometry_, context_, length));
            if (action == ControlledAction::abort) {
                at.offset = before;
                break;
            }
            ++fragments;
            if (action == ControlledAction::break_) {
                break;
            }
            if (action == ControlledAction::commit) {
                at.store();
            }
        }
        return fragments;
    }

    std::int32_t block_length(const std::byte* term, std::int32_t begin,
                              std::int32_t length_limit) const;

    static ConstBytes payload_of(const std::byte* frame, std::int32_t length) {
        return {frame + kDataHeaderLength, static_cast<std::size_t>(length - kDataHeaderLength)};
    }

    TermGeometry              geometry_;
    SharedWord<std::int64_t>* position_;
    const std::atomic<bool>*  closed_;
    void*                     context_;
    LogBuffers                log_;   // keeps the memory mapped
};

}  // namespace tern

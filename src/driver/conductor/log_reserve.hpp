#pragma once

/// How far the blocks of a sparse log file reach ahead of its publishers, or of an image's
/// receiver.
/// Writing where there is no block ends in SIGBUS once the file system is full, so nobody is ever
/// let beyond what was reserved. Blocks are taken as the stream grows, not all at once: an idle
/// stream stays small, and
/// a busy one has its whole window after a few steps. Once three terms are reserved the file is
/// complete, and this costs nothing any more. Conductor thread only; does nothing itself.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tern/base/clock.hpp"
#include "tern/driver/conductor/log_storage.hpp"
#include "tern/logbuffer/position.hpp"

namespace tern::driver {

class LogReserve {
  public:
    /// Window that a stream gets before it has written anything, in bytes.
    static constexpr std::int64_t kFirstWindow = 1024 * 1024;

    /// `overshoot`: how far claims may reach beyond the limit that publishers were given.
    LogReserve(const TermGeometry& geometry, Position start, std::int64_t overshoot)
        : geometry_(geometry),
          start_(start),
          end_(start + kPartitionCount * std::int64_t{geometry.term_length()}),
          overshoot_(overshoot),
          reserved_(start) {}

    bool is_complete() const { return reserved_ >= end_; }
    /// No publisher may get a higher limit than this.
    Position limit_cap() const { return is_complete() ? INT64_MAX : reserved_ - overshoot_; }

    /// hot: how far to reserve now so that publishers at `producer` can go on towards `wanted`, the
    /// limit that flow control would give them; 0 where there is nothing to do or a request is
    /// under way.
    Position due(Position producer, Position wanted, std::int64_t window, Nanos now) const {
        if (is_complete() || is_requested_ || now < retry_at_) return 0;
        const std::int64_t ahead =
            std::min(window, std::max(kFirstWindow, 2 * (producer - start_)));
        const Position target = std::min(wanted, producer + ahead);
        if (limit_cap() >= std::min(target, producer + ahead / 2)) return 0;
        return clamp(target + overshoot_);
    }

    /// hot: the same for an image: how far to reserve so that a window that ends at `window_end`
    /// can be granted, and soon one that ends `lead` bytes further on.
    Position due_for_window(Position window_end, std::int64_t lead, Nanos now) const {
        if (is_complete() || is_requested_ || now < retry_at_) return 0;
        if (limit_cap() >= window_end + lead / 2) return 0;
        return clamp(window_end + lead + overshoot_);
    }

    /// The pieces of the file that [reserved, to) covers.
    std::vector<FileRange> pieces(Position to) const;

    void on_requested() { is_requested_ = true; }
    void on_reserved(Position to) {
        is_requested_ = false;
        reserved_ = std::max(reserved_, to);
    }
    void on_failed(Nanos retry_at) {
        is_requested_ = false;
        retry_at_ = retry_at;
    }
    /// Everything, or as much as is wanted from the beginning: rounded up to whole pages.
    Position clamp(Position to) const { return std::min(end_, align(to, std::int64_t{4096})); }
    Position end() const { return end_; }

  private:
    TermGeometry geometry_;
    Position start_;
    Position end_;  // three terms further on: every partition has been entered from its beginning
    std::int64_t overshoot_;
    Position reserved_;  // blocks reach up to here
    bool is_requested_ = false;
    Nanos retry_at_{0};
};

}  // namespace tern::driver

#pragma once

/// Notices that a stream stands still because a publisher died between its claim and the commit
/// (spec control-protocol.md, 16.7): every reader stops at the same place. Long enough there, with
/// something claimed behind it or a rotation that nobody finished, means blocked. Conductor thread;
/// asked once in each timer pass.

#include "tern/base/clock.hpp"
#include "tern/logbuffer/log_buffers.hpp"

namespace tern::driver {

class BlockedWatch {
  public:
    BlockedWatch(Position position, Nanos now) : position_(position), since_(now) {}

    /// `position` is where the readers, or the sender, stand. True where the log should be
    /// unblocked there.
    bool is_over(const LogBuffers& log, Position position, Position producer, Nanos timeout,
                 Nanos now) {
        const std::int32_t count = log.metadata().active_term_count.load_acquire();
        const bool may_be_blocked =
            count != log.geometry().term_count_at(position) || producer > position;
        if (!may_be_blocked || position != position_) {
            position_ = position;
            since_ = now;
            return false;
        }
        return now - since_ > timeout;
    }

  private:
    Position position_;  // of the last pass
    Nanos since_;
};

}  // namespace tern::driver

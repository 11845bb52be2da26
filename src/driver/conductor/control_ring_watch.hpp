#pragma once

/// Notices a client that died between claiming and committing a command, which blocks everybody
/// behind it (spec control-protocol.md, 7.4). Conductor thread only.

#include <cstdint>

#include "tern/base/clock.hpp"
#include "tern/shm/many_to_one_ring.hpp"

namespace tern::driver {

class ControlRingWatch {
  public:
    explicit ControlRingWatch(Nanos timeout) : timeout_(timeout) {}

    /// Once in each timer pass. True where a blocked command was skipped.
    bool check(ManyToOneRing& ring, Nanos now) {
        const std::int64_t consumer = ring.consumer_position();
        if (consumer != last_consumer_ || ring.producer_position() <= consumer) {
            last_consumer_ = consumer;
            unchanged_since_ = now;
            return false;
        }
        return now - unchanged_since_ > timeout_ && ring.unblock();
    }

  private:
    Nanos timeout_;
    std::int64_t last_consumer_ = -1;
    Nanos unchanged_since_{0};
};

}  // namespace tern::driver

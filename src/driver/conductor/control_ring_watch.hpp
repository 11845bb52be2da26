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
        if (consumer != last_consumer_ || claimed_until_ <= consumer) {
            last_consumer_ = consumer;
            claimed_until_ = ring.producer_position();
            unchanged_since_ = now;
            return false;
        }
        return now - unchanged_since_ > timeout_ && ring.unblock(claimed_until_);
    }

  private:
    Nanos timeout_;
    std::int64_t last_consumer_ = -1;
    std::int64_t claimed_until_ = -1;  // what was claimed when the consumer came to a stop
    Nanos unchanged_since_{0};
};

}  // namespace tern::driver

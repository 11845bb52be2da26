#pragma once

/// A publication as the clients see it that hold links to it, whatever carries its data. Conductor
/// thread only.

#include <cstdint>

#include "tern/base/clock.hpp"
#include "tern/driver/conductor/local_stream.hpp"
#include "tern/shm/counters.hpp"

namespace tern::driver {

/// A counter that the publication owns.
struct OwnCounter {
    std::int32_t id = kNullCounterId;
    Counter value;
};

class ClientPublication : public LocalStream {
  public:
    using LocalStream::LocalStream;

    virtual std::int32_t limit_counter_id() const = 0;
    /// Of its channel's status; kNullCounterId for IPC.
    virtual std::int32_t channel_status_id() const = 0;
    virtual bool is_exclusive() const = 0;

    /// One for each link of a client.
    virtual void add_reference() = 0;
    /// With the last one the stream ends where its publishers are now.
    virtual void drop_reference(Nanos now) = 0;
    /// Ends the stream for its subscribers in the next timer pass, whatever they have read.
    virtual void revoke() = 0;
};

}  // namespace tern::driver

#pragma once

/// A stream that subscribers on this machine read out of a log file: what the conductor needs to
/// link them to it (spec control-protocol.md, 10.5). An IPC publication is one; a network
/// publication with spies and an image of a network stream are others. Conductor thread only.

#include <cstdint>
#include <string>
#include <string_view>

#include "tern/driver/conductor/subscriber_positions.hpp"
#include "tern/logbuffer/position.hpp"

namespace tern::driver {

class LocalStream {
  public:
    /// What an available-image event says about the stream.
    struct Identity {
        std::int64_t registration_id = 0;  // of the image: the publication's own for local ones
        std::int32_t session_id = 0;
        std::int32_t stream_id = 0;
        std::string log_file_name;
        std::string source_identity;
    };

    explicit LocalStream(Identity identity) : identity_(std::move(identity)) {}
    virtual ~LocalStream() = default;
    LocalStream(const LocalStream&) = delete;
    LocalStream& operator=(const LocalStream&) = delete;

    const Identity& identity() const { return identity_; }
    SubscriberPositions& subscribers() { return subscribers_; }
    const SubscriberPositions& subscribers() const { return subscribers_; }

    virtual bool accepts_subscribers() const = 0;
    /// Where a new subscriber, or one that comes back, starts to read.
    virtual Position join_position() const = 0;
    /// After each change of who takes part in flow control.
    virtual void on_subscribers_changed() = 0;

  private:
    Identity identity_;
    SubscriberPositions subscribers_;
};

}  // namespace tern::driver

#pragma once

/// What the receiver tells the conductor (tern/driver/receiver/receiver_commands.hpp), and what
/// follows from it. Conductor thread only.

#include "tern/driver/conductor/conductor_parts.hpp"
#include "tern/driver/conductor/image_creation.hpp"

namespace tern::driver {

class ReceiverEvents {
  public:
    ReceiverEvents(ConductorParts& parts, ImageCreation& images) : parts_(parts), images_(images) {}

    /// Takes a bounded number; how many.
    int do_work();

  private:
    void on(const ReceiveEndpointReleased& event);
    void on(const ReceiveDestinationReleased& event);
    void on(const ReceiverImageReleased& event);
    void on(const CreateImage& event);
    void on(const ReResolveReceive& event);
    void on_resolved(const std::weak_ptr<ReceiveChannel>& channel, const ReResolveReceive& event,
                     const Result<SocketAddress>& found);

    ConductorParts& parts_;
    ImageCreation& images_;
};

}  // namespace tern::driver

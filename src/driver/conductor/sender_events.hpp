#pragma once

/// What the sender tells the conductor (tern/driver/sender/sender_commands.hpp), and what follows
/// from it. Conductor thread only.

#include "tern/driver/conductor/conductor_parts.hpp"
#include "tern/driver/conductor/network_publication_commands.hpp"
#include "tern/driver/report_cap.hpp"

namespace tern::driver {

class SenderEvents {
  public:
    SenderEvents(ConductorParts& parts, NetworkPublicationCommands& publications)
        : parts_(parts), publications_(publications) {}

    /// Takes a bounded number; how many.
    int do_work();

  private:
    void on(const SendEndpointReleased& event);
    void on(const SenderPublicationReleased& event);
    void on(const PublicationErrorReceived& event);
    void on(const ResponseSetupReceived& event);
    void on(const ResponseConnection& event);
    void on(const ReResolveSend& event);
    void on_resolved(std::int64_t channel_id, const ReResolveSend& event,
                     const Result<SocketAddress>& found);

    ConductorParts& parts_;
    NetworkPublicationCommands& publications_;
    ReportCap error_reports_;
};

}  // namespace tern::driver

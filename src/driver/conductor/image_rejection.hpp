#pragma once

/// A subscriber's wish to get rid of an image (spec control-protocol.md, section 14). Conductor
/// thread only.

#include "tern/base/error.hpp"
#include "tern/driver/conductor/conductor_parts.hpp"
#include "tern/protocol/subscription_commands.hpp"

namespace tern::driver {

class ImageRejection {
  public:
    explicit ImageRejection(ConductorParts& parts) : parts_(parts) {}

    /// Answers by itself where it succeeds.
    Result<void> reject(const protocol::RejectImage& command);

  private:
    bool reject_network_image(const protocol::RejectImage& command);
    bool reject_ipc_image(const protocol::RejectImage& command);
    void announce(const IpcPublication& publication, std::string_view reason);

    ConductorParts& parts_;
};

}  // namespace tern::driver

#pragma once

/// Counters that clients ask for (spec control-protocol.md, section 13). Conductor thread only.

#include "tern/base/error.hpp"
#include "tern/driver/conductor/conductor_parts.hpp"
#include "tern/protocol/counter_commands.hpp"

namespace tern::driver {

class CounterCommands {
  public:
    explicit CounterCommands(ConductorParts& parts) : parts_(parts) {}

    /// All answer by themselves where they succeed.
    Result<void> add(const protocol::AddCounter& command);
    Result<void> add_static(const protocol::AddStaticCounter& command);
    Result<void> remove(const protocol::RemoveCounter& command);
    /// Announces the counters of a client that has ended as unavailable and frees them.
    void end_all(Client& client);

  private:
    void end(std::int64_t registration_id, std::int32_t counter_id);

    ConductorParts& parts_;
};

}  // namespace tern::driver

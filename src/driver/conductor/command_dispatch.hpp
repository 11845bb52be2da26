#pragma once

/// Takes the commands of clients out of the to-driver ring, one in each duty cycle and in order,
/// and has each obeyed by the part that is about it (spec control-protocol.md, sections 4 and 7).
/// A command that cannot be understood is reported and answered as far as possible; nothing that a
/// client writes stops the driver. Conductor thread only.

#include "tern/driver/conductor/conductor_parts.hpp"
#include "tern/driver/conductor/counter_commands.hpp"
#include "tern/driver/conductor/destination_commands.hpp"
#include "tern/driver/conductor/image_rejection.hpp"
#include "tern/driver/conductor/publication_commands.hpp"
#include "tern/driver/conductor/subscription_commands.hpp"
#include "tern/protocol/command.hpp"
#include "tern/shm/many_to_one_ring.hpp"

namespace tern::driver {

class CommandDispatch {
  public:
    CommandDispatch(ConductorParts& parts, ManyToOneRing& ring);

    /// Goes on with the command in progress, or takes the next one. Returns how much was done.
    int do_work();

    PublicationCommands& publications() { return publications_; }
    SubscriptionCommands& subscriptions() { return subscriptions_; }
    CounterCommands& counters() { return counters_; }

  private:
    bool is_held_up() const;
    void on_message(std::int32_t type, ConstBytes body);
    void on_unintelligible(std::int32_t type, ConstBytes body, const Error& fault);

    Result<void> obey(const protocol::AddPublication& command);
    Result<void> obey(const protocol::RemovePublication& command);
    Result<void> obey(const protocol::AddSubscription& command);
    Result<void> obey(const protocol::RemoveSubscription& command);
    Result<void> obey(const protocol::RejectImage& command);
    Result<void> obey(const protocol::DestinationCommand& command);
    Result<void> obey(const protocol::RemoveDestinationById& command);
    Result<void> obey(const protocol::AddCounter& command);
    Result<void> obey(const protocol::AddStaticCounter& command);
    Result<void> obey(const protocol::RemoveCounter& command);
    Result<void> obey(const protocol::ClientKeepalive& command);
    Result<void> obey(const protocol::ClientClose& command);
    Result<void> obey(const protocol::TerminateDriver& command);
    Result<void> obey(const protocol::GetNextAvailableSessionId& command);

    ConductorParts& parts_;
    ManyToOneRing& ring_;
    SubscriptionCommands subscriptions_;
    PublicationCommands publications_;
    CounterCommands counters_;
    DestinationCommands destinations_;
    ImageRejection rejection_;
};

}  // namespace tern::driver

#pragma once

/// Adds and removes subscriptions (spec control-protocol.md, section 10). Conductor thread only.

#include "tern/base/error.hpp"
#include "tern/driver/conductor/conductor_parts.hpp"
#include "tern/driver/conductor/network_subscriptions.hpp"
#include "tern/driver/conductor/spy_subscriptions.hpp"
#include "tern/protocol/subscription_commands.hpp"

namespace tern::driver {

class SubscriptionCommands {
  public:
    explicit SubscriptionCommands(ConductorParts& parts)
        : parts_(parts), spies_(parts), network_(parts) {}

    /// Both answer by themselves where they succeed, some of them later.
    Result<void> add(const protocol::AddSubscription& command);
    Result<void> remove(const protocol::RemoveSubscription& command);

    /// Links every subscription of the stream that matches and is not linked yet. An error of the
    /// last one that could not be linked.
    Result<void> link_all_to(IpcPublication& publication);
    /// Ends one link of a subscription, and tells the client which images went with it.
    void end_with_events(SubscriptionLink& link);
    /// Ends the subscriptions of a client that has ended. Without events.
    void end_all(Client& client);
    /// One that reads IPC publications: a subscription, or a destination of one.
    struct IpcRequest {
        protocol::CorrelatedHeader header;
        std::int64_t registration_id;
        std::int32_t stream_id;
        bool is_destination;
    };
    Result<void> add_ipc(const IpcRequest& request, const ChannelUri& channel);
    SpySubscriptions& spies() { return spies_; }
    NetworkSubscriptions& network() { return network_; }

  private:
    void end(SubscriptionLink& link);
    void forget_at_owner(const SubscriptionLink& link);
    Result<void> link_to_existing(SubscriptionLink& link);

    ConductorParts& parts_;
    SpySubscriptions spies_;
    NetworkSubscriptions network_;
};

}  // namespace tern::driver

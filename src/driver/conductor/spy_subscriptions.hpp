#pragma once

/// Subscriptions and destinations with "aeron-spy:": they read the logs of this driver's network
/// publications (spec control-protocol.md 10, channel-uri.md 10.4 and 14.7). Their channel has to
/// be resolved first, so the command is in progress for a while. Conductor thread only.

#include <cstdint>

#include "tern/base/error.hpp"
#include "tern/driver/conductor/conductor_parts.hpp"
#include "tern/protocol/subscription_commands.hpp"

namespace tern::driver {

class SpySubscriptions {
  public:
    explicit SpySubscriptions(ConductorParts& parts) : parts_(parts) {}

    /// Answers by itself, later.
    void add(const protocol::AddSubscription& command, ChannelUri channel);
    /// The same for a destination of the subscription with this registration id.
    void add_destination(const protocol::CorrelatedHeader& header, std::int64_t registration_id,
                         std::int32_t stream_id, ChannelUri channel);

    /// Links every spy of the stream that matches and is not linked yet. `is_new`: the publication
    /// is being added, and takes all. An error of the last one that could not be linked.
    Result<void> link_all_to(NetworkPublication& publication, bool is_new);

  private:
    struct Request {
        protocol::CorrelatedHeader header;
        std::int64_t registration_id;
        std::int32_t stream_id;
        bool is_destination;
    };
    void resolve(const Request& request, ChannelUri channel);
    Result<void> create(const Request& request, uri::UdpChannel channel);
    Result<void> link_to_existing(SubscriptionLink& link);

    ConductorParts& parts_;
};

}  // namespace tern::driver

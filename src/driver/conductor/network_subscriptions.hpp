#pragma once

/// Subscriptions on UDP channels, and the UDP destinations of those with control-mode=manual (spec
/// control-protocol.md 10 and 12.3, channel-uri.md 14 and 15.2). The channel has to be resolved
/// first, so the command is in progress for a while. Conductor thread only.

#include <cstdint>

#include "tern/base/error.hpp"
#include "tern/driver/conductor/conductor_parts.hpp"
#include "tern/protocol/destination_commands.hpp"
#include "tern/protocol/subscription_commands.hpp"
#include "tern/uri/subscription_params.hpp"

namespace tern::driver {

class NetworkSubscriptions {
  public:
    explicit NetworkSubscriptions(ConductorParts& parts) : parts_(parts) {}

    /// These answer by themselves, later.
    void add(const protocol::AddSubscription& command, ChannelUri channel);
    void add_destination(const protocol::DestinationCommand& command, ChannelUri destination);
    void remove_destination(const protocol::DestinationCommand& command, ChannelUri destination);

    /// The link of a network subscription that takes destinations. Errors: unknown_subscription,
    /// invalid_channel.
    Result<SubscriptionLink*> find_manual(std::int64_t client_id,
                                          std::int64_t registration_id) const;
    /// It has left its images.
    void end(SubscriptionLink& link) { parts_.receive_channels.remove_link(link); }

  private:
    struct Request {
        protocol::CorrelatedHeader header;
        std::int32_t stream_id;
    };
    struct DestinationRequest {
        protocol::CorrelatedHeader header;
        std::int64_t registration_id;
        bool is_removal;
    };
    Result<void> create(const Request& request, const uri::UdpChannel& channel);
    Result<void> create_on(ReceiveChannel& endpoint, const Request& request,
                           const uri::UdpChannel& channel, const uri::SubscriptionParams& params,
                           bool is_shared);
    Result<void> check_shared(const Request& request, const uri::UdpChannel& channel,
                              const uri::SubscriptionParams& params,
                              const ReceiveChannel& existing) const;
    Result<void> check_window(const uri::UdpChannel& channel, const uri::SubscriptionParams& params,
                              const ReceiveChannel* existing) const;
    SubscriptionLink& add_link(ReceiveChannel& endpoint, const Request& request,
                               const uri::UdpChannel& channel,
                               const uri::SubscriptionParams& params);
    Result<void> link_to_existing(SubscriptionLink& link);
    void resolve(const DestinationRequest& request, ChannelUri destination);
    Result<void> apply(const DestinationRequest& request, const uri::UdpChannel& destination);

    ConductorParts& parts_;
};

}  // namespace tern::driver

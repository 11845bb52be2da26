#pragma once

/// When two channels are the same endpoint, that is, share a socket (spec channel-uri.md, 10 and
/// 11), and what they then have to agree on. Pure functions over channels.

#include "tern/uri/subscription_params.hpp"
#include "tern/uri/udp_channel.hpp"

namespace tern::uri {

/// An endpoint that exists, with the addresses that it has now: names may have been resolved again.
struct ExistingEndpoint {
    const UdpChannel& channel;
    SocketAddress     remote_data;
    SocketAddress     local;
};

/// True if the tags are set and equal. Errors: generic_error where they are, but control modes or
/// addresses are different.
Result<bool> matches_by_tag(const UdpChannel& requested, const ExistingEndpoint& existing);

/// Equal canonical forms; not if both have tags and these differ.
bool matches_by_canonical_form(const UdpChannel& requested, const UdpChannel& existing);

/// For a publication whose tag matched nothing: can it be the first of that tag?
/// Errors: generic_error.
Result<void> check_can_be_first_of_tag(const UdpChannel& channel);

/// What counts where a channel says nothing: the driver's settings.
struct SocketDefaults {
    std::int64_t send_buffer = 0;       // bytes; 0: the system's
    std::int64_t receive_buffer = 0;    // bytes; 0: the system's
    std::int32_t traffic_class = -1;    // -1: the system's
};

/// Before a publication joins a send endpoint. check_mtu_fits_send_buffer (udp_channel.hpp) goes
/// with it. Errors: generic_error.
Result<void> check_can_share_send_endpoint(const UdpChannel& requested, const UdpChannel& existing,
                                           const SocketDefaults& defaults);

/// Before a subscription joins a receive endpoint. Errors: generic_error.
Result<void> check_same_receive_timestamps(const UdpChannel& requested,
                                           const UdpChannel& existing);
/// Only where the endpoint is not manual and has one destination. Errors: generic_error.
Result<void> check_can_share_receive_sockets(const UdpChannel& requested,
                                             const UdpChannel& existing,
                                             const SocketDefaults& defaults);
/// Against each subscription of the same endpoint, stream and session filter. Errors:
/// generic_error.
Result<void> check_subscriptions_agree(const SubscriptionParams& requested,
                                       const ChannelUri& requested_channel,
                                       const SubscriptionParams& existing,
                                       const ChannelUri& existing_channel);

/// Does a spy see a publication of the same stream? `is_any_session_or_same` is the session rule of
/// spec 10.4; a match by tag does not look at it.
bool spy_sees(const UdpChannel& spy, const UdpChannel& publication, bool is_any_session_or_same);

}  // namespace tern::uri

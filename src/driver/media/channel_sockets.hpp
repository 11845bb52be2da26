#pragma once

/// What sockets a channel needs: addresses, options and buffers, by the tables of spec
/// wire-protocol.md 6.1 and 6.3. Pure; port 0 is left for the port manager to fill in.

#include <optional>

#include "tern/driver/media/network.hpp"
#include "tern/driver/settings.hpp"
#include "tern/uri/udp_channel.hpp"

namespace tern::driver {

struct SendSocketSpecs {
    SocketSpec data;
    /// Multicast: status messages and NAKs arrive on a socket of their own.
    std::optional<SocketSpec> control;
};

/// Of a network publication's channel.
SendSocketSpecs send_socket_specs(const uri::UdpChannel& channel, const Settings& settings);
/// Whether the port range of senders is used where the local port is 0; that of receivers always
/// is.
bool takes_sender_port(const uri::UdpChannel& channel);

/// Of a subscription's channel.
SocketSpec receive_socket_spec(const uri::UdpChannel& channel, const Settings& settings);
/// Of one destination of a multi-destination subscription, whose own channel says what the sockets
/// are like (spec channel-uri.md 14.8, 15.2).
SocketSpec receive_destination_spec(const uri::UdpChannel& destination,
                                    const uri::UdpChannel& subscription, const Settings& settings);

/// Where receivers answer: the control address of a group or of the channel; none where each sender
/// is answered at its own.
std::optional<SocketAddress> answer_address(const uri::UdpChannel& channel);

}  // namespace tern::driver

#pragma once

/// A UDP channel with its addresses found and its socket parameters read (spec channel-uri.md, 8),
/// its canonical form (9), and the rules that come before a socket is opened (12 to 14). A plain
/// value.

#include <cstdint>
#include <optional>
#include <string>

#include "tern/uri/channel_uri.hpp"
#include "tern/uri/host_network.hpp"
#include "tern/uri/timestamp_offsets.hpp"

namespace tern::uri {

/// What a channel says about its sockets. Lengths are bytes; 0 and absent mean: as the driver is
/// set.
struct SocketParams {
    std::int64_t                send_buffer = 0;
    std::int64_t                receive_buffer = 0;
    std::optional<std::int32_t> traffic_class;   // 0 to 255
    std::uint8_t                ttl = 0;
    std::int64_t                receiver_window = 0;
    bool                        authenticated_transport = false;
};

/// Numbers the channels of one driver that have a wildcard port and no tag, so that no two of them
/// have the same canonical form. Starts at 0. One thread at a time.
struct WildcardSuffixes {
    std::uint64_t next = 0;
};

struct UdpChannel {
    ChannelUri                  uri;
    ControlMode                 control_mode = ControlMode::none;
    std::optional<std::int64_t> tag;
    bool                        has_endpoint = false;           // the channel itself gives one
    bool                        has_explicit_control = false;   // never for multicast
    bool                        is_multicast = false;
    SocketAddress               remote_data;      // publications send there, subscriptions bind it
    SocketAddress               remote_control;   // multicast: the data address plus one
    SocketAddress               local;            // for data and control
    unsigned                    interface_index = 0;
    SocketParams                socket;
    TimestampOffsets            timestamps;
    std::string                 canonical_form;

    bool is_manual() const { return control_mode == ControlMode::manual; }
    bool is_multi_destination() const {
        return is_manual() || control_mode == ControlMode::dynamic;
    }
    bool has_group_semantics() const { return is_multicast || is_multi_destination(); }

    /// The channel of a publication, subscription or spy. Errors: those of the spec, in its order:
    /// invalid_channel, generic_error, unknown_host.
    static Result<UdpChannel> resolve(const ChannelUri& uri, HostNetwork& network,
                                      WildcardSuffixes& suffixes);
    /// The destination of a manual subscription or publication: its canonical form has no suffix.
    static Result<UdpChannel> resolve_destination(const ChannelUri& uri, HostNetwork& network);
};

/// Spec 13.2 and 12. Errors: generic_error.
Result<void> check_publication_addresses(const UdpChannel& channel);
/// Spec 12. Errors: generic_error.
Result<void> check_subscription_addresses(const UdpChannel& channel);

/// Authenticated transport is not there: spec 5.3. Errors: generic_error.
Result<void> check_authenticated_transport(const UdpChannel& channel);

/// Where the length of a socket buffer comes from: the first that is not 0 counts.
struct SocketBufferSources {
    std::int64_t endpoint = 0;   // of the endpoint that is shared
    std::int64_t channel = 0;
    std::int64_t context = 0;
    std::int64_t os_default = 0;
};

/// Spec 13.6. Errors: generic_error, "MTU greater than SO_SNDBUF for channel: mtu=1408 ...".
Result<void> check_mtu_fits_send_buffer(std::int32_t mtu_length,
                                        const SocketBufferSources& sources);

/// Spec 14.4. `existing` is the channel whose endpoint is shared, or null. Errors: generic_error.
Result<void> check_window_fits_receive_buffer(std::int64_t window_length,
                                              const SocketBufferSources& sources,
                                              const UdpChannel& channel,
                                              const UdpChannel* existing);

}  // namespace tern::uri

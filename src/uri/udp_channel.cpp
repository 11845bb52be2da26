#include "tern/uri/udp_channel.hpp"

#include <algorithm>
#include <array>

#include "tern/base/value_parser.hpp"
#include "tern/uri/endpoint_text.hpp"
#include "tern/uri/interface_search.hpp"
#include "tern/uri/number_text.hpp"
#include "tern/uri/param_reader.hpp"
#include "tern/uri/uri_keys.hpp"
#include "tern/uri/uri_limits.hpp"

namespace tern::uri {
namespace {

Error generic(std::string text) {
    return {ErrorCode::generic_error, std::move(text)};
}

Result<void> check_is_addressed(const ChannelUri& uri) {
    const auto invalid = [&](std::string_view message) {
        return Error{ErrorCode::invalid_channel,
                     std::string{message} + ": channel=" + uri.text()};
    };
    if (uri.media() != Media::udp) return invalid("UDP channels must use UDP URIs");
    const ControlMode mode = uri.control_mode();
    if (mode == ControlMode::dynamic && !uri.has(key::kControl)) {
        return invalid("explicit control expected with dynamic control mode");
    }
    const bool is_addressed = uri.has(key::kEndpoint) || uri.has(key::kControl) ||
                              uri.channel_tag_text() || mode == ControlMode::manual ||
                              mode == ControlMode::response;
    if (is_addressed) return {};
    return invalid("URIs for UDP must specify endpoint, control, tags, or "
                   "control-mode=manual/response");
}

/// The address that a parameter names.
Result<SocketAddress> resolve_address(const ChannelUri& uri, std::string_view key,
                                      HostNetwork& network) {
    const std::string_view text = *uri.get(key);
    const auto unresolved = [&](const Error& cause) {
        return Error{cause.code, cause.text + ": Unresolved - " + std::string{key} + "=" +
                                     std::string{text} + ", channel=" + uri.text()};
    };
    Result<EndpointText> parsed = parse_endpoint(text);
    if (!parsed) return unresolved(parsed.error());
    Result<IpAddress> ip = resolve_host(parsed->host, parsed->is_bracketed, network);
    if (!ip) return unresolved(ip.error());
    return SocketAddress{*ip, parsed->port};
}

Result<void> find_remote_and_control(UdpChannel& channel, std::optional<SocketAddress>& control,
                                     HostNetwork& network) {
    const ChannelUri& uri = channel.uri;
    if (uri.has(key::kControl)) {
        Result<SocketAddress> found = resolve_address(uri, key::kControl, network);
        if (!found) return std::move(found).error();
        control = *found;
    }
    channel.has_endpoint = uri.has(key::kEndpoint);
    if (channel.has_endpoint) {
        Result<SocketAddress> found = resolve_address(uri, key::kEndpoint, network);
        if (!found) return std::move(found).error();
        channel.remote_data = *found;
    } else {
        channel.remote_data = SocketAddress::wildcard(control ? control->ip.family()
                                                              : AddressFamily::ipv4);
    }
    channel.is_multicast = channel.remote_data.ip.is_multicast();
    return {};
}

Result<void> read_tag(UdpChannel& channel) {
    const auto text = channel.uri.channel_tag_text();
    if (!text) return {};
    const auto tag = parse_decimal(*text);
    if (!tag || *tag == kNoTag) {
        return Error{ErrorCode::invalid_channel, "could not parse channel tag string: " +
                                                     std::string{*text} +
                                                     ", channel=" + channel.uri.text()};
    }
    channel.tag = tag;
    return {};
}

std::uint8_t read_ttl(const ChannelUri& uri) {
    const auto text = uri.get(key::kTtl);
    if (!text) return 0;
    const auto hops = parse_leading_uint64(*text);
    return static_cast<std::uint8_t>(std::min<std::uint64_t>(hops.value_or(0), 255));
}

Result<void> read_socket_params(UdpChannel& channel) {
    ParamReader reader{channel.uri};
    SocketParams& socket = channel.socket;
    reader.boolean(key::kAuthenticatedTransport, socket.authenticated_transport);
    reader.size(key::kSendBuffer, socket.send_buffer);
    reader.size(key::kReceiveBuffer, socket.receive_buffer);
    reader.int32(key::kTrafficClass, socket.traffic_class);
    if (socket.traffic_class && (*socket.traffic_class < 0 || *socket.traffic_class > 255)) {
        reader.fail("so-tos must be between 0 and 255 inclusive: " +
                    std::to_string(*socket.traffic_class));
    }
    reader.size(key::kReceiverWindow, socket.receiver_window);
    socket.ttl = read_ttl(channel.uri);
    if (reader.failed()) return reader.error();
    return {};
}

/// The interface that a channel names, or the first that serves.
Result<LocalInterface> search_interface(const UdpChannel& channel, HostNetwork& network) {
    const AddressFamily family = channel.remote_data.ip.family();
    const std::string_view anywhere = family == AddressFamily::ipv6 ? "[0::]/0" : "0.0.0.0/0";
    const std::string_view text = channel.uri.get(key::kInterface).value_or(anywhere);
    Result<InterfaceSearch> search = parse_interface_search(text);
    if (!search) return std::move(search).error();
    if (const auto* by_address = std::get_if<AddressSearch>(&*search);
        by_address != nullptr && !channel.is_multicast) {
        Result<IpAddress> ip = resolve_host(by_address->host, by_address->is_bracketed, network);
        if (ip && ip->is_any()) return LocalInterface{{*ip, by_address->port}, 0};
    }
    return find_interface(*search, text, family, network);
}

Result<void> find_local(UdpChannel& channel, std::optional<SocketAddress> control,
                        HostNetwork& network) {
    LocalInterface found{.address = SocketAddress::wildcard(channel.remote_data.ip.family())};
    if (channel.is_multicast || channel.uri.has(key::kInterface)) {
        Result<LocalInterface> searched = search_interface(channel, network);
        if (!searched) {
            return Error{searched.error().code,
                         searched.error().text + ", channel=" + channel.uri.text()};
        }
        found = *searched;
    }
    channel.interface_index = found.index;
    channel.remote_control = channel.remote_data;
    if (channel.is_multicast) {
        const IpAddress& group = channel.remote_data.ip;
        if (group.bytes()[group.size() - 1] % 2 == 0) {
            return generic("Multicast data address must be odd: channel=" + channel.uri.text());
        }
        channel.remote_control.ip = group.with_last_byte_incremented();
    }
    channel.has_explicit_control = control && !channel.is_multicast;
    channel.local = channel.has_explicit_control ? *control : found.address;
    return {};
}

bool has_wildcard(const UdpChannel& channel) {
    const bool has_control = channel.uri.has(key::kControl);
    if (!channel.has_endpoint && !has_control) return true;
    if (channel.has_endpoint && channel.remote_data.port == 0) return true;
    return channel.has_explicit_control && channel.local.port == 0;
}

std::string canonical_form_of(const UdpChannel& channel, WildcardSuffixes* suffixes) {
    const ChannelUri& uri = channel.uri;
    const bool keeps_endpoint = channel.has_endpoint && !channel.is_multicast;
    const std::string local = channel.has_explicit_control ? std::string{*uri.get(key::kControl)}
                                                           : channel.local.text();
    const std::string remote = keeps_endpoint ? std::string{*uri.get(key::kEndpoint)}
                                              : channel.remote_data.text();
    const std::string form = "UDP-" + local + "-" + remote;
    if (suffixes == nullptr || channel.is_multicast || !has_wildcard(channel)) return form;
    if (channel.tag) return form + "#" + std::to_string(*channel.tag);
    return form + "-" + std::to_string(suffixes->next++);
}

Result<UdpChannel> resolve_channel(const ChannelUri& uri, HostNetwork& network,
                                   WildcardSuffixes* suffixes) {
    if (auto addressed = check_is_addressed(uri); !addressed) return std::move(addressed).error();
    UdpChannel channel{.uri = uri, .control_mode = uri.control_mode(), .canonical_form = {}};
    std::optional<SocketAddress> control;
    auto done = find_remote_and_control(channel, control, network);
    if (done) done = read_tag(channel);
    if (done) done = read_socket_params(channel);
    if (done) done = find_local(channel, control, network);
    if (!done) return std::move(done).error();
    channel.canonical_form = canonical_form_of(channel, suffixes);
    Result<TimestampOffsets> timestamps = TimestampOffsets::parse(uri);
    if (!timestamps) return std::move(timestamps).error();
    channel.timestamps = *timestamps;
    return channel;
}

}  // namespace

Result<UdpChannel> UdpChannel::resolve(const ChannelUri& uri, HostNetwork& network,
                                       WildcardSuffixes& suffixes) {
    return resolve_channel(uri, network, &suffixes);
}

Result<UdpChannel> UdpChannel::resolve_destination(const ChannelUri& uri, HostNetwork& network) {
    return resolve_channel(uri, network, nullptr);
}

Result<void> check_publication_addresses(const UdpChannel& channel) {
    const std::string& text = channel.uri.text();
    if (channel.has_endpoint && channel.remote_data.port == 0 && !channel.is_multi_destination()) {
        return generic("endpoint has port=0 for publication: channel=" + text);
    }
    if (channel.control_mode == ControlMode::dynamic && !channel.has_explicit_control) {
        return generic("'control-mode=dynamic' requires that 'control' parameter is set, "
                       "channel=" + text);
    }
    if (channel.has_explicit_control && !channel.has_endpoint &&
        !channel.uri.has(key::kControlMode)) {
        return generic("'control' parameter requires that either 'endpoint' or 'control-mode' is "
                       "specified, channel=" + text);
    }
    return {};
}

Result<void> check_subscription_addresses(const UdpChannel& channel) {
    if (channel.has_explicit_control && channel.local.port == 0) {
        return generic("control has port=0 for subscription: channel=" + channel.uri.text());
    }
    return {};
}

Result<void> check_authenticated_transport(const UdpChannel& channel) {
    if (!channel.socket.authenticated_transport) return {};
    return generic("ATS is not enabled and thus ats=true not allowed: channel=" +
                   channel.uri.text());
}

Result<void> check_mtu_fits_send_buffer(std::int32_t mtu_length,
                                        const SocketBufferSources& sources) {
    struct Source {
        std::string_view name;
        std::int64_t     length;
    };
    const std::array ordered{Source{"endpoint", sources.endpoint},
                             Source{"channel", sources.channel},
                             Source{"context", sources.context},
                             Source{"os default", sources.os_default}};
    const auto counts = std::find_if(ordered.begin(), ordered.end(),
                                     [](const Source& source) { return source.length != 0; });
    if (counts == ordered.end() || mtu_length <= counts->length) return {};
    return generic("MTU greater than SO_SNDBUF for " + std::string{counts->name} +
                   ": mtu=" + std::to_string(mtu_length) +
                   " so-sndbuf=" + std::to_string(counts->length));
}

Result<void> check_window_fits_receive_buffer(std::int64_t window_length,
                                              const SocketBufferSources& sources,
                                              const UdpChannel& channel,
                                              const UdpChannel* existing) {
    const std::int64_t asked = sources.endpoint != 0  ? sources.endpoint
                               : sources.channel != 0 ? sources.channel
                                                      : sources.context;
    const std::int64_t length = asked != 0 ? asked : sources.os_default;
    if (window_length <= length) return {};
    return generic("Initial window greater than SO_RCVBUF for channel: rcv-wnd=" +
                   std::to_string(window_length) + " so-rcvbuf=" + std::to_string(length) +
                   (asked == 0 ? " (OS default)" : "") +
                   (existing != nullptr ? " existingChannel=" + existing->uri.text() : "") +
                   " channel=" + channel.uri.text());
}

}  // namespace tern::uri

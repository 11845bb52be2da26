#include "tern/uri/endpoint_sharing.hpp"

#include "tern/uri/uri_keys.hpp"

namespace tern::uri {
namespace {

Error generic(std::string text) {
    return {ErrorCode::generic_error, std::move(text)};
}

std::string both(const ChannelUri& existing, const ChannelUri& requested) {
    return " existingChannel=" + existing.text() + " channel=" + requested.text();
}

Result<void> check_same_offset(std::string_view key, std::optional<std::int32_t> requested,
                               std::optional<std::int32_t> existing, const UdpChannel& new_channel,
                               const UdpChannel& old_channel) {
    if (requested == existing) return {};
    std::string info;
    if (!requested) info = " (not specified)";
    if (requested == kReservedValueOffset) info = " (reserved)";
    return generic("option conflicts with existing subscription: " + std::string{key} + "=" +
                   std::to_string(requested.value_or(-1)) + info +
                   both(old_channel.uri, new_channel.uri));
}

Result<void> check_same_value(std::string_view key, std::int64_t requested, std::int64_t existing,
                              std::int64_t os_default, const UdpChannel& new_channel,
                              const UdpChannel& old_channel) {
    if (requested == existing) return {};
    return generic(std::string{key} + "=" + std::to_string(requested) +
                   " does not match existing value of " +
                   (existing == os_default ? "OS default" : std::to_string(existing)) + ":" +
                   both(old_channel.uri, new_channel.uri));
}

std::int64_t or_default(std::int64_t length, std::int64_t default_length) {
    return length != 0 ? length : default_length;
}

Result<void> check_same_length(std::string_view key, std::int64_t requested,
                               std::int64_t existing, const UdpChannel& new_channel,
                               const UdpChannel& old_channel) {
    if (requested == 0) return {};
    return check_same_value(key, requested, existing, 0, new_channel, old_channel);
}

Result<void> check_same_traffic_class(const UdpChannel& requested, const UdpChannel& existing,
                                      const SocketDefaults& defaults) {
    if (!requested.socket.traffic_class) return {};
    const std::int32_t old = existing.socket.traffic_class.value_or(defaults.traffic_class);
    return check_same_value(key::kTrafficClass, *requested.socket.traffic_class, old, -1, requested,
                            existing);
}

Result<void> check_same_transport(const UdpChannel& requested, const UdpChannel& existing) {
    if (auto allowed = check_authenticated_transport(requested); !allowed) return allowed;
    if (requested.socket.authenticated_transport == existing.socket.authenticated_transport) {
        return {};
    }
    return generic("ATS mismatch:" + both(existing.uri, requested.uri));
}

bool is_fully_wildcard(const UdpChannel& channel) {
    return channel.remote_data.is_wildcard() && channel.local.is_wildcard();
}

std::string bool_text(bool value) {
    return value ? "true" : "false";
}

}  // namespace

Result<bool> matches_by_tag(const UdpChannel& requested, const ExistingEndpoint& existing) {
    if (!requested.tag || requested.tag != existing.channel.tag) return false;
    const auto mismatched = [&](std::string_view what) {
        return generic("matching tag " + std::to_string(*requested.tag) + " has mismatched " +
                       std::string{what} + ": " + requested.uri.text() + " <> " +
                       existing.channel.uri.text());
    };
    if (requested.control_mode != ControlMode::none &&
        requested.control_mode != existing.channel.control_mode) {
        return mismatched("control-mode");
    }
    const bool has_same_addresses =
        requested.remote_data == existing.remote_data && requested.local == existing.local;
    if (!is_fully_wildcard(requested) && !has_same_addresses) {
        return mismatched("endpoint or control");
    }
    return true;
}

bool matches_by_canonical_form(const UdpChannel& requested, const UdpChannel& existing) {
    if (requested.canonical_form != existing.canonical_form) return false;
    return !requested.tag || !existing.tag || requested.tag == existing.tag;
}

Result<void> check_can_be_first_of_tag(const UdpChannel& channel) {
    const bool has_address = channel.has_endpoint || channel.has_explicit_control ||
                             channel.is_manual();
    if (!channel.tag || has_address) return {};
    return generic("URI must have explicit control, endpoint, or be manual control-mode when "
                   "original: channel=" + channel.uri.text());
}

Result<void> check_can_share_send_endpoint(const UdpChannel& requested, const UdpChannel& existing,
                                           const SocketDefaults& defaults) {
    const SocketParams& socket = requested.socket;
    const std::int64_t old_receive = or_default(existing.socket.receive_buffer,
                                                defaults.receive_buffer);
    const std::int64_t old_send = or_default(existing.socket.send_buffer, defaults.send_buffer);
    auto same = check_same_transport(requested, existing);
    if (same) {
        same = check_same_offset(key::kChannelSendTimestampOffset,
                                 requested.timestamps.channel_send,
                                 existing.timestamps.channel_send, requested, existing);
    }
    if (same) {
        same = check_same_length(key::kReceiveBuffer, socket.receive_buffer, old_receive,
                                 requested, existing);
    }
    if (same) same = check_same_traffic_class(requested, existing, defaults);
    if (same) {
        same = check_same_length(key::kSendBuffer, socket.send_buffer, old_send, requested,
                                 existing);
    }
    return same;
}

Result<void> check_same_receive_timestamps(const UdpChannel& requested,
                                           const UdpChannel& existing) {
    auto same = check_same_offset(key::kMediaReceiveTimestampOffset,
                                  requested.timestamps.media_receive,
                                  existing.timestamps.media_receive, requested, existing);
    if (!same) return same;
    return check_same_offset(key::kChannelReceiveTimestampOffset,
                             requested.timestamps.channel_receive,
                             existing.timestamps.channel_receive, requested, existing);
}

Result<void> check_can_share_receive_sockets(const UdpChannel& requested,
                                             const UdpChannel& existing,
                                             const SocketDefaults& defaults) {
    const auto send = [&](const UdpChannel& channel) {
        return or_default(channel.socket.send_buffer, defaults.send_buffer);
    };
    const auto receive = [&](const UdpChannel& channel) {
        return or_default(channel.socket.receive_buffer, defaults.receive_buffer);
    };
    auto same = check_same_transport(requested, existing);
    if (same) {
        same = check_same_length(key::kSendBuffer, send(requested), send(existing), requested,
                                 existing);
    }
    if (same) same = check_same_traffic_class(requested, existing, defaults);
    if (same) {
        same = check_same_length(key::kReceiveBuffer, receive(requested), receive(existing),
                                 requested, existing);
    }
    return same;
}

Result<void> check_subscriptions_agree(const SubscriptionParams& requested,
                                       const ChannelUri& requested_channel,
                                       const SubscriptionParams& existing,
                                       const ChannelUri& existing_channel) {
    const auto conflict = [&](std::string_view option, bool value) {
        return generic("option conflicts with existing subscription: " + std::string{option} +
                       "=" + bool_text(value) + both(existing_channel, requested_channel));
    };
    if (requested.is_reliable != existing.is_reliable) {
        return conflict(key::kReliable, requested.is_reliable);
    }
    if (requested.rejoins != existing.rejoins) return conflict(key::kRejoin, requested.rejoins);
    if (requested.is_response != existing.is_response) {
        return conflict("isResponse", requested.is_response);
    }
    return {};
}

bool spy_sees(const UdpChannel& spy, const UdpChannel& publication, bool is_any_session_or_same) {
    if (spy.tag && spy.tag == publication.tag) return true;
    return is_any_session_or_same && spy.canonical_form == publication.canonical_form;
}

}  // namespace tern::uri

#include "tern/driver/conductor/network_subscriptions.hpp"

#include <string>
#include <utility>

#include "tern/driver/conductor/channel_defaults.hpp"
#include "tern/uri/endpoint_sharing.hpp"

namespace tern::driver {
namespace {

// Whether two subscriptions are compared at all (10.6).
bool are_comparable(const uri::UdpChannel& requested, const uri::UdpChannel& endpoint) {
    return requested.tag.has_value() || !endpoint.tag.has_value();
}

bool has_same_filter(const SubscriptionLink& existing, const uri::SubscriptionParams& requested) {
    const std::optional<std::int32_t> filter = existing.params->session_id;
    return filter == requested.session_id;
}

}  // namespace

void NetworkSubscriptions::add(const protocol::AddSubscription& command, ChannelUri channel) {
    const Request request{.header = command.header, .stream_id = command.stream_id};
    parts_.resolver.resolve(std::move(channel), [this, request](Result<uri::UdpChannel> found) {
        const Result<void> created = found ? create(request, *found) : std::move(found).error();
        if (!created) parts_.events.failure(request.header.correlation_id, created.error());
    });
}

// In the order of spec channel-uri.md 14.1.
Result<void> NetworkSubscriptions::create(const Request& request, const uri::UdpChannel& channel) {
    const Result<uri::SubscriptionParams> params =
        uri::SubscriptionParams::parse(channel.uri, subscription_defaults(parts_.settings));
    if (!params) return params.error();
    if (Result<void> valid = uri::check_subscription_addresses(channel); !valid) return valid;
    const Result<ReceiveChannel*> found = parts_.receive_channels.find(channel);
    if (!found) return found.error();
    if (*found != nullptr) {
        if (Result<void> agrees = check_shared(request, channel, *params, **found); !agrees) {
            return agrees;
        }
        return create_on(**found, request, channel, *params, true);
    }
    if (Result<void> plain = uri::check_authenticated_transport(channel); !plain) return plain;
    const Result<ReceiveChannel*> opened =
        parts_.receive_channels.open(channel, *params, request.header.correlation_id);
    if (!opened) return opened.error();
    Result<void> created = create_on(**opened, request, channel, *params, false);
    if (!created) parts_.receive_channels.close_unused(**opened);
    return created;
}

Result<void> NetworkSubscriptions::check_shared(const Request& request,
                                                const uri::UdpChannel& channel,
                                                const uri::SubscriptionParams& params,
                                                const ReceiveChannel& existing) const {
    Result<void> agrees = uri::check_same_receive_timestamps(channel, existing.udp());
    if (agrees && are_comparable(channel, existing.udp())) {
        for (const SubscriptionLink* link : existing.links_of(request.stream_id)) {
            if (!has_same_filter(*link, params)) continue;
            agrees =
                uri::check_subscriptions_agree(params, channel.uri, *link->params, link->udp->uri);
            if (!agrees) return agrees;
        }
    }
    const bool has_own_socket = !channel.is_manual() && existing.sockets.size() == 1;
    if (!agrees || !has_own_socket) return agrees;
    return uri::check_can_share_receive_sockets(
        channel, existing.udp(),
        {.send_buffer = parts_.settings.socket_send_buffer_length,
         .receive_buffer = parts_.settings.socket_receive_buffer_length,
         .traffic_class = parts_.settings.socket_tos});
}

Result<void> NetworkSubscriptions::check_window(const uri::UdpChannel& channel,
                                                const uri::SubscriptionParams& params,
                                                const ReceiveChannel* existing) const {
    const std::int64_t system = parts_.network.buffer_limits().default_receive;
    return uri::check_window_fits_receive_buffer(
        params.receiver_window_length,
        {.endpoint = existing == nullptr ? 0 : existing->udp().socket.receive_buffer,
         .channel = channel.socket.receive_buffer,
         .context = parts_.settings.socket_receive_buffer_length,
         .os_default = system != 0 ? system : INT64_MAX},
        channel, existing == nullptr ? nullptr : &existing->udp());
}

Result<void> NetworkSubscriptions::create_on(ReceiveChannel& endpoint, const Request& request,
                                             const uri::UdpChannel& channel,
                                             const uri::SubscriptionParams& params,
                                             bool is_shared) {
    Result<void> fits = check_window(channel, params, is_shared ? &endpoint : nullptr);
    if (!fits) return fits;
    Result<Client*> client = parts_.clients.get_or_add(request.header.client_id);
    if (!client) return std::move(client).error();
    (*client)->subscriptions.insert(request.header.correlation_id);
    SubscriptionLink& link = add_link(endpoint, request, channel, params);
    parts_.events.send(
        protocol::SubscriptionReady{.correlation_id = request.header.correlation_id,
                                    .channel_status_indicator_id = endpoint.status_id});
    // It is announced already: an error now is told beside the answer.
    if (Result<void> linked = link_to_existing(link); !linked) {
        parts_.events.failure(request.header.correlation_id, linked.error());
    }
    return {};
}

SubscriptionLink& NetworkSubscriptions::add_link(ReceiveChannel& endpoint, const Request& request,
                                                 const uri::UdpChannel& channel,
                                                 const uri::SubscriptionParams& params) {
    SubscriptionLink& link = parts_.subscriptions.add(
        {.kind = SubscriptionLink::Kind::network,
         .registration_id = request.header.correlation_id,
         .client_id = request.header.client_id,
         .stream_id = request.stream_id,
         .channel = channel.uri.text(),
         .session_id = params.session_id,
         .is_tether = params.is_tethered,
         .is_rejoin = params.rejoins,
         .is_response = params.is_response,
         .states_session_id = params.session_id.has_value(),
         .udp = std::make_shared<const uri::UdpChannel>(channel),
         .params = std::make_shared<const uri::SubscriptionParams>(params)});
    parts_.receive_channels.add_link(endpoint, link);
    return link;
}

Result<void> NetworkSubscriptions::link_to_existing(SubscriptionLink& link) {
    Result<void> outcome;
    for (NetworkImage* image : parts_.images.of_stream(link.receive_channel, link.stream_id)) {
        if (!link.accepts_session(image->identity().session_id)) continue;
        if (!image->accepts_subscribers()) continue;
        Result<void> linked = parts_.linker.link(link, *image);
        if (!linked) outcome = std::move(linked);
    }
    return outcome;
}

Result<SubscriptionLink*> NetworkSubscriptions::find_manual(std::int64_t client_id,
                                                            std::int64_t registration_id) const {
    for (SubscriptionLink* link : parts_.subscriptions.find(registration_id)) {
        if (link->kind != SubscriptionLink::Kind::network) continue;
        if (Result<void> takes = check_takes_receive_destinations(link->udp->uri); !takes) {
            return std::move(takes).error();
        }
        return link;
    }
    return Error{ErrorCode::unknown_subscription,
                 "unknown subscription client_id=" + std::to_string(client_id) +
                     " registration_id=" + std::to_string(registration_id)};
}

void NetworkSubscriptions::add_destination(const protocol::DestinationCommand& command,
                                           ChannelUri destination) {
    resolve(
        {.header = command.header, .registration_id = command.registration_id, .is_removal = false},
        std::move(destination));
}

void NetworkSubscriptions::remove_destination(const protocol::DestinationCommand& command,
                                              ChannelUri destination) {
    resolve(
        {.header = command.header, .registration_id = command.registration_id, .is_removal = true},
        std::move(destination));
}

void NetworkSubscriptions::resolve(const DestinationRequest& request, ChannelUri destination) {
    parts_.resolver.resolve_destination(
        std::move(destination), [this, request](Result<uri::UdpChannel> found) {
            const Result<void> done = found ? apply(request, *found) : std::move(found).error();
            const std::int64_t id = request.header.correlation_id;
            if (done) {
                parts_.events.success(id);
            } else {
                parts_.events.failure(id, done.error());
            }
        });
}

// The client may have ended meanwhile, and its subscription with it.
Result<void> NetworkSubscriptions::apply(const DestinationRequest& request,
                                         const uri::UdpChannel& destination) {
    const Result<SubscriptionLink*> link =
        find_manual(request.header.client_id, request.registration_id);
    if (!link) return link.error();
    ReceiveChannel& channel = *(*link)->receive_channel;
    if (request.is_removal) {
        parts_.receive_channels.remove_destination(channel, destination.canonical_form);
        return {};
    }
    if (Result<void> valid = uri::check_subscription_addresses(destination); !valid) return valid;
    return parts_.receive_channels.add_destination(channel, destination, request.registration_id);
}

}  // namespace tern::driver

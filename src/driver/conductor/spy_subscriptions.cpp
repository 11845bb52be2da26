#include "tern/driver/conductor/spy_subscriptions.hpp"

#include <algorithm>
#include <utility>

#include "tern/driver/conductor/channel_defaults.hpp"
#include "tern/uri/endpoint_sharing.hpp"
#include "tern/uri/subscription_params.hpp"

namespace tern::driver {
namespace {

bool sees(const SubscriptionLink& link, const NetworkPublication& publication) {
    const uri::UdpChannel& channel = publication.channel().endpoint->channel();
    return link.kind == SubscriptionLink::Kind::spy &&
           uri::spy_sees(*link.udp, channel,
                         link.accepts_session(publication.identity().session_id));
}

bool is_linked(const SubscriptionLink& link, const NetworkPublication& publication) {
    return std::ranges::find(link.streams, &publication) != link.streams.end();
}

}  // namespace

void SpySubscriptions::add(const protocol::AddSubscription& command, ChannelUri channel) {
    resolve({.header = command.header,
             .registration_id = command.header.correlation_id,
             .stream_id = command.stream_id,
             .is_destination = false},
            std::move(channel));
}

void SpySubscriptions::add_destination(const protocol::CorrelatedHeader& header,
                                       std::int64_t registration_id, std::int32_t stream_id,
                                       ChannelUri channel) {
    resolve({.header = header,
             .registration_id = registration_id,
             .stream_id = stream_id,
             .is_destination = true},
            std::move(channel));
}

void SpySubscriptions::resolve(const Request& request, ChannelUri channel) {
    parts_.resolver.resolve(std::move(channel), [this, request](Result<uri::UdpChannel> found) {
        const Result<void> created =
            found ? create(request, *std::move(found)) : std::move(found).error();
        if (!created) parts_.events.failure(request.header.correlation_id, created.error());
    });
}

Result<void> SpySubscriptions::create(const Request& request, uri::UdpChannel channel) {
    Result<uri::SubscriptionParams> params =
        uri::SubscriptionParams::parse(channel.uri, subscription_defaults(parts_.settings));
    if (!params) return std::move(params).error();
    Result<Client*> client = parts_.clients.get_or_add(request.header.client_id);
    if (!client) return std::move(client).error();
    (*client)->subscriptions.insert(request.registration_id);
    const std::string text = channel.uri.text();
    SubscriptionLink& link = parts_.subscriptions.add(
        {.kind = SubscriptionLink::Kind::spy,
         .registration_id = request.registration_id,
         .client_id = request.header.client_id,
         .stream_id = request.stream_id,
         .channel = text,
         .session_id = params->session_id,
         .is_tether = params->is_tethered,
         .is_rejoin = params->rejoins,
         .is_response = params->is_response,
         .states_session_id = params->session_id.has_value(),
         .udp = std::make_shared<const uri::UdpChannel>(std::move(channel))});
    if (request.is_destination) {
        parts_.events.success(request.header.correlation_id);
    } else {
        parts_.events.send(
            protocol::SubscriptionReady{.correlation_id = request.header.correlation_id,
                                        .channel_status_indicator_id = protocol::kNullCounterId});
    }
    return link_to_existing(link);
}

Result<void> SpySubscriptions::link_to_existing(SubscriptionLink& link) {
    Result<void> outcome;
    const std::vector<NetworkPublication*>* publications =
        parts_.network_publications.of_stream(link.stream_id);
    if (publications == nullptr) return outcome;
    for (NetworkPublication* publication : *publications) {
        if (!sees(link, *publication) || !publication->accepts_subscribers()) continue;
        Result<void> linked = parts_.linker.link(link, *publication);
        if (!linked) outcome = std::move(linked);
    }
    return outcome;
}

Result<void> SpySubscriptions::link_all_to(NetworkPublication& publication, bool is_new) {
    Result<void> outcome;
    for (SubscriptionLink* link :
         parts_.subscriptions.of_stream(publication.identity().stream_id)) {
        if (!sees(*link, publication) || is_linked(*link, publication)) continue;
        if (!is_new && !publication.accepts_subscribers()) continue;
        Result<void> linked = parts_.linker.link(*link, publication);
        if (!linked) outcome = std::move(linked);
    }
    return outcome;
}

}  // namespace tern::driver

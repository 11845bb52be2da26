#include "tern/driver/conductor/subscription_commands.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "tern/driver/conductor/channel_defaults.hpp"
#include "tern/uri/subscription_params.hpp"

namespace tern::driver {
namespace {

// Both sides know: the one with the shorter list is asked.
bool is_linked(const SubscriptionLink& link, const IpcPublication& publication) {
    if (link.streams.size() > publication.subscribers().list().size()) {
        return publication.subscribers().contains(&link);
    }
    return std::ranges::find(link.streams, &publication) != link.streams.end();
}

}  // namespace

Result<void> SubscriptionCommands::add(const protocol::AddSubscription& command) {
    Result<ChannelUri> channel = parse_subscription_channel(command.channel);
    if (!channel) return std::move(channel).error();
    if (channel->is_spy()) {
        spies_.add(command, *std::move(channel));
        return {};
    }
    if (!channel->is_ipc()) {
        network_.add(command, *std::move(channel));
        return {};
    }
    return add_ipc({.header = command.header,
                    .registration_id = command.header.correlation_id,
                    .stream_id = command.stream_id,
                    .is_destination = false},
                   *channel);
}

Result<void> SubscriptionCommands::add_ipc(const IpcRequest& request, const ChannelUri& channel) {
    Result<uri::SubscriptionParams> params =
        uri::SubscriptionParams::parse(channel, subscription_defaults(parts_.settings));
    if (!params) return std::move(params).error();
    Result<Client*> client = parts_.clients.get_or_add(request.header.client_id);
    if (!client) return std::move(client).error();
    (*client)->subscriptions.insert(request.registration_id);
    SubscriptionLink& link =
        parts_.subscriptions.add({.registration_id = request.registration_id,
                                  .client_id = request.header.client_id,
                                  .stream_id = request.stream_id,
                                  .channel = channel.text(),
                                  .session_id = params->session_id,
                                  .is_tether = params->is_tethered,
                                  .is_rejoin = params->rejoins,
                                  .is_response = params->is_response,
                                  .states_session_id = params->session_id.has_value()});
    if (request.is_destination) {
        parts_.events.success(request.header.correlation_id);
    } else {
        parts_.events.send(
            protocol::SubscriptionReady{.correlation_id = request.header.correlation_id,
                                        .channel_status_indicator_id = protocol::kNullCounterId});
    }
    return link_to_existing(link);
}

Result<void> SubscriptionCommands::link_to_existing(SubscriptionLink& link) {
    Result<void> outcome;
    const std::vector<IpcPublication*>* publications =
        parts_.publications.of_stream(link.stream_id);
    if (publications == nullptr) return outcome;
    for (IpcPublication* publication : *publications) {
        if (!link.accepts_session(publication->identity().session_id)) continue;
        if (!publication->accepts_subscribers()) continue;
        Result<void> linked = parts_.linker.link(link, *publication);
        if (!linked) outcome = std::move(linked);
    }
    return outcome;
}

Result<void> SubscriptionCommands::link_all_to(IpcPublication& publication) {
    Result<void> outcome;
    const LocalStream::Identity& identity = publication.identity();
    for (SubscriptionLink* link : parts_.subscriptions.of_stream(identity.stream_id)) {
        if (link->kind != SubscriptionLink::Kind::ipc) continue;
        if (!link->accepts_session(identity.session_id)) continue;
        if (is_linked(*link, publication)) continue;
        if (!publication.accepts_subscribers()) continue;
        Result<void> linked = parts_.linker.link(*link, publication);
        if (!linked) outcome = std::move(linked);
    }
    return outcome;
}

Result<void> SubscriptionCommands::remove(const protocol::RemoveSubscription& command) {
    const std::vector<SubscriptionLink*> links = parts_.subscriptions.find(command.registration_id);
    if (links.empty()) {
        return Error{ErrorCode::unknown_subscription,
                     "unknown subscription client_id=" + std::to_string(command.header.client_id) +
                         " registration_id=" + std::to_string(command.registration_id)};
    }
    for (SubscriptionLink* link : links) {
        forget_at_owner(*link);
        end(*link);
    }
    parts_.events.success(command.header.correlation_id);
    return {};
}

void SubscriptionCommands::end_with_events(SubscriptionLink& link) {
    for (const LocalStream* stream : link.streams) {
        parts_.linker.announce_unavailable(*stream, link, link.channel);
    }
    forget_at_owner(link);
    end(link);
}

// The owner has one entry for each of its links.
void SubscriptionCommands::forget_at_owner(const SubscriptionLink& link) {
    Client* owner = parts_.clients.find(link.client_id);
    if (owner == nullptr) return;
    const auto entry = owner->subscriptions.find(link.registration_id);
    if (entry != owner->subscriptions.end()) owner->subscriptions.erase(entry);
}

void SubscriptionCommands::end_all(Client& client) {
    const std::multiset<std::int64_t> registration_ids = std::move(client.subscriptions);
    client.subscriptions.clear();
    for (const std::int64_t registration_id : registration_ids) {
        for (SubscriptionLink* link : parts_.subscriptions.find(registration_id)) {
            if (link->client_id == client.id) end(*link);
        }
    }
}

void SubscriptionCommands::end(SubscriptionLink& link) {
    parts_.linker.unlink_from_all(link);
    if (link.kind == SubscriptionLink::Kind::network) network_.end(link);
    parts_.subscriptions.remove(link);
}

}  // namespace tern::driver

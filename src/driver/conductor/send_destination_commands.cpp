#include "tern/driver/conductor/send_destination_commands.hpp"

#include <utility>

#include "tern/uri/uri_keys.hpp"

namespace tern::driver {
namespace {

Error unknown_publication(std::int64_t registration_id) {
    return {ErrorCode::unknown_publication,
            "unknown publication registration_id=" + std::to_string(registration_id)};
}

}  // namespace

// By the original registration id, or by that of a link of the same client.
Result<NetworkPublication*> SendDestinationCommands::find(std::int64_t client_id,
                                                          std::int64_t registration_id) {
    NetworkPublication* found = parts_.network_publications.find(registration_id);
    if (found == nullptr) {
        const Client* client = parts_.clients.find(client_id);
        if (client == nullptr) return unknown_publication(registration_id);
        const auto link = client->publications.find(registration_id);
        if (link == client->publications.end()) return unknown_publication(registration_id);
        found = parts_.network_publications.find(link->second->identity().registration_id);
        if (found == nullptr) return unknown_publication(registration_id);
    }
    const ChannelUri& channel = found->channel().endpoint->channel().uri;
    Result<void> takes = check_takes_send_destinations(channel, found->identity().registration_id);
    if (!takes) return std::move(takes).error();
    return found;
}

Result<void> SendDestinationCommands::apply(const protocol::DestinationCommand& command) {
    Result<NetworkPublication*> publication =
        find(command.header.client_id, command.registration_id);
    if (!publication) return std::move(publication).error();
    Result<ChannelUri> destination = parse_send_destination(command.channel);
    if (!destination) return std::move(destination).error();
    Request request{.header = command.header,
                    .registration_id = (*publication)->identity().registration_id,
                    .is_add = command.action == protocol::DestinationAction::add_send,
                    .endpoint = std::string(*destination->get(uri::key::kEndpoint)),
                    .channel = destination->text()};
    std::string endpoint = request.endpoint;
    parts_.resolver.resolve_address(
        std::move(endpoint), [this, request = std::move(request)](Result<SocketAddress> found) {
            if (Result<void> done = on_resolved(request, std::move(found)); !done) {
                parts_.events.failure(request.header.correlation_id, done.error());
            }
        });
    return {};
}

// The publication may have gone meanwhile. A destination whose name is unknown is kept without an
// address, and asked for again later.
Result<void> SendDestinationCommands::on_resolved(const Request& request,
                                                  Result<SocketAddress> found) {
    const bool is_kept = request.is_add && !found && found.error().code == ErrorCode::unknown_host;
    if (!found && !is_kept) {
        return Error{found.error().code, found.error().text + ": Unresolved - endpoint=" +
                                             request.endpoint + ", channel=" + request.channel};
    }
    Result<NetworkPublication*> publication =
        find(request.header.client_id, request.registration_id);
    if (!publication) return std::move(publication).error();
    SendEndpoint* endpoint = (*publication)->channel().endpoint.get();
    if (request.is_add) {
        SendDestination destination{.registration_id = request.header.correlation_id,
                                    .endpoint = request.endpoint,
                                    .address = std::nullopt};
        if (found) destination.address = *found;
        parts_.sender_queues.commands.put(
            AddSendDestination{.endpoint = endpoint, .destination = std::move(destination)});
    } else {
        parts_.sender_queues.commands.put(
            RemoveSendDestination{.endpoint = endpoint, .which = *found});
    }
    parts_.events.success(request.header.correlation_id);
    return {};
}

Result<void> SendDestinationCommands::remove_by_id(const protocol::RemoveDestinationById& command) {
    Result<NetworkPublication*> publication =
        find(command.header.client_id, command.publication_registration_id);
    if (!publication) return std::move(publication).error();
    parts_.sender_queues.commands.put(
        RemoveSendDestination{.endpoint = (*publication)->channel().endpoint.get(),
                              .which = command.destination_registration_id});
    parts_.events.success(command.header.correlation_id);
    return {};
}

}  // namespace tern::driver

#include "tern/driver/conductor/destination_commands.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "tern/uri/channel_uri.hpp"

namespace tern::driver {
namespace {

Error unknown_subscription(const protocol::DestinationCommand& command) {
    return {ErrorCode::unknown_subscription,
            "unknown subscription client_id=" + std::to_string(command.header.client_id) +
                " registration_id=" + std::to_string(command.registration_id)};
}

bool is_local(std::string_view channel) {
    return channel.starts_with(ChannelUri::kIpcPrefix) ||
           channel.starts_with(ChannelUri::kSpyPrefix);
}

}  // namespace

Result<void> DestinationCommands::apply(const protocol::DestinationCommand& command) {
    switch (command.action) {
        case protocol::DestinationAction::add_send:
        case protocol::DestinationAction::remove_send: return send_.apply(command);
        case protocol::DestinationAction::add_receive: return add_receive(command);
        case protocol::DestinationAction::remove_receive:
            if (is_local(command.channel)) return remove_local_receive(command);
            return remove_receive(command);
    }
    return unknown_subscription(command);
}

Result<void> DestinationCommands::add_receive(const protocol::DestinationCommand& command) {
    const Result<SubscriptionLink*> link =
        subscriptions_.network().find_manual(command.header.client_id, command.registration_id);
    if (!link) return link.error();
    Result<ChannelUri> destination = parse_receive_destination(command.channel);
    if (!destination) return std::move(destination).error();
    if (destination->is_spy()) {
        subscriptions_.spies().add_destination(command.header, command.registration_id,
                                               (*link)->stream_id, *std::move(destination));
        return {};
    }
    if (destination->is_ipc()) {
        return subscriptions_.add_ipc({.header = command.header,
                                       .registration_id = command.registration_id,
                                       .stream_id = (*link)->stream_id,
                                       .is_destination = true},
                                      *destination);
    }
    subscriptions_.network().add_destination(command, *std::move(destination));
    return {};
}

Result<void> DestinationCommands::remove_receive(const protocol::DestinationCommand& command) {
    const Result<SubscriptionLink*> link =
        subscriptions_.network().find_manual(command.header.client_id, command.registration_id);
    if (!link) return link.error();
    Result<ChannelUri> destination = parse_receive_destination(command.channel);
    if (!destination) return std::move(destination).error();
    subscriptions_.network().remove_destination(command, *std::move(destination));
    return {};
}

// A local destination is a link with the subscription's registration id and exactly this text, and
// so is an IPC subscription itself.
Result<void> DestinationCommands::remove_local_receive(
    const protocol::DestinationCommand& command) {
    const std::vector<SubscriptionLink*> links = parts_.subscriptions.find(command.registration_id);
    const auto found = std::ranges::find(links, command.channel, [](const SubscriptionLink* link) {
        return std::string_view(link->channel);
    });
    if (found == links.end()) return unknown_subscription(command);
    parts_.events.success(command.header.correlation_id);
    subscriptions_.end_with_events(**found);
    return {};
}

Result<void> DestinationCommands::remove_by_id(const protocol::RemoveDestinationById& command) {
    return send_.remove_by_id(command);
}

}  // namespace tern::driver

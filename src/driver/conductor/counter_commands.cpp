#include "tern/driver/conductor/counter_commands.hpp"

#include <string>

namespace tern::driver {

Result<void> CounterCommands::add(const protocol::AddCounter& command) {
    Result<Client*> client = parts_.clients.get_or_add(command.header.client_id);
    if (!client) return std::move(client).error();
    const Result<std::int32_t> id =
        parts_.counters.allocate({.type_id = command.counter_type_id,
                                  .key = command.key,
                                  .label = command.label,
                                  .registration_id = command.header.correlation_id,
                                  .owner_id = command.header.client_id});
    if (!id) return id.error();
    (*client)->counters.emplace(command.header.correlation_id, *id);
    parts_.events.send(protocol::CounterReady{.registration_id = command.header.correlation_id,
                                              .counter_id = *id});
    return {};
}

Result<void> CounterCommands::add_static(const protocol::AddStaticCounter& command) {
    Result<Client*> client = parts_.clients.get_or_add(command.header.client_id);
    if (!client) return std::move(client).error();
    const CountersReader& reader = parts_.counters.reader();
    std::int32_t id = reader.find_by_registration(command.counter_type_id, command.registration_id);
    if (id == kNullCounterId) {
        const Result<std::int32_t> allocated =
            parts_.counters.allocate({.type_id = command.counter_type_id,
                                      .key = command.key,
                                      .label = command.label,
                                      .registration_id = command.registration_id,
                                      .owner_id = kNoOwner});
        if (!allocated) return allocated.error();
        id = *allocated;
    } else if (reader.owner_id(id) != kNoOwner) {
        return Error{ErrorCode::generic_error,
                     "cannot add static counter, because a non-static counter exists (counterId=" +
                         std::to_string(id) +
                         ") for typeId=" + std::to_string(command.counter_type_id) +
                         " and registrationId=" + std::to_string(command.registration_id)};
    }
    parts_.events.send(
        protocol::StaticCounter{.correlation_id = command.header.correlation_id, .counter_id = id});
    return {};
}

Result<void> CounterCommands::remove(const protocol::RemoveCounter& command) {
    Client* client = parts_.clients.find(command.header.client_id);
    const auto unknown = [&command] {
        return Error{ErrorCode::unknown_counter,
                     "unknown counter client_id=" + std::to_string(command.header.client_id) +
                         " registration_id=" + std::to_string(command.registration_id)};
    };
    if (client == nullptr) return unknown();
    const auto found = client->counters.find(command.registration_id);
    if (found == client->counters.end()) return unknown();
    parts_.events.success(command.header.correlation_id);
    end(found->first, found->second);
    client->counters.erase(found);
    return {};
}

void CounterCommands::end_all(Client& client) {
    for (const auto& [registration_id, counter_id] : client.counters) {
        end(registration_id, counter_id);
    }
    client.counters.clear();
}

void CounterCommands::end(std::int64_t registration_id, std::int32_t counter_id) {
    parts_.events.send(
        protocol::UnavailableCounter{.registration_id = registration_id, .counter_id = counter_id});
    parts_.counters.free(counter_id);
}

}  // namespace tern::driver

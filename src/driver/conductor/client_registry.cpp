#include "tern/driver/conductor/client_registry.hpp"

#include <algorithm>

namespace tern::driver {

ClientRegistry::ClientRegistry(Nanos liveness_timeout, CounterTable& counters, ClientEvents& events,
                               const CachedTime& time)
    : liveness_timeout_(std::max(Millis{1}, std::chrono::duration_cast<Millis>(liveness_timeout))),
      counters_(counters),
      events_(events),
      time_(time) {}

Client* ClientRegistry::find(std::int64_t client_id) {
    const auto found = clients_.find(client_id);
    return found == clients_.end() ? nullptr : &found->second;
}

Result<Client*> ClientRegistry::get_or_add(std::int64_t client_id) {
    if (Client* known = find(client_id)) return known;
    const Result<std::int32_t> counter =
        counters_.allocate(client_heartbeat_counter(client_id, time_.epoch.count()));
    if (!counter) return counter.error();
    Client& added = clients_[client_id];
    added.id = client_id;
    added.heartbeat_counter_id = *counter;
    added.heartbeat = counters_.counter(*counter);
    events_.send(protocol::CounterReady{.registration_id = client_id, .counter_id = *counter});
    return &added;
}

void ClientRegistry::keep_alive(std::int64_t client_id) {
    if (Client* client = find(client_id)) client->heartbeat.set(time_.epoch.count());
}

void ClientRegistry::close(std::int64_t client_id) {
    Client* client = find(client_id);
    if (client == nullptr) return;
    client->is_closed_by_command = true;
    client->heartbeat.set(0);
}

std::vector<Client*> ClientRegistry::expired() {
    std::vector<Client*> found;
    // The client's number may be anything: it is compared, not added to.
    const std::int64_t oldest = (time_.epoch - liveness_timeout_).count();
    for (auto& [id, client] : clients_) {
        if (client.is_closed_by_command || client.heartbeat.get() < oldest) {
            found.push_back(&client);
        }
    }
    return found;
}

void ClientRegistry::remove(std::int64_t client_id) {
    const auto found = clients_.find(client_id);
    counters_.free(found->second.heartbeat_counter_id);
    clients_.erase(found);
}

}  // namespace tern::driver

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

// The client's number may be anything: it is compared, not added to. Wall clocks may jump: a
// heartbeat of the future counts only for as long as it goes on changing.
bool ClientRegistry::is_expired(Client& client) const {
    if (client.is_closed_by_command) return true;
    const std::int64_t heartbeat = client.heartbeat.get();
    if (heartbeat < (time_.epoch - liveness_timeout_).count()) return true;
    if (heartbeat != client.last_heartbeat || heartbeat <= time_.epoch.count()) {
        client.last_heartbeat = heartbeat;
        client.last_heartbeat_since = time_.now;
        return false;
    }
    return time_.now - client.last_heartbeat_since > liveness_timeout_;
}

std::vector<Client*> ClientRegistry::expired() {
    std::vector<Client*> found;
    for (auto& [id, client] : clients_) {
        if (is_expired(client)) found.push_back(&client);
    }
    return found;
}

void ClientRegistry::remove(std::int64_t client_id) {
    const auto found = clients_.find(client_id);
    counters_.free(found->second.heartbeat_counter_id);
    clients_.erase(found);
}

}  // namespace tern::driver

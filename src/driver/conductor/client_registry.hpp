#pragma once

/// The clients that the driver knows: those whose add command got as far as creating something
/// (spec control-protocol.md, 16.1). Says who has timed out or closed; what they owned is taken
/// apart by the conductor. Conductor thread only.

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "tern/base/error.hpp"
#include "tern/driver/cached_time.hpp"
#include "tern/driver/conductor/client_events.hpp"
#include "tern/driver/conductor/counter_table.hpp"

namespace tern::driver {

class ClientPublication;

struct Client {
    std::int64_t id = 0;
    std::int32_t heartbeat_counter_id = kNullCounterId;
    Counter heartbeat;  // epoch ms; writer: the client. 0 once it has closed
    std::int64_t last_heartbeat = 0;  // that was seen, and since when on the monotonic clock
    Nanos last_heartbeat_since{0};
    bool is_closed_by_command = false;

    // By the correlation ids of the commands that added them. A client that draws an id twice has
    // two entries.
    std::multimap<std::int64_t, ClientPublication*> publications;
    std::multimap<std::int64_t, std::int32_t> counters;
    std::multiset<std::int64_t> subscriptions;
};

class ClientRegistry {
  public:
    ClientRegistry(Nanos liveness_timeout, CounterTable& counters, ClientEvents& events,
                   const CachedTime& time);

    Client* find(std::int64_t client_id);
    /// A new one gets its heartbeat counter, and everybody is told. An error where no counter is
    /// free.
    Result<Client*> get_or_add(std::int64_t client_id);
    void keep_alive(std::int64_t client_id);
    void close(std::int64_t client_id);

    /// Those that have been silent for longer than the liveness time-out, or have closed.
    std::vector<Client*> expired();
    /// The last step of a client's end: frees the heartbeat counter.
    void remove(std::int64_t client_id);
    std::size_t size() const { return clients_.size(); }

  private:
    bool is_expired(Client& client) const;

    Millis liveness_timeout_;
    CounterTable& counters_;
    ClientEvents& events_;
    const CachedTime& time_;
    std::map<std::int64_t, Client> clients_;  // references stay valid
};

}  // namespace tern::driver

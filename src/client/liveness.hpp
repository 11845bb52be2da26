#pragma once

/// Whether the driver is alive, whether our own conductor is run often enough, and our heartbeat,
/// by which the driver judges us (spec control-protocol.md 18.4, 18.5; shared-memory.md 6.7).
/// Conductor's thread only.

#include <memory>
#include <optional>
#include <string>

#include "tern/base/clock.hpp"
#include "tern/base/error.hpp"
#include "tern/client/client_memory.hpp"

namespace tern::client {

inline constexpr std::int32_t kHeartbeatCounterTypeId = 11;

/// How the errors begin that end a client whose driver was stopped, and whose driver died.
inline constexpr const char* kDriverWasStopped = "MediaDriver has been shutdown";
inline constexpr const char* kDriverDied = "MediaDriver keepalive: ";

class Liveness {
  public:
    struct Limits {
        Millis driver_timeout;
        Nanos keepalive_interval;
        Nanos inter_service_timeout;  // the driver's client liveness time-out, from its CnC file
    };

    /// `label_suffix` is appended to the heartbeat counter's label when it is found.
    Liveness(std::shared_ptr<ClientMemory> memory, std::int64_t client_id, const Limits& limits,
             std::string label_suffix, Nanos now);

    /// One housekeeping pass: the reason why this client can not go on, or nothing. Beats the heart
    /// when due.
    std::optional<Error> check(Nanos now, Millis epoch_now);

    /// When the next keepalive is due.
    Nanos next_deadline() const { return next_keepalive_; }

  private:
    std::optional<Error> check_driver(Nanos now, Millis epoch_now);
    std::optional<Error> beat(Millis epoch_now);
    bool is_own_heartbeat(std::int32_t counter_id) const;
    std::int32_t find_heartbeat() const;

    std::shared_ptr<ClientMemory> memory_;
    std::int64_t client_id_;
    Limits limits_;
    std::string label_suffix_;
    Nanos last_service_;
    Nanos next_keepalive_;
    std::int64_t driver_heartbeat_ = 0;
    Nanos driver_heartbeat_since_{0};   // since when it has had this value
    std::int32_t heartbeat_id_ = kNullCounterId;
};

}  // namespace tern::client

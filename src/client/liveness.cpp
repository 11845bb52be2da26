#include "tern/client/liveness.hpp"

#include <utility>

namespace tern::client {

Liveness::Liveness(std::shared_ptr<ClientMemory> memory, std::int64_t client_id,
                   const Limits& limits, std::string label_suffix, Nanos now)
    : memory_(std::move(memory)),
      client_id_(client_id),
      limits_(limits),
      label_suffix_(std::move(label_suffix)),
      last_service_(now),
      next_keepalive_(now + limits.keepalive_interval) {}

std::optional<Error> Liveness::check(Nanos now, Millis epoch_now) {
    // First of all: if we stood still for longer than the driver puts up with, our resources may be
    // gone already.
    if (const Nanos interval = now - last_service_; interval > limits_.inter_service_timeout) {
        return Error{ErrorCode::conductor_service_timeout,
                     "service interval exceeded in ns: timeout=" +
                         std::to_string(limits_.inter_service_timeout.count()) +
                         ", interval=" + std::to_string(interval.count())};
    }
    last_service_ = now;
    if (now < next_keepalive_) { return std::nullopt; }
    if (auto fault = check_driver(now, epoch_now)) { return fault; }
    if (auto fault = beat(epoch_now)) { return fault; }
    if (heartbeat_id_ != kNullCounterId) {
        next_keepalive_ = now + limits_.keepalive_interval;  // else look again in the next pass
    }
    return std::nullopt;
}

std::optional<Error> Liveness::check_driver(Nanos now, Millis epoch_now) {
    const std::int64_t heartbeat = memory_->ring.consumer_heartbeat_ms();
    if (heartbeat == -1) { return Error{ErrorCode::driver_timeout, kDriverWasStopped}; }
    if (heartbeat != driver_heartbeat_) {
        driver_heartbeat_ = heartbeat;
        driver_heartbeat_since_ = now;
    }
    // Another process wrote the heartbeat: a difference that overflows must not be undefined.
    const auto age = static_cast<std::int64_t>(static_cast<std::uint64_t>(epoch_now.count()) -
                                               static_cast<std::uint64_t>(heartbeat));
    if (age > limits_.driver_timeout.count()) {
        return Error{ErrorCode::driver_timeout,
                     std::string{kDriverDied} + "age=" + std::to_string(age) +
                         "ms > timeout=" + std::to_string(limits_.driver_timeout.count()) + "ms"};
    }
    // It died, and then the wall clock was set back: the age would be fine for all the time that
    // the clock has to catch up.
    if (age < 0 && now - driver_heartbeat_since_ > limits_.driver_timeout) {
        return Error{ErrorCode::driver_timeout,
                     std::string{kDriverDied} + "the heartbeat is ahead of the clock, age=" +
                         std::to_string(age) + "ms, and has stood still for longer than timeout=" +
                         std::to_string(limits_.driver_timeout.count()) + "ms"};
    }
    return std::nullopt;
}

std::optional<Error> Liveness::beat(Millis epoch_now) {
    if (heartbeat_id_ == kNullCounterId) {
        heartbeat_id_ = find_heartbeat();  // there is none before the driver saw our first command
        if (heartbeat_id_ == kNullCounterId) { return std::nullopt; }
        memory_->counters.append_to_label(heartbeat_id_, label_suffix_);
    } else if (!is_own_heartbeat(heartbeat_id_)) {
        return Error{
            ErrorCode::driver_timeout,
            "unexpected close of heartbeat timestamp counter: " + std::to_string(heartbeat_id_)};
    }
    memory_->counters.counter(heartbeat_id_).set(epoch_now.count());
    return std::nullopt;
}

bool Liveness::is_own_heartbeat(std::int32_t counter_id) const {
    const std::optional<CounterView> counter = memory_->counters.find(counter_id);
    return counter && counter->type_id == kHeartbeatCounterTypeId &&
           load_plain<std::int64_t>(counter->key.data()) == client_id_;
}

std::int32_t Liveness::find_heartbeat() const {
    for (std::int32_t id = 0; id <= memory_->counters.max_id(); ++id) {
        if (memory_->counters.state(id) == CounterState::unused) {
            break;  // ids are given out densely
        }
        if (is_own_heartbeat(id)) { return id; }
    }
    return kNullCounterId;
}

}  // namespace tern::client

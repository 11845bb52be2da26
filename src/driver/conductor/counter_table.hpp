#pragma once

/// The counters of cnc.dat as the conductor uses them: allocated and freed at the time of the duty
/// cycle. Conductor thread only.

#include "tern/driver/cached_time.hpp"
#include "tern/driver/conductor/stream_counters.hpp"
#include "tern/shm/counters.hpp"

namespace tern::driver {

class CounterTable {
  public:
    CounterTable(CountersManager& manager, const CachedTime& time)
        : manager_(manager), time_(time) {}

    /// The counter holds its initial value before anybody can see it. generic_error where every id
    /// is in use.
    Result<std::int32_t> allocate(const CounterSpec& spec) {
        return manager_.allocate({.type_id = spec.type_id,
                                  .key = spec.key_bytes(),
                                  .label = spec.label,
                                  .registration_id = spec.registration_id,
                                  .owner_id = spec.owner_id,
                                  .reference_id = spec.reference_id,
                                  .value = spec.initial_value},
                                 time_.epoch);
    }
    Result<std::int32_t> allocate(const CountersManager::Spec& spec) {
        return manager_.allocate(spec, time_.epoch);
    }
    void set_label(std::int32_t id, std::string_view label) { manager_.set_label(id, label); }
    void free(std::int32_t id) { manager_.free(id, time_.epoch); }
    Counter counter(std::int32_t id) const { return manager_.counter(id); }
    const CountersReader& reader() const { return manager_; }

  private:
    CountersManager& manager_;
    const CachedTime& time_;
};

}  // namespace tern::driver

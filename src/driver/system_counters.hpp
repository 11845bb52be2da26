#pragma once

/// The 46 counters of the driver as a whole. They are allocated first and in order, so that the id
/// of the counter is the id here (spec counters.md, section 6). Any agent may increment.

#include <array>
#include <cstdint>

#include "tern/base/clock.hpp"
#include "tern/driver/settings.hpp"
#include "tern/shm/counters.hpp"

namespace tern::driver {

enum class SystemCounter : std::int32_t {
    bytes_sent = 0,
    bytes_received = 1,
    receiver_proxy_fails = 2,
    sender_proxy_fails = 3,
    conductor_proxy_fails = 4,
    naks_sent = 5,
    naks_received = 6,
    status_messages_sent = 7,
    status_messages_received = 8,
    heartbeats_sent = 9,
    heartbeats_received = 10,
    retransmits_sent = 11,
    flow_control_under_runs = 12,
    flow_control_over_runs = 13,
    invalid_packets = 14,
    errors = 15,
    short_sends = 16,
    free_fails = 17,
    sender_flow_control_limits = 18,
    unblocked_publications = 19,
    unblocked_commands = 20,
    possible_ttl_asymmetry = 21,
    controllable_idle_strategy = 22,
    loss_gap_fills = 23,
    client_timeouts = 24,
    resolution_changes = 25,
    conductor_max_cycle_time = 26,
    conductor_cycle_time_threshold_exceeded = 27,
    sender_max_cycle_time = 28,
    sender_cycle_time_threshold_exceeded = 29,
    receiver_max_cycle_time = 30,
    receiver_cycle_time_threshold_exceeded = 31,
    name_resolver_max_time = 32,
    name_resolver_time_threshold_exceeded = 33,
    software_version = 34,
    bytes_currently_mapped = 35,
    retransmitted_bytes = 36,
    retransmit_overflow = 37,
    error_frames_received = 38,
    error_frames_sent = 39,
    publications_revoked = 40,
    images_revoked = 41,
    images_rejected = 42,
    control_protocol_version = 43,
    status_messages_rejected = 44,
    native_resource_agent_proxy_fails = 45,
};
inline constexpr std::int32_t kSystemCounterCount = 46;

class SystemCounters {
  public:
    /// `manager` must not have given out an id yet. The two version counters get their values.
    SystemCounters(CountersManager& manager, const Settings& settings, Millis epoch_now);

    Counter operator[](SystemCounter counter) const {
        return counters_[static_cast<std::size_t>(counter)];
    }
    /// They are the driver's until it closes.
    void free_all(CountersManager& manager, Millis epoch_now);

  private:
    std::array<Counter, kSystemCounterCount> counters_;
};

}  // namespace tern::driver

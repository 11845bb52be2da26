#pragma once

/// What lies in the driver's cnc.dat, initialised and ready for the agents. Made once while the
/// driver starts, before the file's version is published; outlives the agents. References into it
/// stay valid, so it does not move.

#include "tern/base/clock.hpp"
#include "tern/driver/directory.hpp"
#include "tern/driver/settings.hpp"
#include "tern/driver/system_counters.hpp"
#include "tern/shm/broadcast.hpp"
#include "tern/shm/cnc_file.hpp"
#include "tern/shm/counters.hpp"
#include "tern/shm/distinct_error_log.hpp"
#include "tern/shm/many_to_one_ring.hpp"

namespace tern::driver {

class DriverMemory {
  public:
    /// `cnc` has the lengths that its header says. Allocates the system counters and draws one
    /// correlation id, so that no client ever gets the id 0.
    DriverMemory(CncFile cnc, const Settings& settings, Millis epoch_now);
    DriverMemory(const DriverMemory&) = delete;
    DriverMemory& operator=(const DriverMemory&) = delete;

    CncFile cnc;
    ManyToOneRing to_driver;          // consumer: the conductor
    BroadcastTransmitter to_clients;  // the conductor
    CountersManager counters;         // the conductor
    DistinctErrorLog error_log;       // any agent
    SystemCounters system_counters;   // any agent
};

}  // namespace tern::driver

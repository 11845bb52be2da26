#include "tern/driver/driver_memory.hpp"

#include <algorithm>
#include <utility>

namespace tern::driver {
namespace {

// Whole milliseconds, but a setting above 0 never becomes none at all.
Millis reuse_timeout(Nanos setting) {
    const Millis whole = std::chrono::duration_cast<Millis>(setting);
    return setting > Nanos{0} ? std::max(whole, Millis{1}) : Millis{0};
}

}  // namespace

DriverMemory::DriverMemory(CncFile file, const Settings& settings, Millis epoch_now)
    : cnc(std::move(file)),
      to_driver(cnc.to_driver()),
      to_clients(cnc.to_clients()),
      counters(cnc.counters_metadata(), cnc.counters_values(),
               reuse_timeout(settings.counters_free_to_reuse_timeout)),
      error_log(cnc.error_log()),
      system_counters(counters, settings, epoch_now) {
    to_driver.next_correlation_id();
    system_counters[SystemCounter::bytes_currently_mapped].set(
        static_cast<std::int64_t>(cnc.mapping()->bytes().size()) +
        settings.loss_report_buffer_length);
}

}  // namespace tern::driver

#pragma once

/// A machine: its clock, its files in memory, and its place in the network. Drivers and clients
/// come and go on it; the files stay.

#include <memory>
#include <string>

#include "schedule.hpp"
#include "tern/base/clock.hpp"
#include "tern/driver/media/network.hpp"
#include "tern/shm/testing/memory_file_system.hpp"

namespace tern::sim {

/// Virtual time as a machine shows it: its wall clock may be wrong, and may jump.
class HostClock final : public Clock {
  public:
    explicit HostClock(const Schedule& schedule) : schedule_(schedule) {}
    Nanos now() override { return schedule_.now(); }
    Millis epoch_now() override {
        return kEpoch + std::chrono::duration_cast<Millis>(schedule_.now()) + offset_;
    }
    void jump(Millis by) { offset_ += by; }

  private:
    static constexpr Millis kEpoch{1'700'000'000'000};
    const Schedule& schedule_;
    Millis offset_{0};
};

struct Host {
    Host(std::string called, const Schedule& schedule, std::unique_ptr<driver::Network> with)
        : name(std::move(called)), clock(schedule), network(std::move(with)) {}

    std::string name;
    HostClock clock;
    MemoryFileSystem files;
    std::unique_ptr<driver::Network> network;
};

}  // namespace tern::sim

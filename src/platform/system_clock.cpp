#include "tern/platform/system_clock.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <ctime>

namespace tern::platform {
namespace {

Nanos read_clock(clockid_t id) {
    timespec time{};
    clock_gettime(id, &time);
    return std::chrono::seconds{time.tv_sec} + Nanos{time.tv_nsec};
}

}  // namespace

Nanos SystemClock::now() { return read_clock(CLOCK_MONOTONIC); }

Millis SystemClock::epoch_now() {
    return std::chrono::duration_cast<Millis>(read_clock(CLOCK_REALTIME));
}

SeededRandom system_random() {
    std::uint64_t seed = 0;
    if (getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed)) {
        // A kernel without getrandom: two clocks and the process id still tell drivers apart.
        SystemClock clock;
        seed = static_cast<std::uint64_t>(clock.now().count()) * 0x9e3779b97f4a7c15ULL ^
               static_cast<std::uint64_t>(clock.epoch_now().count()) ^
               static_cast<std::uint64_t>(getpid()) << 40;
    }
    return SeededRandom{seed};
}

}  // namespace tern::platform

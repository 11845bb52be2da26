#pragma once

/// For programs that tests start and that pace themselves: senders at a rate, slow readers. A test
/// itself waits for what it wants to see (wait_until.hpp).

#include <chrono>
#include <thread>

namespace tern::test {

inline void pause_until(std::chrono::steady_clock::time_point moment) {
    std::this_thread::sleep_until(moment);
}

inline void pause_for(std::chrono::microseconds duration) { std::this_thread::sleep_for(duration); }

/// Between two looks for something: leaves the processor to others, and sleeps a little each 64th
/// time, since cores are few and shared.
inline void give_way() {
    static thread_local unsigned turns = 0;
    if (++turns % 64 != 0) {
        std::this_thread::yield();
    } else {
        pause_for(std::chrono::microseconds{50});
    }
}

}  // namespace tern::test

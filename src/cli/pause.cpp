#include "tern/cli/pause.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "tern/platform/signals.hpp"

namespace tern::cli {

bool pause_unless_stopped(Nanos period) {
    constexpr Nanos kPiece = std::chrono::milliseconds{50};
    const auto end = std::chrono::steady_clock::now() + period;
    while (platform::stop_signal() == 0) {
        const auto left = end - std::chrono::steady_clock::now();
        if (left <= Nanos{0}) return true;
        std::this_thread::sleep_for(std::min<Nanos>(left, kPiece));
    }
    return false;
}

}  // namespace tern::cli

#pragma once

/// Waiting for something that another thread or process does.

#include <chrono>
#include <thread>

#include "support/child_process.hpp"

namespace tern::test {

/// Looks again and again, leaving the processor to others in between. False where the limit passed,
/// which exists only so that a broken program fails the test instead of hanging it.
template <typename Predicate>
bool wait_until(Predicate&& predicate, std::chrono::milliseconds limit = kPatience) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!predicate()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return true;
}

}  // namespace tern::test

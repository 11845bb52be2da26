#pragma once

/// What a client needs from outside. All of it must outlive the client and everything made by it.

#include <functional>

#include "tern/base/clock.hpp"
#include "tern/base/random.hpp"
#include "tern/shm/file_system.hpp"

namespace tern::client {

struct ClientEnvironment {
    FileSystem& files;
    Clock& clock;
    RandomSource& random;  // conductor's thread
    /// How a call that waits for an answer passes the time between two looks. On the operating
    /// system it sleeps; in a simulation it lets the other parties run.
    std::function<void(Nanos)> pause;
};

}  // namespace tern::client

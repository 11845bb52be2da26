#pragma once

/// What the runtime hands to the driver's agents. References: all of it outlives them.

#include <cstdint>
#include <string>

#include "tern/base/clock.hpp"
#include "tern/base/executor.hpp"
#include "tern/base/random.hpp"
#include "tern/driver/settings.hpp"
#include "tern/shm/file_system.hpp"

namespace tern::driver {

struct PreparedDirectory;  // tern/driver/directory.hpp: the mapped CnC file and loss report, not
                           // yet published

/// What the system gives a UDP socket whose buffers nobody sets, in bytes; 0 where it is not known.
struct SocketBufferDefaults {
    std::int32_t send = 0;
    std::int32_t receive = 0;
};

struct DriverContext {
    const Settings& settings;  // validated; `directory` is absolute
    const Hooks& hooks;
    Clock& clock;  // for the agents' threads; each reads it once a duty cycle
    FileSystem& files;
    RandomSource& random;  // conductor thread only
    Executor& executor;    // submit and poll on the conductor thread
    Executor& names;       // likewise, and looks names up: a dead name server holds up nothing else
    PreparedDirectory& directory;
    SocketBufferDefaults socket_buffers{};  // goes into the metadata of logs, for monitors
};

}  // namespace tern::driver

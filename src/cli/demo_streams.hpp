#pragma once

/// The two processes of `tern demo` that exchange messages. Each tells the one that started it how
/// it goes: a line of JSON on standard output, now and then.

#include <cstdint>
#include <string>

#include "tern/base/clock.hpp"
#include "tern/everyday.hpp"

namespace tern::cli {

struct DemoStream {
    std::string directory;
    Config config{.channel = "aeron:ipc", .stream = 1001};
    std::uint64_t size = 10'000;
    double rate = 0;  // messages a second; 0: as fast as can be
    double seconds = 9;
    double report_every = 1;  // seconds
    std::int64_t parent_pid = 0;
};

/// Sends one message that only opens the stream, others until the time is over, and one that
/// closes it. Prints {"sent": ...} when it ends, without the first and the last.
int publish_demo(const DemoStream& stream);

/// Receives until the stream is closed or its publisher has gone. Prints {"ready": CHANNEL} with
/// the port that the driver chose, then {"interval": {...}} now and then, and {"total": {...}} when
/// it ends.
int subscribe_demo(const DemoStream& stream);

}  // namespace tern::cli

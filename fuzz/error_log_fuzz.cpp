/// The error log of a driver that may be gone, or may have been anything. Input: the log.

#include "target.hpp"
#include "tern/shm/distinct_error_log.hpp"

namespace tern::fuzz {

void run(ConstBytes bytes) {
    const Memory log{bytes.size(), bytes};
    std::size_t entries = 0;
    read_error_log(log.bytes(), [&entries](const ErrorObservation& error) {
        ++entries;
        touch(error.text);
    });
    TERN_ASSERT(entries * sizeof(ErrorLogEntry) <= bytes.size());
    DistinctErrorLog writer{log.bytes()};
    for (int i = 0; i < 3; ++i) {
        writer.record(ErrorCode::generic_error, i == 2 ? "another" : "an error", Millis{i});
    }
}

}  // namespace tern::fuzz

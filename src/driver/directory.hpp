#pragma once

/// The life of the driver's directory (spec shared-memory.md 2.2 to 2.6, driver-config.md 6): is
/// another driver active in it, what of a dead one is worth keeping, and the fresh files of this
/// one.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tern/base/clock.hpp"
#include "tern/driver/settings.hpp"
#include "tern/shm/cnc_file.hpp"
#include "tern/shm/file_system.hpp"

namespace tern::driver {

/// The fresh directory of a driver that is starting: cnc.dat and loss-report.dat are made at full
/// length, with blocks reserved, and read as zeros but for the header of cnc.dat, whose version is
/// still 0. Whoever wires the driver initialises what lies in it, draws one correlation id, and
/// calls `publish`.
struct PreparedDirectory {
    std::string path;  // absolute
    CncFile cnc;
    std::shared_ptr<Mapping> loss_report;

    std::string publications() const { return path + "/publications"; }
    std::string images() const { return path + "/images"; }
};

/// Where the informational lines of the start go (spec 6.2, 6.3): a program prints them on standard
/// error, an embedded driver keeps them to itself unless it is given a place.
using Notice = std::function<void(std::string_view line)>;

/// Refuses a directory of another user and one where a driver is active ("Active media driver
/// detected: ..."), saves the errors of a dead driver beside it, deletes what is left, and makes a
/// fresh one. `wait` sleeps for a moment while a file that is just being made gets its version;
/// where `is_given_up` says so, that ends with an error.
/// Every error is one line that ends by naming the directory.
Result<PreparedDirectory> prepare_directory(const Settings& settings, FileSystem& files,
                                            Clock& clock, const std::function<void(Nanos)>& wait,
                                            const Notice& notice, std::int64_t pid,
                                            const std::function<bool()>& is_given_up = {});

/// Consumer heartbeat := now, then the version with release semantics: from here on clients may
/// connect.
void publish(PreparedDirectory& directory, Clock& clock);

/// The conductor has written -1 as consumer heartbeat and closed its logs. Flushes and unmaps;
/// deletes the tree where the settings say so.
Result<void> close_directory(PreparedDirectory directory, const Settings& settings,
                             FileSystem& files);

}  // namespace tern::driver

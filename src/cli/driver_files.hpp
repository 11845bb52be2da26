#pragma once

/// A driver's cnc.dat as an observer sees it: mapped read-only, whether its driver is alive, dead,
/// or on another machine. Also whether a file can be one of a driver's logs.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tern/cli/command.hpp"
#include "tern/cli/output.hpp"
#include "tern/shm/cnc_file.hpp"
#include "tern/shm/counters.hpp"
#include "tern/shm/file_system.hpp"

namespace tern::cli {

enum class DriverState { alive, closed, dead };
std::string_view name_of(DriverState state);

/// That of the driver of a directory. Throws CommandError: kNoDriver where there is no file or no
/// finished one, kFailure where it cannot be read.
CncFile open_cnc_file(const DirectoryOption& driver);
/// Throws CommandError with kFailure where it is this user that may not use a driver's file.
void refuse_foreign(const std::string& path, MapMode mode);
/// A file from anywhere. Throws CommandError, kFailure.
CncFile open_cnc_file(const std::string& path);

struct Heartbeat {
    DriverState           state;
    std::optional<Millis> age;  // unknown once the driver has closed
};
/// Dead: the last sign of life is older than `max_age`.
Heartbeat heartbeat_of(const CncFile& cnc, Millis epoch_now, Millis max_age);

/// What the bytes of a counter's key say, for the types that have a stream or a channel.
struct CounterKey {
    std::optional<std::int32_t>     session_id, stream_id;
    std::optional<std::string_view> channel;  // cut where the key ended; points into the mapping
};
CounterKey key_of(const CounterView& counter);

/// "sub-pos" for 4; empty for a type that is nobody's or an application's own.
std::string_view counter_type_name(std::int32_t type_id);
/// All of those names, by number.
std::vector<std::string> counter_type_names();

/// Where bytes that are to be an error log have an entry that no writer makes: one that is shorter
/// than its header or longer than the rest, or a text with a zero. Nullopt where all are possible.
std::optional<std::size_t> impossible_error_log_entry(ConstBytes log);

/// Where bytes that are to be a loss report have neither an entry nor the report's end.
std::optional<std::size_t> impossible_loss_report_entry(ConstBytes report);

}  // namespace tern::cli

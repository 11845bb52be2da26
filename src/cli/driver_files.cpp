#include "tern/cli/driver_files.hpp"

#include <algorithm>
#include <array>

#include "tern/platform/os_file_system.hpp"
#include "tern/shm/distinct_error_log.hpp"
#include "tern/shm/loss_report.hpp"

namespace tern::cli {
namespace {

// Spec counters.md, sections 4 and 7.
enum class KeyLayout { none, stream, channel };
struct CounterType {
    std::string_view name;
    KeyLayout        key = KeyLayout::none;
};
constexpr std::array<CounterType, 22> kTypes{{
    {"system"},
    {"pub-lmt", KeyLayout::stream},
    {"snd-pos", KeyLayout::stream},
    {"rcv-hwm", KeyLayout::stream},
    {"sub-pos", KeyLayout::stream},
    {"rcv-pos", KeyLayout::stream},
    {"snd-channel", KeyLayout::channel},
    {"rcv-channel", KeyLayout::channel},
    {""},
    {"snd-lmt", KeyLayout::stream},
    {"rcv-cc-cubic", KeyLayout::stream},
    {"client-heartbeat"},
    {"pub-pos", KeyLayout::stream},
    {"snd-bpe", KeyLayout::stream},
    {"local-sockaddr"},
    {"resolver-neighbors"},
    {"resolver-cache-entries"},
    {"fc-receivers", KeyLayout::stream},
    {"mdc-num-dest", KeyLayout::channel},
    {"snd-naks-received", KeyLayout::stream},
    {"rcv-naks-sent", KeyLayout::stream},
    {"bootstrap-neighbor"},
}};

const CounterType* type_of(std::int32_t id) {
    const bool known = id >= 0 && static_cast<std::size_t>(id) < kTypes.size();
    return known ? &kTypes[static_cast<std::size_t>(id)] : nullptr;
}

/// A length and that many bytes, wherever a length that was written by somebody else may lead.
std::string_view text_at(ConstBytes key, std::size_t offset) {
    const auto length = load_plain<std::int32_t>(key.data() + offset);
    const ConstBytes rest = key.subspan(offset + sizeof length);
    const auto wanted = static_cast<std::size_t>(std::max(length, 0));
    return text_of(rest.first(std::min(rest.size(), wanted)));
}

/// A version that is not 0: the file is finished.
CncFile open_finished(std::shared_ptr<Mapping> mapping, std::int32_t version) {
    if (version_major(version) != version_major(kCncVersion)) {
        throw CommandError(mapping->path() + " has version " + version_text(version) +
                           ", this program reads " + version_text(kCncVersion) +
                           "; use the tools of that driver");
    }
    auto cnc = CncFile::over(std::move(mapping));
    if (!cnc) throw CommandError(cnc.error().text);
    return *std::move(cnc);
}

}  // namespace

std::string_view name_of(DriverState state) {
    switch (state) {
        case DriverState::alive: return "alive";
        case DriverState::closed: return "closed";
        case DriverState::dead: break;
    }
    return "dead";
}

CncFile open_cnc_file(const DirectoryOption& driver) {
    const std::string path = driver.resolved() + "/" + kCncFileName;
    const std::string hint =
        "start one with: tern driver" + driver.as_argument() + ", or name its directory with --dir";
    platform::OsFileSystem files;
    auto mapping = files.open(path, MapMode::read_only);
    if (!mapping) refuse_foreign(path, MapMode::read_only);
    if (!mapping && !files.exists(path)) {
        throw CommandError("there is no driver: " + mapping.error().text + "; " + hint, kNoDriver);
    }
    const bool is_empty = !mapping && files.file_length(path) == 0;
    if (!mapping && !is_empty) throw CommandError(mapping.error().text);
    const std::int32_t version = is_empty ? 0 : cnc_version_of(**mapping);
    if (version == 0) {
        throw CommandError(path + " is not ready: its driver is just starting, or died while it "
                                  "was; try again, or " + hint,
                           kNoDriver);
    }
    return open_finished(*std::move(mapping), version);
}

void refuse_foreign(const std::string& path, MapMode mode) {
    if (!platform::OsFileSystem{}.is_forbidden(path, mode)) return;
    const char* verb = mode == MapMode::read_only ? "read " : "write ";
    throw CommandError("this user may not " + std::string{verb} + path +
                       " (Permission denied); a driver may be running there: start it with "
                       "-Dtern.file.access=group (or all), or use its user");
}

CncFile open_cnc_file(const std::string& path) {
    platform::OsFileSystem files;
    auto mapping = files.open(path, MapMode::read_only);
    if (!mapping) throw CommandError(mapping.error().text);
    const std::int32_t version = cnc_version_of(**mapping);
    if (version == 0) throw CommandError(path + " is no cnc.dat, or one that was never finished");
    return open_finished(*std::move(mapping), version);
}

Heartbeat heartbeat_of(const CncFile& cnc, Millis epoch_now, Millis max_age) {
    const std::int64_t last = cnc.consumer_heartbeat_ms();
    if (last == -1) return {DriverState::closed, std::nullopt};
    const Millis age = epoch_now - Millis{std::clamp<std::int64_t>(last, 0, epoch_now.count())};
    return {age > max_age ? DriverState::dead : DriverState::alive, age};
}

CounterKey key_of(const CounterView& counter) {
    const CounterType* type = type_of(counter.type_id);
    const KeyLayout layout = type == nullptr ? KeyLayout::none : type->key;
    if (layout == KeyLayout::stream) {
        return {load_plain<std::int32_t>(counter.key.data() + 8),
                load_plain<std::int32_t>(counter.key.data() + 12), text_at(counter.key, 16)};
    }
    if (layout == KeyLayout::channel) {
        return {std::nullopt, std::nullopt, text_at(counter.key, 0)};
    }
    return {};
}

std::string_view counter_type_name(std::int32_t type_id) {
    const CounterType* type = type_of(type_id);
    return type == nullptr ? "" : type->name;
}

std::vector<std::string> counter_type_names() {
    std::vector<std::string> names;
    for (const CounterType& type : kTypes) {
        if (!type.name.empty()) names.emplace_back(type.name);
    }
    return names;
}

std::optional<std::size_t> impossible_error_log_entry(ConstBytes log) {
    std::size_t at = 0;
    while (at + sizeof(std::int32_t) <= log.size()) {
        const auto length = load_plain<std::int32_t>(log.data() + at);
        if (length == 0) break;
        const auto bytes = static_cast<std::size_t>(std::max(length, 0));
        if (bytes < sizeof(ErrorLogEntry) || bytes > log.size() - at) return at;
        const auto text = text_of(log.subspan(at, bytes).subspan(sizeof(ErrorLogEntry)));
        if (text.find('\0') != text.npos) return at;
        at += align(bytes, 8);
    }
    return std::nullopt;
}

std::optional<std::size_t> impossible_loss_report_entry(ConstBytes report) {
    std::size_t at = 0;
    while (const auto place = loss_report_entry_at(report, at)) at = place->next;
    const bool is_end = at + sizeof(std::int64_t) > report.size() ||
                        load_plain<std::int64_t>(report.data() + at) == 0;
    return is_end ? std::nullopt : std::optional{at};
}

}  // namespace tern::cli

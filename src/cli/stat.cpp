/// tern stat: the driver's counters, once or live.

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "tern/cli/command.hpp"
#include "tern/cli/driver_files.hpp"
#include "tern/cli/output.hpp"
#include "tern/cli/pause.hpp"
#include "tern/platform/signals.hpp"
#include "tern/platform/system_clock.hpp"

namespace tern::cli {
namespace {

constexpr std::int32_t kErrorsCounterId = 15;

struct StatOptions {
    DirectoryOption             driver;
    std::string                 file;  // a cnc.dat from anywhere: nobody asks whether it lives
    double                      every = 0;
    std::int64_t                count = 0;
    std::string                 type, channel, label;
    std::optional<std::int32_t> session, stream;
    double                      max_age = 10;
    bool                        fails_on_errors = false;
    bool                        json = false;
};

struct Row {
    CounterView           counter;
    CounterKey            key;
    std::optional<double> per_second;  // known from the second look on
};

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

bool is_chosen(const StatOptions& options, const CounterView& counter, const CounterKey& key) {
    return (options.type.empty() || options.type == std::to_string(counter.type_id) ||
            options.type == counter_type_name(counter.type_id)) &&
           (!options.session || options.session == key.session_id) &&
           (!options.stream || options.stream == key.stream_id) &&
           (options.channel.empty() ||
            (key.channel && contains(counter.label, options.channel)) ||
            (key.channel && contains(*key.channel, options.channel))) &&
           (options.label.empty() || contains(counter.label, options.label));
}

Json json_of(const Row& row) {
    const CounterView& counter = row.counter;
    Json json{{"id", counter.id},
              {"type", counter.type_id},
              {"type_name", counter_type_name(counter.type_id)},
              {"value", counter.value},
              {"label", counter.label},
              {"registration_id", counter.registration_id},
              {"owner_id", counter.owner_id},
              {"reference_id", counter.reference_id}};
    if (row.key.session_id) json["session_id"] = *row.key.session_id;
    if (row.key.stream_id) json["stream_id"] = *row.key.stream_id;
    if (row.key.channel) json["channel"] = *row.key.channel;
    if (row.per_second) json["per_second"] = *row.per_second;
    return json;
}

std::string line_of(const Row& row) {
    std::string line = right(std::to_string(row.counter.id), 5) + ": " +
                       right(grouped(row.counter.value), 26) + " - " +
                       std::string{row.counter.label};
    if (row.per_second && *row.per_second != 0) {
        const auto rounded = static_cast<std::int64_t>(*row.per_second);
        line += styled(Look::good, "  (" + grouped(rounded) + "/s)");
    }
    return line + "\n";
}

/// Looks at one file again and again.
class Stat {
  public:
    explicit Stat(const StatOptions& options)
        : options_(options),
          path_(options.file.empty() ? options.driver.resolved() + "/" + kCncFileName
                                     : options.file),
          cnc_(open_cnc_file(path_, "start one with: tern driver" + options.driver.as_argument() +
                                        ", or name its directory with --dir")),
          counters_(cnc_.counters_metadata(), cnc_.counters_values()) {}

    /// One look; false where nobody reads the output any more.
    bool look() {
        now_ = clock_.epoch_now();
        heartbeat_ = heartbeat_of(
            cnc_, now_, std::chrono::duration_cast<Millis>(seconds(options_.max_age)));
        if (options_.json) return print_json(json());
        std::string text = head();
        counters_.for_each([&](const CounterView& counter) {
            if (const auto row = row_of(counter)) text += line_of(*row);
        });
        last_look_ = now_;
        const bool on_screen = options_.every > 0 && is_styled();
        return print(on_screen ? "\x1b[H\x1b[2J" + text : text);
    }

    int status() const {
        const bool judged = options_.file.empty();
        if (judged && heartbeat_.state != DriverState::alive) return kNoDriver;
        const bool has_errors = counters_.value(kErrorsCounterId) != 0;
        return options_.fails_on_errors && has_errors ? kDriverHasErrors : kSuccess;
    }

  private:
    std::optional<Row> row_of(const CounterView& counter) {
        const CounterKey key = key_of(counter);
        if (!is_chosen(options_, counter, key)) return std::nullopt;
        Row row{counter, key, std::nullopt};
        auto [seen, is_new] = seen_.try_emplace(counter.id, counter);
        if (!is_new && seen->second.registration_id == counter.registration_id &&
            seen->second.type_id == counter.type_id && now_ > last_look_) {
            const double change = static_cast<double>(counter.value) -
                                  static_cast<double>(seen->second.value);
            row.per_second = change / std::chrono::duration<double>(now_ - last_look_).count();
        }
        seen->second = counter;
        return row;
    }

    std::string head() const {
        const std::string age = heartbeat_.age ? ", heartbeat age " +
                                                     grouped(heartbeat_.age->count()) + "ms"
                                               : "";
        const Look look = heartbeat_.state == DriverState::alive ? Look::good : Look::bad;
        return time_text(now_) + " - " + path_ + " (CnC v" + version_text(cnc_.version()) +
               "), pid " + std::to_string(cnc_.layout().pid) + age + ", driver " +
               styled(look, name_of(heartbeat_.state)) + "\n" + std::string(70, '=') + "\n";
    }

    Json json() {
        Json json{{"time_ms", now_.count()},
                  {"file", path_},
                  {"cnc_version", version_text(cnc_.version())},
                  {"pid", cnc_.layout().pid},
                  {"start_time_ms", cnc_.layout().start_timestamp.count()},
                  {"driver", name_of(heartbeat_.state)},
                  {"heartbeat_age_ms", nullptr},
                  {"counters", Json::array()}};
        if (heartbeat_.age) json["heartbeat_age_ms"] = heartbeat_.age->count();
        counters_.for_each([&](const CounterView& counter) {
            if (const auto row = row_of(counter)) json["counters"].push_back(json_of(*row));
        });
        last_look_ = now_;
        return json;
    }

    const StatOptions&                  options_;
    std::string                         path_;
    CncFile                             cnc_;
    CountersReader                      counters_;
    platform::SystemClock               clock_;
    Millis                              now_{0};
    Millis                              last_look_{0};
    Heartbeat                           heartbeat_{DriverState::dead, std::nullopt};
    std::map<std::int32_t, CounterView> seen_;
};

int run(const StatOptions& options) {
    Stat stat(options);
    if (options.every <= 0) {
        if (!stat.look()) return kFailure;
        return stat.status();
    }
    platform::catch_stop_signals();
    for (std::int64_t looks = 1;; ++looks) {
        if (!stat.look() || looks == options.count) break;
        if (!pause_unless_stopped(seconds(options.every))) break;
    }
    return stat.status();
}

}  // namespace

void add_stat(CLI::App& app, int& status) {
    auto options = std::make_shared<StatOptions>();
    CLI::App* command = app.add_subcommand("stat", "show the driver's counters, once or live");
    options->driver.add_to(*command);
    command->add_option("-f,--file", options->file,
                        "read this cnc.dat, and do not ask whether its driver is alive")
        ->type_name("PATH");
    command->add_option("-w,--watch", options->every, "look again every so many seconds")
        ->type_name("SECONDS")
        ->check(CLI::Range(0.01, 86400.0))
        ->expected(0, 1)
        ->default_str("1");
    command->add_option("-n,--count", options->count, "with --watch: stop after so many looks")
        ->type_name("N")
        ->check(CLI::PositiveNumber);
    command->add_option("-t,--type", options->type, "only this type, by number or name (sub-pos)")
        ->type_name("TYPE");
    command->add_option("--session", options->session, "only this session id")->type_name("ID");
    command->add_option("--stream", options->stream, "only this stream id")->type_name("ID");
    command->add_option("--channel", options->channel, "only channels that contain this")
        ->type_name("TEXT");
    command->add_option("--label", options->label, "only labels that contain this")
        ->type_name("TEXT");
    command->add_option("--max-age", options->max_age,
                        "a driver is dead after so many seconds without a sign of life")
        ->type_name("SECONDS")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command->add_flag("--fail-on-errors", options->fails_on_errors,
                      "exit status 4 where the driver counted errors (see: tern errors)");
    command->add_flag("--json", options->json, "one JSON object a look");
    command->footer(
        "Changes a second are shown from the second look on.\n"
        "  tern stat --watch             tern stat --stream 1001 --json | jq .counters[].label\n"
        "  tern stat >/dev/null || page\n" +
        std::string{kExitStatusHelp} + ",\n4 errors with --fail-on-errors.");
    command->callback([options, &status] { status = run(*options); });
}

}  // namespace tern::cli

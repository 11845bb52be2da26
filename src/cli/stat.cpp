/// tern stat: a driver's streams, clients and counters, once or live.

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tern/base/value_parser.hpp"
#include "tern/cli/command.hpp"
#include "tern/cli/driver_files.hpp"
#include "tern/cli/output.hpp"
#include "tern/cli/pause.hpp"
#include "tern/cli/stream_report.hpp"
#include "tern/cli/stream_view.hpp"
#include "tern/platform/signals.hpp"
#include "tern/platform/system_clock.hpp"

namespace tern::cli {
namespace {

constexpr std::int32_t kErrorsCounterId = 15;

struct StatOptions {
    DirectoryOption driver;
    std::string file;  // a cnc.dat from anywhere: nobody asks whether it lives
    double every = 0;
    std::int64_t count = 0;
    std::string type, channel, label;
    std::optional<std::int32_t> session, stream;
    double max_age = 10;
    bool all = false;
    bool fails_on_errors = false;
    bool json = false;

    /// Asking for a type or a label is asking for counters.
    bool shows_counters() const { return all || !type.empty() || !label.empty(); }
};

struct Row {
    const CounterView& counter;
    CounterKey key;
    Reading reading;
};

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

bool is_chosen(const StatOptions& options, const CounterView& counter, const CounterKey& key) {
    return (options.type.empty() || options.type == std::to_string(counter.type_id) ||
            options.type == counter_type_name(counter.type_id)) &&
           (!options.session || options.session == key.session_id) &&
           (!options.stream || options.stream == key.stream_id) &&
           (options.channel.empty() || (key.channel && contains(counter.label, options.channel)) ||
            (key.channel && contains(*key.channel, options.channel))) &&
           (options.label.empty() || contains(counter.label, options.label));
}

/// Those streams only that were asked for.
void choose(const StatOptions& options, DriverReport& report) {
    std::erase_if(report.streams, [&](const StreamReport& stream) {
        bool has_channel = contains(stream.channel, options.channel);
        for (const ImageReport& image : stream.images) {
            has_channel |= contains(image.channel, options.channel);
        }
        for (const SubscriberReport& subscriber : stream.subscribers) {
            has_channel |= contains(subscriber.channel, options.channel);
        }
        return !has_channel || (options.session && options.session != stream.session_id) ||
               (options.stream && options.stream != stream.stream_id);
    });
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
    if (row.reading.per_second) json["per_second"] = *row.reading.per_second;
    return json;
}

std::string line_of(const Row& row) {
    std::string line = right(std::to_string(row.counter.id), 5) + ": " +
                       right(grouped(row.counter.value), 26) + " - " +
                       std::string{row.counter.label};
    if (row.reading.per_second && *row.reading.per_second != 0) {
        const auto rounded = static_cast<std::int64_t>(*row.reading.per_second);
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
          cnc_(options.file.empty() ? open_cnc_file(options.driver) : open_cnc_file(path_)),
          counters_(cnc_.counters_metadata(), cnc_.counters_values()) {}

    /// A first look, only to see what moves until the next.
    void glance() {
        take();
        if (options_.file.empty() && heartbeat_.state == DriverState::alive) {
            pause_unless_stopped(std::chrono::milliseconds{20});
        }
        last_ = CounterLook{seen_, std::nullopt};
    }

    /// One look; false where nobody reads the output any more.
    bool look() {
        take();
        bool goes_on = true;
        if (options_.json) {
            goes_on = print_json(json());
        } else {
            const bool on_screen = options_.every > 0 && is_styled();
            goes_on = print((on_screen ? "\x1b[H\x1b[2J" : "") + head() + text());
        }
        last_ = CounterLook{seen_, now_};
        return goes_on;
    }

    int status() const {
        const bool judged = options_.file.empty();
        if (judged && heartbeat_.state != DriverState::alive) return kNoDriver;
        const bool has_errors = counters_.value(kErrorsCounterId) != 0;
        return options_.fails_on_errors && has_errors ? kDriverHasErrors : kSuccess;
    }

  private:
    void take() {
        now_ = clock_.epoch_now();
        heartbeat_ =
            heartbeat_of(cnc_, now_, std::chrono::duration_cast<Millis>(seconds(options_.max_age)));
        seen_.clear();
        counters_.for_each([&](const CounterView& counter) { seen_.push_back(counter); });
    }

    std::vector<Row> rows() const {
        std::vector<Row> rows;
        for (const CounterView& counter : seen_) {
            const CounterKey key = key_of(counter);
            if (!is_chosen(options_, counter, key)) continue;
            rows.push_back({counter, key, reading_of(counter, last_, now_)});
        }
        return rows;
    }

    DriverReport report() const {
        DriverReport report = report_of(seen_, last_, now_);
        choose(options_, report);
        return report;
    }

    std::string text() const {
        if (!options_.shows_counters()) return text_of_report(report());
        std::string text;
        for (const Row& row : rows()) text += line_of(row);
        return text;
    }

    std::string head() const {
        const std::string age =
            heartbeat_.age ? ", heartbeat age " + grouped(heartbeat_.age->count()) + "ms" : "";
        const Look look = heartbeat_.state == DriverState::alive ? Look::good : Look::bad;
        return time_text(now_) + " - " + path_ + " (CnC v" + version_text(cnc_.version()) +
               "), pid " + std::to_string(cnc_.layout().pid) + age + ", driver " +
               styled(look, name_of(heartbeat_.state)) + "\n" + std::string(70, '=') + "\n";
    }

    Json json() const {
        Json json{{"time_ms", now_.count()},
                  {"file", path_},
                  {"cnc_version", version_text(cnc_.version())},
                  {"pid", cnc_.layout().pid},
                  {"start_time_ms", cnc_.layout().start_timestamp.count()},
                  {"driver", name_of(heartbeat_.state)},
                  {"heartbeat_age_ms", nullptr}};
        if (heartbeat_.age) json["heartbeat_age_ms"] = heartbeat_.age->count();
        add_report(json, report());
        if (options_.shows_counters()) {
            json["counters"] = Json::array();
            for (const Row& row : rows()) json["counters"].push_back(json_of(row));
        }
        return json;
    }

    const StatOptions& options_;
    std::string path_;
    CncFile cnc_;
    CountersReader counters_;
    platform::SystemClock clock_;
    Millis now_{0};
    Heartbeat heartbeat_{DriverState::dead, std::nullopt};
    std::vector<CounterView> seen_;
    CounterLook last_;
};

/// A name of counter_type_names() or any number: applications have types of their own.
CLI::Validator type_of_counter() {
    return CLI::Validator(
        [](std::string& text) -> std::string {
            const std::vector<std::string> names = counter_type_names();
            const bool is_name = std::find(names.begin(), names.end(), text) != names.end();
            if (is_name || parse_int32(text)) return "";
            std::string fault = (text.empty() ? "''" : text) + " is no number, and none of";
            for (const std::string& name : names) fault += " " + name;
            return fault;
        },
        "TYPE");
}

int run(const StatOptions& options) {
    Stat stat(options);
    stat.glance();
    if (options.every <= 0) {
        stat.look();
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
    CLI::App* command = app.add_subcommand(
        "stat", "show the driver's streams and what they wait for, clients, counters");
    options->driver.add_to(*command);
    command
        ->add_option("-f,--file", options->file,
                     "read this cnc.dat, and do not ask whether its driver is alive")
        ->type_name("PATH");
    auto* watch =
        command->add_option("-w,--watch", options->every, "look again every so many seconds");
    watch->type_name("SECONDS")->check(between(0.01, 86400))->expected(0, 1)->default_str("1");
    command->add_option("-n,--count", options->count, "with --watch: stop after so many looks")
        ->type_name("N")
        ->check(count_from(1))
        ->needs(watch);
    command->add_flag("-a,--all", options->all, "all counters one by one, as AeronStat does");
    command
        ->add_option("-t,--type", options->type,
                     "only counters of this type, by number or name (sub-pos)")
        ->type_name("TYPE")
        ->check(type_of_counter());
    command->add_option("--session", options->session, "only this session id")
        ->type_name("ID")
        ->check(id());
    command->add_option("--stream", options->stream, "only this stream id")
        ->type_name("ID")
        ->check(id());
    command->add_option("--channel", options->channel, "only channels that contain this")
        ->type_name("TEXT");
    command->add_option("--label", options->label, "only counters whose label contains this")
        ->type_name("TEXT");
    command
        ->add_option("--max-age", options->max_age,
                     "a driver is dead after so many seconds without a sign of life")
        ->type_name("SECONDS")
        ->check(not_negative())
        ->capture_default_str();
    command->add_flag("--fail-on-errors", options->fails_on_errors,
                      "exit status 4 where the driver counted errors (see: tern errors)");
    command->add_flag("--json", options->json, "one JSON object a look");
    command->footer(
        "Positions count bytes; changes a second are shown from the second look on.\n"
        "  tern stat --watch             tern stat --all | grep NAK\n"
        "  tern stat --json | jq '.streams[] | [.stream_id, .waits_for]'\n"
        "  tern stat >/dev/null || page\n" +
        std::string{kExitStatusHelp} + ",\n4 errors with --fail-on-errors.");
    command->callback([options, &status] { status = run(*options); });
}

}  // namespace tern::cli

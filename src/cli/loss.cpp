/// tern loss: which streams lost bytes on the way to this driver, and how many.

#include <memory>
#include <string>
#include <vector>

#include "tern/cli/command.hpp"
#include "tern/cli/driver_files.hpp"
#include "tern/cli/output.hpp"
#include "tern/platform/os_file_system.hpp"
#include "tern/platform/system_clock.hpp"
#include "tern/shm/loss_report.hpp"

namespace tern::cli {
namespace {

struct LossOptions {
    DirectoryOption driver;
    std::string file;
    double since = 0;
    bool csv = false;
    bool fails_on_loss = false;
    bool json = false;
};

std::shared_ptr<Mapping> open_report(const LossOptions& options) {
    const bool is_drivers = options.file.empty();
    const std::string path =
        is_drivers ? options.driver.resolved() + "/loss-report.dat" : options.file;
    platform::OsFileSystem files;
    auto mapping = files.open(path, MapMode::read_only);
    if (mapping && !is_drivers) {
        if (const auto fault = impossible_loss_report_entry((*mapping)->bytes())) {
            throw CommandError(path + " is no loss report: what is at byte " +
                               std::to_string(*fault) + " cannot be an entry");
        }
    }
    if (mapping) return *std::move(mapping);
    if (is_drivers) refuse_foreign(path, MapMode::read_only);
    if (is_drivers && !files.exists(path)) {
        throw CommandError("there is no driver: " + mapping.error().text +
                               "; start one with: tern driver" + options.driver.as_argument() +
                               ", or name its directory with --dir",
                           kNoDriver);
    }
    throw CommandError(mapping.error().text);
}

using Row = std::vector<std::string>;

/// The columns of Aeron's LossStat, in its order.
Row row_of(const LossObservation& loss, std::string (*number)(std::int64_t)) {
    return {number(loss.observation_count),  number(loss.total_bytes_lost),
            time_text(loss.first),           time_text(loss.last),
            std::to_string(loss.session_id), std::to_string(loss.stream_id),
            std::string{loss.channel},       std::string{loss.source}};
}

std::string digits(std::int64_t value) { return std::to_string(value); }

std::string csv_of(const std::vector<LossObservation>& losses) {
    std::string text =
        "OBSERVATION_COUNT,TOTAL_BYTES_LOST,FIRST_OBSERVATION,LAST_OBSERVATION,SESSION_ID,"
        "STREAM_ID,CHANNEL,SOURCE\n";
    for (const LossObservation& loss : losses) {
        const Row row = row_of(loss, digits);
        for (std::size_t i = 0; i < row.size(); ++i) text += (i == 0 ? "" : ",") + row[i];
        text += "\n";
    }
    return text;
}

std::string table_of(const std::vector<LossObservation>& losses) {
    constexpr std::size_t kNumbers = 2;  // columns that are right-aligned
    std::vector<Row> rows{
        {"times", "bytes lost", "first", "last", "session", "stream", "channel", "source"}};
    for (const LossObservation& loss : losses) rows.push_back(row_of(loss, grouped));
    std::vector<std::size_t> widths(rows.front().size());
    for (const Row& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string text;
    for (const Row& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string space(widths[i] - row[i].size(), ' ');
            const bool is_last = i + 1 == row.size();
            line += i < kNumbers ? space + row[i] : is_last ? row[i] : row[i] + space;
            if (!is_last) line += "  ";
        }
        text += &row == &rows.front() ? styled(Look::bold, line) + "\n" : line + "\n";
    }
    return text;
}

Json json_of(const LossObservation& loss) {
    return {{"count", loss.observation_count}, {"bytes_lost", loss.total_bytes_lost},
            {"first_ms", loss.first.count()},  {"last_ms", loss.last.count()},
            {"session_id", loss.session_id},   {"stream_id", loss.stream_id},
            {"channel", loss.channel},         {"source", loss.source}};
}

std::string summary_of(const LossOptions& options, const std::vector<LossObservation>& losses) {
    if (losses.empty()) {
        return options.since > 0 ? "nothing was lost in that time\n" : "nothing was lost so far\n";
    }
    return "\n" + grouped(static_cast<std::int64_t>(losses.size())) + " loss entries\n";
}

int run(const LossOptions& options) {
    const std::shared_ptr<Mapping> report = open_report(options);
    Millis since{0};
    if (options.since > 0) {
        since = platform::SystemClock{}.epoch_now() -
                std::chrono::duration_cast<Millis>(seconds(options.since));
    }
    std::vector<LossObservation> losses;
    read_loss_report(report->bytes(), [&](const LossObservation& loss) {
        if (loss.last >= since) losses.push_back(loss);
    });
    if (options.json) {
        for (const LossObservation& loss : losses) print_json(json_of(loss));
    } else if (options.csv) {
        print(csv_of(losses));
    } else {
        print((losses.empty() ? "" : table_of(losses)) + summary_of(options, losses));
    }
    return options.fails_on_loss && !losses.empty() ? kDriverHasErrors : kSuccess;
}

}  // namespace

void add_loss(CLI::App& app, int& status) {
    auto options = std::make_shared<LossOptions>();
    CLI::App* command =
        app.add_subcommand("loss", "show which streams lost bytes on the way to the driver");
    options->driver.add_to(*command);
    command->add_option("-f,--file", options->file, "read this loss-report.dat instead")
        ->type_name("PATH");
    command->add_option("--since", options->since, "only what was lost in the last so many seconds")
        ->type_name("SECONDS")
        ->check(above_zero());
    auto* csv = command->add_flag("--csv", options->csv, "the columns and names of LossStat");
    command->add_flag("--fail-on-loss", options->fails_on_loss,
                      "exit status 4 where anything is shown");
    command->add_flag("--json", options->json, "one JSON object an entry")->excludes(csv);
    command->footer(
        "One entry for each stream and source, since the driver started. What was lost was\n"
        "asked for again, and has come if the stream is reliable. Reads a dead driver's report\n"
        "as well.\n"
        "  tern loss --json | jq .bytes_lost\n" +
        std::string{kExitStatusHelp} + ",\n4 loss with --fail-on-loss.");
    command->callback([options, &status] { status = run(*options); });
}

}  // namespace tern::cli

/// tern errors: the distinct error log of a driver.

#include <string>

#include "tern/cli/command.hpp"
#include "tern/cli/driver_files.hpp"
#include "tern/cli/output.hpp"
#include "tern/platform/os_file_system.hpp"
#include "tern/platform/system_clock.hpp"
#include "tern/shm/distinct_error_log.hpp"

namespace tern::cli {
namespace {

struct ErrorsOptions {
    DirectoryOption driver;
    std::string     file;
    std::uint64_t   offset = 0;
    double          since = 0;
    bool            fails_on_errors = false;
    bool            json = false;
};

/// The bytes of a log, and what they lie in.
struct MappedLog {
    std::shared_ptr<Mapping> mapping;
    ConstBytes               bytes;
};

/// Of a copied cnc.dat, or where the options say that it is.
MappedLog open_file(const ErrorsOptions& options) {
    platform::OsFileSystem files;
    auto mapping = files.open(options.file, MapMode::read_only);
    if (!mapping) throw CommandError(mapping.error().text);
    if (const auto cnc = CncFile::over(*mapping); cnc && options.offset == 0) {
        return {*mapping, cnc->error_log()};
    }
    const ConstBytes bytes = (*mapping)->bytes();
    if (options.offset % 8 != 0 || options.offset > bytes.size()) {
        throw CommandError("--offset " + std::to_string(options.offset) +
                               " is no multiple of 8 within the " + std::to_string(bytes.size()) +
                               " bytes of " + options.file,
                           kWrongUsage);
    }
    const ConstBytes log = bytes.subspan(options.offset);
    if (const auto fault = impossible_error_log_entry(log)) {
        throw CommandError("there is no error log in " + options.file + ": what is at byte " +
                           std::to_string(options.offset + *fault) +
                           " cannot be an entry; name a cnc.dat, or say with --offset where the " +
                           "log begins");
    }
    return {*mapping, log};
}

MappedLog open_log(const ErrorsOptions& options) {
    if (options.file.empty()) {
        const CncFile cnc = open_cnc_file(options.driver);
        return {cnc.mapping(), cnc.error_log()};
    }
    return open_file(options);
}

std::string text_of_entry(const ErrorObservation& entry) {
    return "***\n" + styled(Look::bold, grouped(entry.count)) + " observations from " +
           time_text(entry.first) + " to " + time_text(entry.last) + " for:\n " +
           printable(entry.text) + "\n";
}

int run(const ErrorsOptions& options) {
    const MappedLog log = open_log(options);
    platform::SystemClock clock;
    Millis since{0};
    if (options.since > 0) {
        since = clock.epoch_now() - std::chrono::duration_cast<Millis>(seconds(options.since));
    }
    const int entries = read_error_log(
        log.bytes,
        [&](const ErrorObservation& entry) {
            if (!options.json) {
                print(text_of_entry(entry));
                return;
            }
            print_json({{"count", entry.count},
                        {"first_ms", entry.first.count()},
                        {"last_ms", entry.last.count()},
                        {"text", entry.text}});
        },
        since);
    if (!options.json) print("\n" + grouped(entries) + " distinct errors observed.\n");
    return options.fails_on_errors && entries > 0 ? kDriverHasErrors : kSuccess;
}

}  // namespace

void add_errors(CLI::App& app, int& status) {
    auto options = std::make_shared<ErrorsOptions>();
    CLI::App* command = app.add_subcommand("errors", "show what the driver has complained about");
    options->driver.add_to(*command);
    auto* file = command->add_option("-f,--file", options->file,
                                     "read the error log of this cnc.dat, or in this file");
    file->type_name("PATH");
    command->add_option("-o,--offset", options->offset, "where in that file the log begins")
        ->type_name("BYTES")
        ->check(count_from(0))
        ->needs(file)
        ->capture_default_str();
    command->add_option("--since", options->since, "only what was seen in the last so many seconds")
        ->type_name("SECONDS")
        ->check(above_zero());
    command->add_flag("--fail-on-errors", options->fails_on_errors,
                      "exit status 4 where there is any");
    command->add_flag("--json", options->json, "one JSON object an error");
    command->footer("Reads a dead driver's log as well.\n" + std::string{kExitStatusHelp} +
                    ",\n4 errors with --fail-on-errors.");
    command->callback([options, &status] { status = run(*options); });
}

}  // namespace tern::cli

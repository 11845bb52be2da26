#include "tern/runtime/driver_program.hpp"

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <vector>

#include "tern/base/version.hpp"
#include "tern/platform/environment.hpp"
#include "tern/platform/os_file_system.hpp"
#include "tern/platform/signals.hpp"
#include "tern/runtime/driver_options.hpp"
#include "tern/runtime/driver_runner.hpp"

namespace tern::runtime {
namespace {

constexpr int kSuccess = 0;
constexpr int kFailure = 1;
constexpr int kWrongUsage = 2;
constexpr int kStoppedByClient = -1;  // in place of a signal's number

void complain(std::string_view line) {
    std::fwrite(line.data(), 1, line.size(), stderr);
    std::fputc('\n', stderr);
}

/// False where it cannot be written, which is said then. That nobody reads it any more is no fault.
bool print(const std::string& program, const std::string& text) {
    // Flushed: whoever waits for the ready line has it, also through a pipe.
    const bool is_written =
        std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    if (is_written || errno == EPIPE) return true;
    complain(program + ": cannot write: " + std::generic_category().message(errno));
    return false;
}

int fail(const std::string& program, const Error& error) {
    complain(program + ": " + error.text);
    return kFailure;
}

std::string version_line(const std::string& program) {
    return program + " " + std::string{tern::version_text()} + " (" + std::string{revision_text()} +
           ")";
}

std::string access_text(FileAccess access) {
    switch (access) {
        case FileAccess::owner: return "its owner only";
        case FileAccess::group: return "its owner's group";
        case FileAccess::all: break;
    }
    return "everybody that the umask leaves";
}

/// "conductor (backoff 10-20-1us-1ms)"
std::string thread_text(const PlannedThread& thread) {
    std::string text = thread.name + " (" + std::string{idle_strategy_name(thread.idle.kind)};
    const std::string arguments = idle_strategy_arguments(thread.idle);
    if (!arguments.empty()) text.append(" ").append(arguments);
    if (thread.cpu >= 0) text.append(", cpu ").append(std::to_string(thread.cpu));
    return text + ")";
}

void print_start(const std::string& program, const DriverRunner& driver) {
    const driver::Settings& settings = driver.settings();
    std::string threads;
    for (const PlannedThread& thread : driver.plan()) {
        threads.append(threads.empty() ? "" : ", ").append(thread_text(thread));
    }
    const bool is_default = settings.directory == platform::default_directory();
    const std::string where = is_default ? "" : " --dir " + settings.directory;
    print(program, version_line(program) + ", a media driver compatible with Aeron 1.54\n" +
                       "threads: " + threads + "\n" + "files:   for " +
                       access_text(settings.file_access) + " (tern.file.access)\n" + program +
                       " is ready: directory=" + settings.directory +
                       " version=" + std::string{tern::version_text()} +
                       " pid=" + std::to_string(platform::process_id()) + "\n" +
                       "next, in another terminal: tern stat" + where +
                       "   (Ctrl-C here stops the driver)\n");
}

void serve(DriverRunner& driver) {
    if (!driver.is_invoker()) {
        platform::wait_for_stop();
        return;
    }
    while (platform::stop_signal() == 0) driver.idle(driver.do_work());  // we are the invoker
}

std::string reason_text(int stopped_by) {
    const char* const signal = platform::name_of_stop_signal(stopped_by);
    return signal != nullptr ? signal : "a client's request";
}

int run(const std::string& program, const DriverOptions& options) {
    platform::OsFileSystem files;
    auto loaded = load_driver_settings(options, platform::environment(), files);
    if (!loaded) return fail(program, loaded.error());
    for (const std::string& warning : loaded->warnings) complain(warning);

    platform::catch_stop_signals();
    const bool prints_configuration = loaded->settings.print_configuration;
    auto driver = DriverRunner::start({
        .settings = std::move(loaded->settings),
        .hooks = {.termination_hook = [] { platform::request_stop(kStoppedByClient); }},
        .notice = complain,
        .is_given_up = [] { return platform::stop_signal() != 0; },
    });
    const bool is_given_up = !driver && platform::stop_signal() != 0;
    if (is_given_up) {
        print(program, program + ": stopped (" + reason_text(platform::stop_signal()) +
                           ") before it was ready\n");
        return kSuccess;
    }
    if (!driver) return fail(program, driver.error());
    if (prints_configuration) print(program, (*driver)->dump());
    print_start(program, **driver);
    serve(**driver);
    print(program,
          program + ": shutting down driver (" + reason_text(platform::stop_signal()) + ")...\n");
    if (auto closed = (*driver)->close(); !closed) return fail(program, closed.error());
    return kSuccess;
}

}  // namespace

int run_driver(int argc, const char* const* argv) {
    std::string program = argc > 0 ? argv[0] : "ternd";
    if (const std::size_t slash = program.rfind('/'); slash != program.npos)
        program.erase(0, slash + 1);
    const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    auto options = parse_driver_options(arguments);
    if (!options) {
        complain(program + ": " + options.error().text + "; see " + program + " --help");
        return kWrongUsage;
    }
    platform::ignore_broken_pipes();
    switch (options->action) {
        case DriverOptions::Action::help:
            return print(program, driver_help(program)) ? kSuccess : kFailure;
        case DriverOptions::Action::version:
            return print(program, version_line(program) + "\n") ? kSuccess : kFailure;
        case DriverOptions::Action::run: break;
    }
    return run(program, *options);
}

}  // namespace tern::runtime

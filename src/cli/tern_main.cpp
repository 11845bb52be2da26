/// The command `tern`.

#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tern/base/version.hpp"
#include "tern/cli/command.hpp"
#include "tern/cli/help_format.hpp"
#include "tern/cli/output.hpp"
#include "tern/cli/usage_error.hpp"
#include "tern/platform/signals.hpp"
#include "tern/runtime/driver_program.hpp"

namespace tern::cli {
namespace {

void add_commands(CLI::App& app, int& status) {
    app.name("tern");
    auto format = std::make_shared<HelpFormat>();
    format->column_width(28);
    format->label("OPTIONS", "OPTIONS");
    app.formatter(format);
    app.require_subcommand(1);
    const std::string version = "tern " + std::string{version_text()};
    app.set_version_flag("--version", version + " (" + std::string{revision_text()} + ")",
                         "the version");
    app.set_help_flag("-h,--help", "this text");
    app.footer(std::string{"tern COMMAND --help says more.\n"} + kExitStatusHelp);
    // Its arguments are the driver's own and never come here: see main().
    app.add_subcommand("driver", "run a media driver, as ternd does");
    add_pub(app, status);
    add_sub(app, status);
    add_ping(app, status);
    add_pong(app, status);
    add_stat(app, status);
    add_errors(app, status);
    add_loss(app, status);
    add_demo(app, status);
    for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        command->group("Commands");
    }
}

/// The --dir of the command that ran.
DirectoryOption directory_of(const CLI::App& app) {
    DirectoryOption driver;
    for (const CLI::App* command : app.get_subcommands()) {
        const CLI::Option* option = command->get_option_no_throw("--dir");
        if (option != nullptr && !option->empty()) driver.directory = option->as<std::string>();
    }
    return driver;
}

int report(const CLI::App& app, std::string_view text, int status) {
    note(program_of(app) + ": " + std::string{text});
    return status;
}

/// Runs the command, or prints the help or the version that was asked for.
void parse(CLI::App& app, int argc, char** argv) {
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& asked) {
        std::ostringstream answer;
        app.exit(asked, answer);
        print(answer.str());
    }
}

int run(int argc, char** argv) {
    platform::ignore_broken_pipes();
    int status = kSuccess;
    CLI::App app{"Low-latency messaging: run a driver, send, receive, measure and watch."};
    add_commands(app, status);
    if (const std::string_view first = argc > 1 ? argv[1] : "-"; !first.starts_with('-')) {
        const std::string fault = explain_command(app, first);
        if (!fault.empty()) return report(app, fault, kWrongUsage);
    }
    try {
        parse(app, argc, argv);
        return status;
    } catch (const CLI::ParseError& error) {
        return report(app, explain(app, error), kWrongUsage);
    } catch (const CommandError& error) {
        return report(app, error.what(), error.status());
    } catch (const DriverNotRunning& error) {
        return report(app, error.what(), kNoDriver);
    } catch (const DriverTimeout& error) {
        return report(app, text_of_driver_end(error.what(), directory_of(app)), kNoDriver);
    } catch (const RegistrationError& error) {
        const bool is_channel = error.code() == ErrorCode::invalid_channel;
        const char* hint = is_channel ? "; use for example --channel aeron:ipc, or "
                                        "--channel 'aeron:udp?endpoint=HOST:PORT'" : "";
        return report(app, std::string{error.what()} + hint, kFailure);
    } catch (const std::exception& error) { return report(app, error.what(), kFailure); }
}

}  // namespace
}  // namespace tern::cli

int main(int argc, char** argv) {
    if (argc > 1 && std::string_view{argv[1]} == "driver") {
        std::vector<const char*> arguments{"tern driver"};
        arguments.insert(arguments.end(), argv + 2, argv + argc);
        return tern::runtime::run_driver(static_cast<int>(arguments.size()), arguments.data());
    }
    return tern::cli::run(argc, argv);
}

#include "tern/cli/command.hpp"

#include <cmath>
#include <limits>

#include "tern/platform/environment.hpp"

namespace tern::cli {

void DirectoryOption::add_to(CLI::App& command) {
    command.add_option("-d,--dir", directory,
                       "the driver's directory (default: $AERON_DIR, else " +
                           platform::default_directory() + ")")
        ->type_name("PATH");
}

std::string DirectoryOption::resolved() const {
    if (!directory.empty()) return platform::absolute_path(directory);
    const auto environment = platform::environment();
    const auto set = environment.find("AERON_DIR");
    const bool is_set = set != environment.end() && !set->second.empty();
    return is_set ? platform::absolute_path(set->second) : platform::default_directory();
}

std::string DirectoryOption::as_argument() const {
    return directory.empty() ? "" : " --dir " + directory;
}

void StreamOptions::add_to(CLI::App& command) {
    driver.add_to(command);
    command.add_option("-c,--channel", config.channel, "channel URI")
        ->type_name("URI")
        ->capture_default_str();
    command.add_option("-s,--stream", config.stream, "stream id")
        ->type_name("ID")
        ->capture_default_str();
}

std::string StreamOptions::as_arguments() const {
    const Config defaults = StreamOptions{}.config;
    std::string text = driver.as_argument();
    if (config.channel != defaults.channel) text += " --channel '" + config.channel + "'";
    if (config.stream != defaults.stream) text += " --stream " + std::to_string(config.stream);
    return text;
}

std::string StreamOptions::text_of_stream(const Config& config) {
    return config.channel + " stream " + std::to_string(config.stream);
}

Context connect(const DirectoryOption& driver) {
    try {
        return Context{{.directory = driver.resolved()}};
    } catch (const DriverNotRunning& missing) {
        throw CommandError(std::string{missing.what()} + "; start one with: tern driver" +
                               driver.as_argument(),
                           kNoDriver);
    }
}

std::chrono::nanoseconds seconds(double value) {
    using Limits = std::numeric_limits<std::chrono::nanoseconds::rep>;
    const double nanos = value * 1e9;
    if (!(nanos < static_cast<double>(Limits::max()) / 4))
        return std::chrono::nanoseconds{Limits::max() / 4};
    return std::chrono::nanoseconds{std::llround(std::max(0.0, nanos))};
}

void throw_stream_ended(const Context& context, const std::string& stream) {
    if (const auto fatal = context.fatal_error()) throw_error(*fatal);
    throw CommandError("the end of " + stream + " was closed; see: tern errors");
}

}  // namespace tern::cli

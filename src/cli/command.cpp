#include "tern/cli/command.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <sstream>

#include "tern/base/value_parser.hpp"
#include "tern/cli/driver_files.hpp"
#include "tern/cli/pause.hpp"
#include "tern/client/liveness.hpp"
#include "tern/platform/environment.hpp"

namespace tern::cli {
namespace {

/// The whole text as a number; nullopt where it is none.
std::optional<double> number_of(const std::string& text) {
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    const bool is_number = !text.empty() && end == text.c_str() + text.size();
    return is_number && !std::isnan(value) ? std::optional{value} : std::nullopt;
}

std::string no_number(const std::string& text) {
    return (text.empty() ? "''" : text) + " is not a number";
}

}  // namespace

void DirectoryOption::add_to(CLI::App& command) {
    command
        .add_option("-d,--dir", directory,
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
        ->check(id())
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

Context connect(const DirectoryOption& driver, const std::string& name) {
    const std::string directory = driver.resolved();
    try {
        Context::Options options{.directory = directory};
        if (!platform::environment().contains("AERON_CLIENT_NAME")) options.client_name = name;
        return Context{options};
    } catch (const DriverNotRunning&) {
        refuse_foreign(directory + "/" + kCncFileName, MapMode::read_write);
        throw CommandError("no driver is running in " + directory +
                               "; start one with: tern driver" + driver.as_argument() +
                               ", or name another directory with --dir",
                           kNoDriver);
    }
}

std::string channel_in_use(const Subscription& subscription) {
    constexpr int kTries = 100;  // the address is there before its channel counts as active
    for (int i = 0; i < kTries; ++i) {
        if (const auto channel = subscription.channel_with_resolved_port()) return *channel;
        if (!pause_unless_stopped(std::chrono::milliseconds{10})) break;
    }
    throw CommandError("the driver does not say which port " + subscription.channel() +
                       " uses; see: tern stat");
}

std::chrono::nanoseconds seconds(double value) {
    using Limits = std::numeric_limits<std::chrono::nanoseconds::rep>;
    const double nanos = value * 1e9;
    if (!(nanos < static_cast<double>(Limits::max()) / 4))
        return std::chrono::nanoseconds{Limits::max() / 4};
    return std::chrono::nanoseconds{std::llround(std::max(0.0, nanos))};
}

CLI::Validator above_zero() {
    return CLI::Validator(
        [](std::string& text) -> std::string {
            const auto value = number_of(text);
            if (!value) return no_number(text);
            return *value > 0 ? "" : text + " is not above 0";
        },
        "ABOVE 0");
}

CLI::Validator not_negative() {
    return CLI::Validator(
        [](std::string& text) -> std::string {
            const auto value = number_of(text);
            if (!value) return no_number(text);
            return *value >= 0 ? "" : text + " is not 0 or more";
        },
        "0 OR MORE");
}

CLI::Validator between(double least, double most) {
    return CLI::Validator(
        [least, most](std::string& text) -> std::string {
            const auto value = number_of(text);
            if (!value) return no_number(text);
            if (*value >= least && *value <= most) return "";
            std::ostringstream fault;
            fault << text << " is not between " << least << " and " << most;
            return fault.str();
        },
        "BETWEEN");
}

CLI::Validator count_from(std::int64_t least) {
    return CLI::Validator(
        [least](std::string& text) -> std::string {
            const auto value = number_of(text);
            if (!value) return no_number(text);
            if (*value < static_cast<double>(least)) {
                return text + (least > 0 ? " is not above 0" : " is not 0 or more");
            }
            return parse_int64(text) ? "" : text + " is not a whole number that fits";
        },
        "COUNT");
}

CLI::Validator id() {
    return CLI::Validator(
        [](std::string& text) -> std::string {
            if (!number_of(text)) return no_number(text);
            return parse_int32(text) ? "" : text + " is not a whole number that fits";
        },
        "ID");
}

CLI::Validator byte_size(std::uint64_t least, std::uint64_t most) {
    return CLI::Validator(
        [least, most](std::string& text) -> std::string {
            const auto size = parse_size(text);
            if (!size) return text + " is not a size such as 100, 64k or 1m";
            if (*size < least || *size > most) {
                return text + " is not between " + format_size(least) + " and " + format_size(most);
            }
            text = std::to_string(*size);
            return "";
        },
        "BYTE SIZE");
}

std::string text_of_driver_end(std::string_view error, const DirectoryOption& driver) {
    const std::string_view died = client::kDriverDied;
    const std::string who = "the driver in " + driver.resolved();
    if (error == client::kDriverWasStopped) return who + " was stopped";
    if (!error.starts_with(died)) return std::string{error};
    return who + " died (no heartbeat: " + std::string{error.substr(died.size())} +
           "); start it again with: tern driver" + driver.as_argument();
}

void throw_stream_ended(const Context& context, const std::string& stream) {
    if (const auto fatal = context.fatal_error()) throw_error(*fatal);
    throw CommandError("the end of " + stream + " was closed; see: tern errors");
}

}  // namespace tern::cli

#pragma once

/// What the commands of `tern` have in common: options, exit statuses, and how they are registered.

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "tern/context.hpp"
#include "tern/everyday.hpp"

namespace tern::cli {

/// Exit statuses, the same for all commands; kExitStatusHelp is their documentation.
inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;
inline constexpr int kWrongUsage = 2;
inline constexpr int kNoDriver = 3;
inline constexpr int kDriverHasErrors = 4;
inline constexpr const char* kExitStatusHelp =
    "Exit status: 0 success, 1 failure, 2 wrong usage, 3 no driver or a dead one";

/// Channels by example, for the end of a help text.
inline constexpr const char* kChannelHelp =
    "Channels, in quotes:\n"
    "  aeron:ipc                                      programs of this machine\n"
    "  aeron:udp?endpoint=10.0.0.7:40123              from anywhere to the host 10.0.0.7\n"
    "  aeron:udp?endpoint=224.0.1.1:40456|interface=10.0.0.0/24\n"
    "                                                 to all hosts that subscribe (multicast)\n";

/// The most bytes that an option for the size of messages takes. What a stream takes depends on its
/// terms, and is less as a rule.
inline constexpr std::uint64_t kLongestMessage = 16 * 1024 * 1024;

/// Ends a command: main prints the text, which says what to do, and exits with the status.
class CommandError : public std::runtime_error {
  public:
    explicit CommandError(const std::string& text, int status = kFailure)
        : std::runtime_error(text), status_(status) {}
    int status() const { return status_; }

  private:
    int status_;
};

/// Each adds its command to the app. The command runs within the parsing, sets `status`, and throws
/// CommandError or tern::Exception where it fails.
void add_pub(CLI::App& app, int& status);
void add_sub(CLI::App& app, int& status);
void add_ping(CLI::App& app, int& status);
void add_pong(CLI::App& app, int& status);
void add_stat(CLI::App& app, int& status);
void add_errors(CLI::App& app, int& status);
void add_loss(CLI::App& app, int& status);
void add_demo(CLI::App& app, int& status);

/// --dir: where the driver's files are.
struct DirectoryOption {
    std::string directory;  // empty: $AERON_DIR, or the default

    void add_to(CLI::App& command);
    /// The directory itself, never empty.
    std::string resolved() const;
    /// " --dir <directory>" where it is not the default one: for a hint to be typed.
    std::string as_argument() const;
};

/// --dir, --channel and --stream, and a connection made from them.
struct StreamOptions {
    DirectoryOption driver;
    Config config{.channel = "aeron:ipc", .stream = 1001};

    void add_to(CLI::App& command);
    /// " --channel <channel> --stream <id>" where they are not the defaults.
    std::string as_arguments() const;
    /// "aeron:ipc stream 1001"
    std::string as_text() const { return text_of_stream(config); }
    static std::string text_of_stream(const Config& config);
};

/// A client called `name` ("tern sub"). Throws CommandError with a text that says what to do.
Context connect(const DirectoryOption& driver, const std::string& name);

/// The subscription's channel with the port that the driver chose where it was free to. Throws
/// CommandError where it does not say.
std::string channel_in_use(const Subscription& subscription);

/// Seconds of an option as a duration; "forever" and what does not fit is the longest.
std::chrono::nanoseconds seconds(double value);

/// Checks of numbers whose complaints are for people.
CLI::Validator above_zero();
CLI::Validator not_negative();
CLI::Validator between(double least, double most);
/// Whole numbers: so many, at least `least` of them (0 or 1), and ids.
CLI::Validator count_from(std::int64_t least);
CLI::Validator id();
/// Turns "64k" into 65536, and wants it between `least` and `most`.
CLI::Validator byte_size(std::uint64_t least, std::uint64_t most);

/// For somebody at a terminal: a client's error, in plain words where it tells of the driver's end.
std::string text_of_driver_end(std::string_view error, const DirectoryOption& driver);

/// Throws what made the context or one of its streams end: a dead driver, most of all.
[[noreturn]] void throw_stream_ended(const Context& context, const std::string& stream);

}  // namespace tern::cli

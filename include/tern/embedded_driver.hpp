#pragma once

/// A media driver inside of this process, for programs that want no second one. It installs no
/// signal handler, prints nothing and never ends the process; any number of them may run side by
/// side.
///
///     tern::EmbeddedDriver driver;   // a directory of its own, gone with it
///     tern::Context ctx{{.directory = driver.directory()}};

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "tern/errors.hpp"

namespace tern {

/// The driver could not start: the text says why and what to do.
class DriverStartError : public Exception {
  public:
    using Exception::Exception;
};

class EmbeddedDriver {
  public:
    struct Options {
        /// Where the driver's files go. Empty: a fresh directory beside the default one, deleted
        /// when the driver is closed.
        std::string directory;

        /// Settings of the driver by the names that they have in a properties file, such as
        /// {"aeron.ipc.term.buffer.length", "1m"}. Unlike a stand-alone driver this one does not
        /// take a text that cannot be read, or a value out of range, for something else: it does
        /// not start.
        std::map<std::string, std::string> settings;

        /// Whether AERON_... and TERN_... variables count too, below `settings`.
        bool use_environment = false;

        /// No threads: the program calls do_work() often enough for every client to be served.
        bool invoker = false;

        /// What a stand-alone driver would print on standard error (an old directory, saved
        /// errors). Called within the constructor only.
        std::function<void(std::string_view line)> on_notice;

        /// Called first on every thread of the driver, with its role.
        std::function<void(std::string_view role)> on_agent_start;

        /// Whether a client that sends this token may ask for the driver's end. Empty: what the
        /// setting aeron.driver.termination.validator says, which is no. Called on a thread of the
        /// driver.
        std::function<bool(std::span<const std::byte> token)> termination_validator;

        /// A client asked for the driver's end, and may. The program has to close the driver, from
        /// another thread than this call's.
        std::function<void()> on_termination_request;
    };

    /// Starts the driver; clients may connect from here on. Throws DriverStartError.
    EmbeddedDriver();
    explicit EmbeddedDriver(Options options);
    /// Closes it.
    ~EmbeddedDriver();
    EmbeddedDriver(EmbeddedDriver&&) noexcept;
    EmbeddedDriver& operator=(EmbeddedDriver&&) noexcept;

    /// The absolute path of its directory: what a client's context needs.
    const std::string& directory() const;

    /// One duty cycle; how much was done. With `invoker` only, and always from the same thread.
    int do_work();
    /// Waits a little where there was no work, as aeron.shared.idle.strategy says. With `invoker`
    /// only.
    void idle(int work_count);
    /// How long nothing will be due, unless a client asks for something. With `invoker` only.
    std::chrono::nanoseconds time_to_next_deadline() const;

    /// Stops its threads and deletes its log files; clients notice at once. Idempotent.
    void close();
    bool is_closed() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tern

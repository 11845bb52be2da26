#pragma once

/// A program that a test starts, talks to over pipes, and ends by its process id.
/// Every wait takes a generous limit that only exists so that a broken program fails the test
/// instead of hanging it; no test asserts how fast something was.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace tern::test {

inline constexpr std::chrono::seconds kPatience{60};

class ChildProcess {
  public:
    struct Options {
        std::vector<std::string>           argv;
        std::map<std::string, std::string> env;            // added to ours
        std::vector<std::string>           unset_env;      // taken out of ours
        std::string                        directory;      // empty: ours
        bool                               stderr_to_stdout = false;
        int                                network = -1;   // of a network namespace; -1: ours
    };
    struct Ended {
        int exit_code = -1;   // -1 where a signal ended it
        int signal = 0;
        bool operator==(const Ended&) const = default;
    };

    explicit ChildProcess(Options options);
    ~ChildProcess();   // kills the process where it still runs
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    pid_t pid() const { return pid_; }
    bool running();
    void send_line(const std::string& line);
    void close_stdin();
    /// The next line of its standard output, without the newline; nullopt at its end or past the
    /// limit.
    std::optional<std::string> read_line(std::chrono::milliseconds limit = kPatience);
    /// Reads lines until one contains `text`; that line, or nullopt.
    std::optional<std::string> read_until(const std::string& text,
                                          std::chrono::milliseconds limit = kPatience);
    /// What is left of its output, and how it ended. Past the limit it is killed and the test
    /// fails.
    Ended wait(std::chrono::milliseconds limit = kPatience);
    void signal(int number);
    /// Everything read so far from standard output and standard error, for messages.
    const std::string& output() const { return output_; }
    const std::string& errors() const { return errors_; }

  private:
    bool pump(std::chrono::steady_clock::time_point deadline);   // false: nothing more to come
    std::optional<std::string> take_line(bool at_end);

    pid_t                pid_ = -1;
    int                  stdin_ = -1;
    int                  stdout_ = -1;
    int                  stderr_ = -1;
    std::string          output_, errors_;
    std::size_t          line_start_ = 0;
    std::optional<Ended> ended_;
};

inline constexpr ChildProcess::Ended kCleanEnd{.exit_code = 0, .signal = 0};

inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
}

/// Runs a program to its end.
struct Finished {
    ChildProcess::Ended ended;
    std::string         output, errors;
};
Finished run(ChildProcess::Options options, const std::string& input = "");

}  // namespace tern::test

#pragma once

/// A program that this one starts, reads from, and ends. For programs only.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tern/base/clock.hpp"
#include "tern/base/error.hpp"
#include "tern/platform/line_input.hpp"

namespace tern::platform {

class ChildProgram {
  public:
    /// argv[0] is a path. Its standard input is empty, its standard output comes here, and its
    /// standard error goes where ours goes.
    static Result<std::unique_ptr<ChildProgram>> start(const std::vector<std::string>& argv);
    /// Kills it where it still runs.
    ~ChildProgram();
    ChildProgram(const ChildProgram&) = delete;
    ChildProgram& operator=(const ChildProgram&) = delete;

    std::int64_t pid() const { return pid_; }
    /// The lines that it prints.
    LineInput& output() { return output_; }
    /// SIGTERM.
    void ask_to_stop();
    /// Waits for its end: its exit status, or 128 and the signal that ended it.
    int wait();

  private:
    ChildProgram(int pid, FileDescriptor output) : pid_(pid), output_(std::move(output)) {}

    int       pid_;
    LineInput output_;
    bool      ended_ = false;
    int       status_ = 0;
};

/// The path of the program that runs this code.
std::string own_program();

/// From here on this process gets SIGTERM when the one that started it ends. False where that one
/// has ended already.
bool stop_with_parent(std::int64_t parent_pid);

}  // namespace tern::platform

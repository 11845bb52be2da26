#pragma once

/// Lines from a file, a pipe or a terminal, without ever waiting longer than one is told to: the
/// caller can look in between whether it was asked to stop. One thread.

#include <optional>
#include <string>

#include "tern/base/clock.hpp"
#include "tern/base/error.hpp"
#include "tern/platform/file_descriptor.hpp"

namespace tern::platform {

class LineInput {
  public:
    enum class Outcome { line, nothing_yet, end, failed };

    /// Without a delimiter all of the input is one line. The delimiter is not a part of a line; a
    /// last line needs none.
    explicit LineInput(FileDescriptor file, std::optional<char> delimiter = '\n')
        : file_(std::move(file)), delimiter_(delimiter) {}
    static Result<LineInput> open(const std::string& path, std::optional<char> delimiter = '\n');
    /// Standard input, which stays open when this goes.
    static Result<LineInput> standard_input(std::optional<char> delimiter = '\n');

    /// Waits for at most so long, or until a signal comes. `line` is set with Outcome::line only.
    Outcome next(std::string& line, Nanos at_most);
    /// Why the last call failed.
    const Error& error() const { return error_; }

  private:
    bool take_line(std::string& line);
    Outcome read_some(Nanos at_most);

    FileDescriptor      file_;
    std::optional<char> delimiter_;
    std::string         buffer_;
    std::size_t         taken_ = 0;     // of the buffer
    std::size_t         searched_ = 0;  // up to here there is no delimiter
    bool                at_end_ = false;
    Error               error_;
};

}  // namespace tern::platform

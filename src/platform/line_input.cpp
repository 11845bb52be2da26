#include "tern/platform/line_input.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include "tern/platform/mapped_file.hpp"

namespace tern::platform {

Result<LineInput> LineInput::open(const std::string& path, std::optional<char> delimiter) {
    FileDescriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file) return system_error("opening", path, errno);
    return LineInput{std::move(file), delimiter};
}

Result<LineInput> LineInput::standard_input(std::optional<char> delimiter) {
    FileDescriptor file{::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)};
    if (!file) return system_error("opening", "standard input", errno);
    return LineInput{std::move(file), delimiter};
}

bool LineInput::take_line(std::string& line) {
    const std::size_t end =
        delimiter_ ? buffer_.find(*delimiter_, searched_) : std::string::npos;
    if (end != std::string::npos) {
        line.assign(buffer_, taken_, end - taken_);
        taken_ = searched_ = end + 1;
        return true;
    }
    searched_ = buffer_.size();
    if (!at_end_ || taken_ == buffer_.size()) return false;
    line.assign(buffer_, taken_);
    taken_ = buffer_.size();
    return true;
}

LineInput::Outcome LineInput::read_some(Nanos at_most) {
    pollfd readable{.fd = file_.get(), .events = POLLIN, .revents = 0};
    const auto millis = std::chrono::ceil<Millis>(at_most).count();
    const auto limit = std::numeric_limits<int>::max();
    const int ready = ::poll(&readable, 1, static_cast<int>(std::clamp<std::int64_t>(
                                               millis, 0, limit)));
    if (ready <= 0) return Outcome::nothing_yet;
    std::array<char, 64 * 1024> piece;
    const ssize_t length = ::read(file_.get(), piece.data(), piece.size());
    if (length < 0) {
        if (errno == EINTR || errno == EAGAIN) return Outcome::nothing_yet;
        error_ = system_error("reading", "the input", errno);
        return Outcome::failed;
    }
    buffer_.erase(0, taken_);
    searched_ -= taken_;
    taken_ = 0;
    buffer_.append(piece.data(), static_cast<std::size_t>(length));
    at_end_ = length == 0;
    return Outcome::line;
}

LineInput::Outcome LineInput::next(std::string& line, Nanos at_most) {
    while (true) {
        if (take_line(line)) return Outcome::line;
        if (at_end_) return Outcome::end;
        if (const Outcome outcome = read_some(at_most); outcome != Outcome::line) return outcome;
    }
}

}  // namespace tern::platform

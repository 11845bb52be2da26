#include "support/child_process.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace tern::test {

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

SteadyTime from_now(std::chrono::milliseconds limit) {
    return std::chrono::steady_clock::now() + limit;
}

int millis_until(SteadyTime deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    return left.count() > 0 ? static_cast<int>(left.count()) : 0;
}

std::vector<std::string> environment_of(const ChildProcess::Options& options) {
    std::map<std::string, std::string> merged;
    for (char** at = environ; *at != nullptr; ++at) {
        const std::string entry{*at};
        const std::size_t equals = entry.find('=');
        merged[entry.substr(0, equals)] = entry.substr(equals + 1);
    }
    for (const std::string& name : options.unset_env) {
        merged.erase(name);
    }
    for (const auto& [name, value] : options.env) {
        merged[name] = value;
    }
    std::vector<std::string> entries;
    for (const auto& [name, value] : merged) {
        entries.push_back(name + "=" + value);
    }
    return entries;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

struct Pipe {
    int read_end, write_end;
    Pipe() {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) {
            throw std::runtime_error(std::string{"pipe2: "} + std::strerror(errno));
        }
        read_end = ends[0];
        write_end = ends[1];
    }
};

void drop(int& fd) {
    if (fd >= 0) {
        close(fd);
        fd = -1;
    }
}

}  // namespace

ChildProcess::ChildProcess(Options options) {
    Pipe in, out, err;
    std::vector<std::string> env = environment_of(options);
    const std::vector<char*> env_pointers = pointers_to(env);
    const std::vector<char*> arg_pointers = pointers_to(options.argv);
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ < 0) {
        throw std::runtime_error(std::string{"fork: "} + std::strerror(errno));
    }
    if (pid_ == 0) {
        // Ends with the test, however that ends.
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) {
            _exit(127);
        }
        dup2(in.read_end, STDIN_FILENO);
        dup2(out.write_end, STDOUT_FILENO);
        dup2(options.stderr_to_stdout ? out.write_end : err.write_end, STDERR_FILENO);
        if (options.network >= 0 && setns(options.network, CLONE_NEWNET) != 0) {
            _exit(125);
        }
        if (!options.directory.empty() && chdir(options.directory.c_str()) != 0) {
            _exit(126);
        }
        execvpe(arg_pointers[0], arg_pointers.data(), env_pointers.data());
        dprintf(STDERR_FILENO, "cannot start %s: %s\n", arg_pointers[0], std::strerror(errno));
        _exit(127);
    }
    close(in.read_end);
    close(out.write_end);
    close(err.write_end);
    stdin_ = in.write_end;
    stdout_ = out.read_end;
    stderr_ = err.read_end;
    fcntl(stdout_, F_SETFL, O_NONBLOCK);
    fcntl(stderr_, F_SETFL, O_NONBLOCK);
    ::signal(SIGPIPE, SIG_IGN);
}

ChildProcess::~ChildProcess() {
    if (!ended_) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    drop(stdin_);
    drop(stdout_);
    drop(stderr_);
}

bool ChildProcess::running() {
    if (ended_) {
        return false;
    }
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) != pid_) {
        return true;
    }
    ended_ = WIFEXITED(status) ? Ended{WEXITSTATUS(status), 0} : Ended{-1, WTERMSIG(status)};
    return false;
}

void ChildProcess::send_line(const std::string& line) {
    const std::string text = line + "\n";
    std::size_t sent = 0;
    while (sent < text.size()) {
        const ssize_t n = write(stdin_, text.data() + sent, text.size() - sent);
        if (n < 0) {
            ADD_FAILURE() << "process " << pid_ << " reads no more: " << std::strerror(errno)
                          << "\n" << output_ << errors_;
            return;
        }
        sent += static_cast<std::size_t>(n);
    }
}

void ChildProcess::close_stdin() { drop(stdin_); }

bool ChildProcess::pump(SteadyTime deadline) {
    pollfd fds[2] = {{stdout_, POLLIN, 0}, {stderr_, POLLIN, 0}};
    if (stdout_ < 0 && stderr_ < 0) {
        return false;
    }
    if (poll(fds, 2, millis_until(deadline)) <= 0) {
        return std::chrono::steady_clock::now() < deadline;
    }
    char chunk[4096];
    const auto drain = [&chunk](int& fd, const pollfd& state, std::string& into) {
        if (fd < 0 || state.revents == 0) {
            return;
        }
        const ssize_t n = read(fd, chunk, sizeof chunk);
        if (n > 0) {
            into.append(chunk, static_cast<std::size_t>(n));
        } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            drop(fd);
        }
    };
    drain(stdout_, fds[0], output_);
    drain(stderr_, fds[1], errors_);
    return true;
}

std::optional<std::string> ChildProcess::take_line(bool at_end) {
    const std::size_t newline = output_.find('\n', line_start_);
    if (newline != std::string::npos) {
        std::string line = output_.substr(line_start_, newline - line_start_);
        line_start_ = newline + 1;
        return line;
    }
    if (at_end && line_start_ < output_.size()) {
        std::string line = output_.substr(line_start_);
        line_start_ = output_.size();
        return line;
    }
    return std::nullopt;
}

std::optional<std::string> ChildProcess::read_line(std::chrono::milliseconds limit) {
    const SteadyTime deadline = from_now(limit);
    for (;;) {
        if (std::optional<std::string> line = take_line(stdout_ < 0)) {
            return line;
        }
        if (stdout_ < 0 || !pump(deadline)) {
            return take_line(true);
        }
    }
}

std::optional<std::string> ChildProcess::read_until(const std::string& text,
                                                    std::chrono::milliseconds limit) {
    const SteadyTime deadline = from_now(limit);
    while (std::optional<std::string> line =
               read_line(std::chrono::milliseconds{millis_until(deadline)})) {
        if (line->find(text) != std::string::npos) {
            return line;
        }
    }
    return std::nullopt;
}

ChildProcess::Ended ChildProcess::wait(std::chrono::milliseconds limit) {
    const SteadyTime deadline = from_now(limit);
    while (pump(deadline)) {
    }
    while (running()) {
        if (std::chrono::steady_clock::now() >= deadline) {
            ADD_FAILURE() << "process " << pid_ << " did not end\n" << output_ << errors_;
            signal(SIGKILL);
        }
        poll(nullptr, 0, 1);
    }
    return *ended_;
}

void ChildProcess::signal(int number) {
    if (running()) {
        kill(pid_, number);
    }
}

Finished run(ChildProcess::Options options, const std::string& input) {
    ChildProcess process{std::move(options)};
    if (!input.empty()) {
        process.send_line(input);
    }
    process.close_stdin();
    const ChildProcess::Ended ended = process.wait();
    return {ended, process.output(), process.errors()};
}

}  // namespace tern::test

#include "tern/platform/signals.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

namespace tern::platform {
namespace {

// A handler may do little but store and write, so the waiting is on the other end of a pipe.
std::atomic<int> stopped_by{0};
int wake_pipe[2] = {-1, -1};

void on_signal(int number) {
    if (stopped_by.load() != 0) {
        std::signal(number, SIG_DFL);
        std::raise(number);
        return;
    }
    request_stop(number);
}

}  // namespace

void ignore_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

void catch_stop_signals() {
    if (wake_pipe[0] < 0 && ::pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        wake_pipe[0] = wake_pipe[1] = -1;
#ifdef __SANITIZE_THREAD__
    // The run-time of GCC 12 loses a signal that comes in a thread's first blocking call.
    ::poll(nullptr, 0, 0);
#endif
    struct sigaction action{};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    ignore_broken_pipes();
}

int stop_signal() { return stopped_by.load(); }

void request_stop(int number) {
    const int saved = errno;
    int none = 0;
    stopped_by.compare_exchange_strong(none, number);
    if (wake_pipe[1] >= 0) {
        [[maybe_unused]] const ssize_t written = ::write(wake_pipe[1], "x", 1);
    }
    errno = saved;
}

void wait_for_stop() {
    while (stopped_by.load() == 0) {
        pollfd readable{.fd = wake_pipe[0], .events = POLLIN, .revents = 0};
        // Without a pipe (no file left to open) it looks ten times a second.
        ::poll(&readable, wake_pipe[0] >= 0 ? 1 : 0, wake_pipe[0] >= 0 ? -1 : 100);
    }
}

const char* name_of_stop_signal(int number) {
    return number == SIGINT ? "SIGINT" : number == SIGTERM ? "SIGTERM" : nullptr;
}

}  // namespace tern::platform

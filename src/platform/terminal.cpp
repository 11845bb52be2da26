#include "tern/platform/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

namespace tern::platform {

bool is_terminal(StandardStream stream) {
    switch (stream) {
        case StandardStream::input: return ::isatty(STDIN_FILENO) == 1;
        case StandardStream::output: return ::isatty(STDOUT_FILENO) == 1;
        case StandardStream::errors: break;
    }
    return ::isatty(STDERR_FILENO) == 1;
}

int terminal_width() {
    winsize size{};
    const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : 80;
}

}  // namespace tern::platform

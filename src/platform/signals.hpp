#pragma once

/// For programs only: a library installs no signal handler.

namespace tern::platform {

/// Makes SIGPIPE an error of the write.
void ignore_broken_pipes();

/// Makes SIGINT and SIGTERM ask for the end instead of ending the process, and ignores broken
/// pipes. A second SIGINT or SIGTERM ends the process at once. Once a process.
void catch_stop_signals();

/// The signal that asked for the end; 0 so far.
int stop_signal();

/// "SIGINT", "SIGTERM"; null for what catch_stop_signals does not catch.
const char* name_of_stop_signal(int number);

/// As if a signal had asked for it; `number` is what stop_signal() says then. Safe in a signal
/// handler.
void request_stop(int number);

/// Waits until the end is asked for, by a signal or by request_stop. Another thread may ask.
void wait_for_stop();

}  // namespace tern::platform

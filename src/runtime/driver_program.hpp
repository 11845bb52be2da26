#pragma once

/// The stand-alone media driver as a program: what `ternd` and `tern driver` run.

namespace tern::runtime {

/// Parses the arguments (argv[0] is the program's name in messages), runs a driver until SIGINT,
/// SIGTERM or a client that may asks for the end, and returns the exit status that --help
/// documents. Prints; catches signals. Once a process.
int run_driver(int argc, const char* const* argv);

}  // namespace tern::runtime

#pragma once

/// The program ternd as a test sees it: from outside.

#include <map>
#include <string>
#include <vector>

#include "support/child_process.hpp"
#include "support/temp_dir.hpp"
#include "tern/shm/cnc_file.hpp"

namespace tern::test {

/// Small buffers, quick timers, and a directory of its own inside of `temp`.
std::vector<std::string> small_driver_arguments(const std::string& directory);

/// A program with these arguments and none of Aeron's or our own variables but the given ones.
ChildProcess::Options program_options(const std::string& program,
                                      std::vector<std::string> arguments,
                                      std::map<std::string, std::string> environment = {});

class Ternd {
  public:
    /// Arguments beside the small driver's; variables of the environment (none of Aeron's is
    /// inherited).
    explicit Ternd(const std::string& directory, std::vector<std::string> arguments = {},
                   std::map<std::string, std::string> environment = {});

    /// Waits for the line that says it is ready; that line. Fails the test where none comes.
    std::string wait_until_ready();
    ChildProcess& process() { return process_; }
    ChildProcess::Ended stop(int signal);

  private:
    ChildProcess process_;
};

/// Runs ternd with exactly these arguments to its end.
Finished run_ternd(std::vector<std::string> arguments,
                   std::map<std::string, std::string> environment = {});

/// The cnc.dat in a directory.
CncFile open_cnc(const std::string& directory);
bool exists(const std::string& path);

}  // namespace tern::test

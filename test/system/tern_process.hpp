#pragma once

/// The command `tern` as a test sees it: from outside.

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "system/ternd_process.hpp"

namespace tern::test {

/// For a ChildProcess that runs tern.
ChildProcess::Options tern_options(std::vector<std::string> arguments);

/// Runs tern with exactly these arguments to its end.
Finished run_tern(std::vector<std::string> arguments, const std::string& input = "");

/// Fails the test, with the text, where it is not JSON; what it is.
nlohmann::json parse_json(const std::string& text);

/// A driver that is ready, and tern commands on its directory.
class TernOnDriver : public ::testing::Test {
  protected:
    TernOnDriver() { driver_.wait_until_ready(); }

    /// The arguments and --dir.
    std::vector<std::string> here(std::vector<std::string> arguments) const;
    Finished run_here(std::vector<std::string> arguments, const std::string& input = "") const {
        return run_tern(here(std::move(arguments)), input);
    }

    TempDir temp_;
    const std::string directory_ = temp_ / "aeron";
    Ternd driver_{directory_};
};

}  // namespace tern::test

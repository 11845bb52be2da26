#include "system/tern_process.hpp"

#include <gtest/gtest.h>

namespace tern::test {

ChildProcess::Options tern_options(std::vector<std::string> arguments) {
    return program_options(TERN_TERN, std::move(arguments));
}

Finished run_tern(std::vector<std::string> arguments, const std::string& input) {
    return run(tern_options(std::move(arguments)), input);
}

nlohmann::json parse_json(const std::string& text) {
    nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
    EXPECT_FALSE(json.is_discarded()) << text;
    return json;
}

std::vector<std::string> TernOnDriver::here(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--dir", directory_});
    return arguments;
}

}  // namespace tern::test

#pragma once

/// What to tell somebody whose command line was not understood.

#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace tern::cli {

/// The one of `known` that was probably meant; empty where none is near.
std::string nearest_name(std::string_view mistyped, const std::vector<std::string>& known);

/// "tern pub" where that command was being parsed, else "tern".
std::string program_of(const CLI::App& app);

/// "unknown option '--strem'; did you mean --stream? See: tern pub --help"
std::string explain(const CLI::App& app, const CLI::ParseError& error);

/// The same for a first word that is no command; empty where it is one.
std::string explain_command(const CLI::App& app, std::string_view word);

}  // namespace tern::cli

#include "tern/cli/help_format.hpp"

#include <string>

namespace tern::cli {

std::string HelpFormat::make_usage(const CLI::App* app, std::string name) const {
    const std::string usage = CLI::Formatter::make_usage(app, std::move(name));
    const std::size_t word = usage.find("SUBCOMMAND");
    return word == usage.npos ? usage : usage.substr(0, word) + "COMMAND\n";
}

std::string HelpFormat::make_option_opts(const CLI::Option* option) const {
    if (option->get_type_size() == 0 || option->get_positional()) return "";
    const std::string type = option->get_type_name();
    return " " + type.substr(0, type.find(':'));  // what follows is the name of a check
}

std::string HelpFormat::make_option_desc(const CLI::Option* option) const {
    const std::string value = option->get_default_str();
    const std::string text = option->get_description();
    return value.empty() ? text : text + " (default: " + value + ")";
}

}  // namespace tern::cli

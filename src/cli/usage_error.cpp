#include "tern/cli/usage_error.hpp"

#include <algorithm>

#include "tern/base/edit_distance.hpp"

namespace tern::cli {
namespace {

std::vector<std::string> option_names(const CLI::App& command) {
    std::vector<std::string> names;
    for (const CLI::Option* option : command.get_options()) {
        if (option->get_group().empty()) continue;  // hidden
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
        for (const std::string& name : option->get_snames()) names.push_back("-" + name);
    }
    return names;
}

std::vector<std::string> command_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(command->get_name());
    }
    return names;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

const CLI::App& command_of(const CLI::App& app) {
    const auto chosen = app.get_subcommands();
    return chosen.empty() ? app : *chosen.front();
}

std::string see_help(const CLI::App& app) { return "See: " + program_of(app) + " --help"; }

std::string explain_extra(const CLI::App& app, const std::string& word) {
    if (word.size() < 2 || word.front() != '-') {
        return "unexpected argument '" + word + "'; leave it out. " + see_help(app);
    }
    const std::string name = word.substr(0, word.find('='));
    const std::string meant = nearest_name(name, option_names(command_of(app)));
    return "unknown option '" + name + "'" +
           (meant.empty() ? ". " : "; did you mean " + meant + "? ") + see_help(app);
}

}  // namespace

std::string nearest_name(std::string_view mistyped, const std::vector<std::string>& known) {
    // Two letters exchanged count as two; of four no more may be wrong than that.
    const std::size_t letters =
        mistyped.size() - std::min(mistyped.find_first_not_of('-'), mistyped.size());
    const std::size_t close = letters < 2 ? 0 : std::min<std::size_t>(3, 1 + letters / 3);
    std::string nearest;
    std::size_t least = close + 1;
    for (const std::string& name : known) {
        const bool is_start = mistyped.size() >= 3 && name.starts_with(mistyped);
        const std::size_t distance = is_start ? 0 : edit_distance(mistyped, name);
        if (distance < least) {
            least = distance;
            nearest = name;
        }
    }
    return nearest;
}

std::string program_of(const CLI::App& app) {
    const auto chosen = app.get_subcommands();
    return chosen.empty() ? "tern" : "tern " + chosen.front()->get_name();
}

std::string explain(const CLI::App& app, const CLI::ParseError& error) {
    const auto extra = command_of(app).remaining();
    const bool is_extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
    const bool lacks_command =
        dynamic_cast<const CLI::RequiredError*>(&error) != nullptr && app.get_subcommands().empty();
    if ((is_extra || lacks_command) && !extra.empty()) return explain_extra(app, extra.front());
    if (lacks_command) {
        return "say which command: " + joined(command_names(app)) + ". " + see_help(app);
    }
    std::string text = error.what();
    constexpr std::string_view kNoNumber = "Could not convert: ";
    if (text.starts_with(kNoNumber)) {
        text = text.substr(kNoNumber.size()) + " is not a number that fits";
    }
    while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
    return text + ". " + see_help(app);
}

std::string explain_command(const CLI::App& app, std::string_view word) {
    const std::vector<std::string> names = command_names(app);
    if (std::find(names.begin(), names.end(), word) != names.end()) return "";
    const std::string meant = nearest_name(word, names);
    return "no command '" + std::string{word} + "'" +
           (meant.empty() ? "; there are " + joined(names) : "; did you mean " + meant + "?");
}

}  // namespace tern::cli

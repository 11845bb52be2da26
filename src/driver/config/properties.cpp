#include "tern/driver/config/properties.hpp"

#include <optional>

namespace tern::driver {
namespace {

constexpr std::size_t kLongestLine =
    2046;  // without its line feed; also for all lines of one property

Error invalid(std::string text) { return {ErrorCode::generic_error, std::move(text)}; }

std::string_view skip_blanks(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    return first == text.npos ? std::string_view{} : text.substr(first);
}

std::optional<Property> split(std::string_view text) {
    text = skip_blanks(text);
    const std::size_t separator = text.find_first_of("=:");
    if (separator == text.npos) return std::nullopt;
    std::string_view name = text.substr(0, separator);
    while (name.ends_with(' ') || name.ends_with('\t')) name.remove_suffix(1);
    if (name.empty()) return std::nullopt;
    return Property{.name = std::string{name},
                    .value = std::string{skip_blanks(text.substr(separator + 1))}};
}

}  // namespace

Result<Property> parse_define(std::string_view text) {
    auto property = split(text);
    if (!property)
        return invalid("malformed define: " + std::string{text} + " (expected -Dname=value)");
    return *std::move(property);
}

Result<std::vector<Property>> parse_properties(std::string_view text, const std::string& file) {
    std::vector<Property> properties;
    std::string pending;   // a property so far, over its continuation lines
    int pending_line = 0;  // where it began; 0: none
    for (int line = 1; !text.empty(); ++line) {
        const std::string at = "properties file line " + std::to_string(line) + " ";
        const std::size_t end = text.find('\n');
        if (end == text.npos || end > kLongestLine + 1) {
            return invalid(at + "too long or does not end with newline: " + file);
        }
        std::string_view content = text.substr(0, end);
        text.remove_prefix(end + 1);
        if (content.ends_with('\r')) content.remove_suffix(1);
        content = skip_blanks(content);
        if (content.empty() || content[0] == '#' || content[0] == '!') continue;

        if (pending_line == 0) pending_line = line;
        const bool continues = content.ends_with('\\');
        if (continues) content.remove_suffix(1);
        if (pending.size() + content.size() > kLongestLine) {
            return invalid("line length of " + std::to_string(pending.size() + content.size()) +
                           " too long for parser state: line " + std::to_string(pending_line) +
                           " of " + file);
        }
        pending += content;
        if (continues) continue;

        auto property = split(pending);
        if (!property) return invalid(at + "malformed (expected name=value): " + file);
        property->line = pending_line;
        properties.push_back(*std::move(property));
        pending.clear();
        pending_line = 0;
    }
    if (pending_line != 0) {
        return invalid("properties file line " + std::to_string(pending_line) +
                       " malformed: it continues behind the end of " + file);
    }
    return properties;
}

}  // namespace tern::driver

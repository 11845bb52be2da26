#include "tern/driver/config/config_values.hpp"

namespace tern::driver {

std::string environment_name(std::string_view property) {
    std::string name{property};
    for (char& c : name) {
        if (c == '.') {
            c = '_';
        } else if (c >= 'a' && c <= 'z') {
            c = static_cast<char>(c - 'a' + 'A');
        }
    }
    return name;
}

ConfigValues::ConfigValues(const std::map<std::string, std::string>& environment) {
    for (const auto& [name, text] : environment) {
        // A variable that is set to nothing counts as not set, as an empty property does.
        if (!text.empty() && (name.starts_with("AERON_") || name.starts_with("TERN_"))) {
            values_[name] = {text, name + " of the environment"};
        }
    }
}

Result<void> ConfigValues::define(std::string_view text) {
    auto property = parse_define(text);
    if (!property) return std::move(property).error();
    set(*property, "-D" + property->name);
    return {};
}

Result<bool> ConfigValues::load_file(const std::string& file, FileSystem& files) {
    constexpr std::string_view kScheme = "file://";
    if (file.starts_with("http://") || file.starts_with("https://")) {
        return Error{
            ErrorCode::not_supported,
            "properties over HTTP are not supported yet: fetch " + file + " and name the file"};
    }
    const std::string path = file.starts_with(kScheme) ? file.substr(kScheme.size()) : file;
    if (!files.exists(path)) return false;
    constexpr std::uint64_t kLongestFile = 16 * 1024 * 1024;
    auto text = files.read_text(path, kLongestFile);
    if (!text) return std::move(text).error().within("could not open properties file: " + file);
    auto properties = parse_properties(*text, file);
    if (!properties) return std::move(properties).error();
    for (const Property& property : *properties) {
        set(property, property.name + " in line " + std::to_string(property.line) + " of " + file);
    }
    return true;
}

const ConfigValues::Value* ConfigValues::find(std::string_view property) const {
    const auto found = values_.find(environment_name(property));
    return found == values_.end() ? nullptr : &found->second;
}

void ConfigValues::set(const Property& property, std::string origin) {
    named_.emplace_back(property.name, origin);
    const std::string variable = environment_name(property.name);
    if (property.value.empty()) {
        values_.erase(variable);  // back to the default
    } else {
        values_[variable] = {property.value, std::move(origin)};
    }
}

}  // namespace tern::driver

#include "tern/driver/config/load_settings.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "tern/base/value_parser.hpp"
#include "tern/driver/config/setting_table.hpp"

namespace tern::driver {
namespace {

Error refused(std::string text) { return {ErrorCode::generic_error, std::move(text)}; }

/// What became of one text: a value was set, it could not be read, or it was out of range.
struct Outcome {
    enum class Kind { set, unreadable, clamped, refused } kind = Kind::set;
    std::string detail;  // what would be right, or what is used instead
};
const Outcome kSet{};

Outcome unreadable(std::string expected) {
    return {Outcome::Kind::unreadable, std::move(expected)};
}
Outcome refuse(std::string why) { return {Outcome::Kind::refused, std::move(why)}; }

std::optional<std::int64_t> read_number(Syntax syntax, std::string_view text) {
    const auto narrow = [](std::uint64_t value) {
        return static_cast<std::int64_t>(std::min<std::uint64_t>(value, INT64_MAX));
    };
    switch (syntax) {
        case Syntax::size:
            if (auto value = parse_size(text)) return narrow(*value);
            return std::nullopt;
        case Syntax::duration:
            if (auto value = parse_duration(text)) return value->count();
            return std::nullopt;
        case Syntax::milliseconds:
        case Syntax::leading_number:
            if (auto value = parse_leading_uint64(text)) return narrow(*value);
            return std::nullopt;
        default: return parse_int64(text);
    }
}

std::string_view expectation(Syntax syntax) {
    switch (syntax) {
        case Syntax::size: return "a size such as 65536 or 64k";
        case Syntax::duration: return "a duration such as 5s or 200ms";
        case Syntax::milliseconds: return "a number of milliseconds such as 10000";
        default: return "a number";
    }
}

template <typename T>
T number_as(std::int64_t value) {
    if constexpr (std::is_same_v<T, Nanos>) {
        return Nanos{value};
    } else if constexpr (std::is_same_v<T, Millis>) {
        return Millis{value};
    } else {
        return static_cast<T>(value);
    }
}

/// Numbers of every width, sizes and durations.
template <typename T>
Outcome read_into(T& target, const SettingRow& row, std::string_view text) {
    auto value = read_number(row.syntax, text);
    if (!value) return unreadable(std::string{expectation(row.syntax)});
    const std::int64_t kept = std::clamp(*value, row.least, row.most);
    target = number_as<T>(kept);
    if (kept == *value) return kSet;
    return {Outcome::Kind::clamped, "allowed is " + std::to_string(row.least) + " to " +
                                        std::to_string(row.most) + ", using " +
                                        std::to_string(kept)};
}

Outcome read_into(bool& target, const SettingRow&, std::string_view text) {
    auto value = parse_bool_prefix(text);
    if (!value) return unreadable("true or false");
    target = *value;
    return kSet;
}

Outcome read_into(std::string& target, const SettingRow& row, std::string_view text) {
    constexpr std::size_t kLongestPath = 4095;
    if (row.property == "aeron.dir" && text.size() > kLongestPath) {
        return refuse("the directory may have 4095 bytes at most, not " +
                      std::to_string(text.size()));
    }
    const SupplierKind kind = supplier_kind(row.property);
    if (kind.known.empty()) {
        target = text;
        return kSet;
    }
    std::string names;
    for (const Supplier& known : kind.known) {
        if (text == known.alias || text == known.symbol) {
            target = known.alias;
            return kSet;
        }
        names += (names.empty() ? "" : ", ") + std::string{known.alias};
    }
    return refuse("could not find " + std::string{kind.kind} + " " + std::string{text} +
                  ": it can be " + names);
}

Outcome read_into(std::optional<std::int64_t>& target, const SettingRow& row,
                  std::string_view text) {
    std::int64_t value = -1;  // Aeron: a group tag that cannot be read is present all the same
    Outcome outcome = read_into(value, row, text);
    target = value;
    if (outcome.kind == Outcome::Kind::unreadable) {
        return {Outcome::Kind::clamped, "expected " + outcome.detail + ", using -1"};
    }
    return outcome;
}

Outcome read_into(std::optional<Nanos>& target, const SettingRow& row, std::string_view text) {
    Nanos value{};
    Outcome outcome = read_into(value, row, text);
    if (outcome.kind != Outcome::Kind::unreadable) target = value;
    return outcome;
}

Outcome read_into(std::vector<std::string>& target, const SettingRow& row, std::string_view text) {
    const bool interceptors = row.property.ends_with("interceptors");
    const bool neighbors = row.property.ends_with("neighbor");
    const std::size_t longest = neighbors ? std::numeric_limits<std::size_t>::max() : 4094;
    if (text.size() >= longest) {
        return refuse("Interceptors list too long, must have: " + std::to_string(text.size()) +
                      " < 4094");
    }
    target.clear();
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t comma = rest.find(',');
        if (const std::string_view item = rest.substr(0, comma); !item.empty())
            target.emplace_back(item);
        rest = comma == rest.npos ? std::string_view{} : rest.substr(comma + 1);
    }
    const std::size_t most = neighbors ? 20 : 10;
    if (target.size() <= most) return kSet;
    if (interceptors)
        return refuse("Too many interceptors defined, limit 10: " + std::string{text});
    return refuse("too many entries, limit " + std::to_string(most) + ": " + std::string{text});
}

Outcome read_into(PortRange& target, const SettingRow&, std::string_view text) {
    const std::string expected =
        "expected two port numbers with a blank between, such as 20000 20100";
    const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
    std::int64_t ports[2] = {0, 0};
    std::size_t at = 0;
    for (std::int64_t& port : ports) {
        while (at < text.size() && is_blank(text[at])) ++at;
        std::size_t end = at;
        while (end < text.size() && !is_blank(text[end])) ++end;
        const std::string_view digits = text.substr(at, end - at);
        const bool decimal =
            !digits.empty() && digits.find_first_not_of("0123456789") == digits.npos;
        auto value = decimal ? parse_size(digits) : std::nullopt;
        if (!value || *value > 65535) return refuse("port range is malformed: " + expected);
        port = static_cast<std::int64_t>(*value);
        at = end;
    }
    while (at < text.size() && is_blank(text[at])) ++at;
    if (at != text.size()) return refuse("port range is malformed: " + expected);
    if (ports[0] > ports[1]) return refuse("low port should be less than or equal to high port");
    target = {static_cast<std::uint16_t>(ports[0]), static_cast<std::uint16_t>(ports[1])};
    return kSet;
}

Outcome read_into(TriState& target, const SettingRow&, std::string_view text) {
    target = text == "true"    ? TriState::force_true
             : text == "infer" ? TriState::infer
                               : TriState::force_false;
    return kSet;
}

Outcome read_into(ThreadingMode& target, const SettingRow&, std::string_view text) {
    if (text == "DEDICATED") {
        target = ThreadingMode::dedicated;
    } else if (text == "SHARED_NETWORK") {
        target = ThreadingMode::shared_network;
    } else if (text == "SHARED") {
        target = ThreadingMode::shared;
    } else if (text == "INVOKER") {
        target = ThreadingMode::invoker;
    } else {
        return unreadable("DEDICATED, SHARED_NETWORK, SHARED or INVOKER");
    }
    return kSet;
}

Outcome read_into(ThreadNaming& target, const SettingRow&, std::string_view text) {
    if (text != "classic" && text != "new") return unreadable("classic or new");
    target = text == "new" ? ThreadNaming::modern : ThreadNaming::classic;
    return kSet;
}

Outcome read_into(FileAccess& target, const SettingRow&, std::string_view text) {
    if (text == "owner") {
        target = FileAccess::owner;
    } else if (text == "group") {
        target = FileAccess::group;
    } else if (text == "all") {
        target = FileAccess::all;
    } else {
        // Never a guess where rights are concerned.
        return refuse("expected owner, group or all");
    }
    return kSet;
}

/// The value of a property, under its own name or the one that it has in Java.
const ConfigValues::Value* find_value(const ConfigValues& values, std::string_view property) {
    if (const auto* value = values.find(property)) return value;
    for (const Alias& alias : setting_aliases()) {
        if (alias.property != property) continue;
        if (const auto* value = values.find(alias.name)) return value;
    }
    return nullptr;
}

Result<void> read_rows(const ConfigValues& values, LoadedSettings& loaded,
                       std::vector<std::string>& faults) {
    for (const SettingRow& row : setting_rows()) {
        const ConfigValues::Value* value = find_value(values, row.property);
        if (value == nullptr) continue;
        const Outcome outcome = std::visit(
            [&](auto member) { return read_into(loaded.settings.*member, row, value->text); },
            row.member);
        const std::string given = environment_name(row.property) + "=" + value->text;
        const std::string from = " (" + value->origin + ")";
        switch (outcome.kind) {
            case Outcome::Kind::set: break;
            case Outcome::Kind::unreadable:
                faults.push_back(given + " is invalid, using default: expected " + outcome.detail +
                                 from);
                break;
            case Outcome::Kind::clamped:
                faults.push_back(given + " is out of range: " + outcome.detail + from);
                break;
            case Outcome::Kind::refused: return refused(outcome.detail + ": " + given + from);
        }
    }
    return {};
}

Result<void> read_idle_strategies(const ConfigValues& values, Settings& settings) {
    for (const IdleRow& row : idle_rows()) {
        const std::string args_property = std::string{row.property} + ".init.args";
        const ConfigValues::Value* name = values.find(row.property);
        const ConfigValues::Value* args = values.find(args_property);
        if (name == nullptr && (args == nullptr || row.arguments_need_name)) continue;
        const std::string_view default_name = idle_strategy_name((settings.*row.member).kind);
        auto options =
            parse_idle_strategy(name != nullptr ? std::string_view{name->text} : default_name,
                                args != nullptr ? std::string_view{args->text} : "");
        if (!options) {
            const bool at_args =
                args != nullptr && options.error().text.find("idle strategy") == std::string::npos;
            const ConfigValues::Value* at = at_args || name == nullptr ? args : name;
            return refused(options.error().text + ": " + at->text + " (" + at->origin + ")");
        }
        settings.*row.member = *options;
    }
    return {};
}

bool is_in_table(std::string_view property) {
    const std::string variable = environment_name(property);
    const auto same = [&](std::string_view known) { return environment_name(known) == variable; };
    for (const SettingRow& row : setting_rows()) {
        if (same(row.property)) return true;
    }
    for (const IdleRow& row : idle_rows()) {
        if (same(row.property) || same(std::string{row.property} + ".init.args")) return true;
    }
    for (const Alias& alias : setting_aliases()) {
        if (same(alias.name)) return true;
    }
    return false;
}

/// Only -D options and files: an environment holds the settings of other programs too.
void look_for_typing_errors(const ConfigValues& values, std::vector<std::string>& faults) {
    for (const auto& [property, origin] : values.named()) {
        const bool ours = property.starts_with("aeron.") || property.starts_with("tern.");
        if (!ours || is_in_table(property) || is_known_elsewhere(property)) continue;
        const std::string_view nearest = nearest_property(property);
        faults.push_back(property + " is not a setting of this driver" +
                         (nearest.empty() ? "" : "; did you mean " + std::string{nearest} + "?") +
                         " (" + origin + ")");
    }
}

}  // namespace

Result<LoadedSettings> load_settings(const ConfigValues& values, const Settings& defaults) {
    LoadedSettings loaded{.settings = defaults};
    std::vector<std::string> faults;
    if (auto read = read_rows(values, loaded, faults); !read) return std::move(read).error();
    if (auto read = read_idle_strategies(values, loaded.settings); !read)
        return std::move(read).error();
    look_for_typing_errors(values, faults);
    if (loaded.settings.strict_configuration && !faults.empty()) {
        return refused(faults.front() +
                       "; tern.config.strict is on, so the driver does not start with it");
    }
    for (std::string& fault : faults) loaded.warnings.push_back("WARNING: " + std::move(fault));
    return loaded;
}

}  // namespace tern::driver

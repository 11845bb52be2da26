#pragma once

/// The settings that the driver knows: the name of each, how its text reads, its range, and where
/// the value goes. One row a setting; reading, checking and printing all walk this table.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tern/driver/settings.hpp"

namespace tern::driver {

/// How the text of a setting is written (spec driver-config.md, section 3).
enum class Syntax {
    size,          // 64k
    duration,      // 5s; a bare number is nanoseconds
    milliseconds,  // a plain number; what follows it is ignored
    boolean,
    number,          // base 10, 0x or 0; the whole text
    leading_number,  // the same, what follows it is ignored
    tri_state,       // true, infer; anything else is false
    text,
    list,    // comma list
    ports,   // "low high"
    choice,  // one of a few names
};

using Member =
    std::variant<bool Settings::*, std::int64_t Settings::*, std::int32_t Settings::*,
                 std::uint32_t Settings::*, std::uint64_t Settings::*, std::uint8_t Settings::*,
                 Nanos Settings::*, Millis Settings::*, std::string Settings::*,
                 std::optional<std::int64_t> Settings::*, std::optional<Nanos> Settings::*,
                 std::vector<std::string> Settings::*, PortRange Settings::*, TriState Settings::*,
                 ThreadingMode Settings::*, ThreadNaming Settings::*, FileAccess Settings::*>;

struct SettingRow {
    std::string_view property;
    Syntax syntax;
    Member member;
    // For what is a number; of durations in nanoseconds. Texts outside are clamped.
    std::int64_t least = 0;
    std::int64_t most = INT64_MAX;
};

/// An idle strategy is two settings: a name, and under the same property with ".init.args" its
/// arguments.
struct IdleRow {
    std::string_view property;
    IdleOptions Settings::* member;
    bool arguments_need_name = false;  // the arguments alone change nothing
};

std::span<const SettingRow> setting_rows();
std::span<const IdleRow> idle_rows();

/// A second name for a property: what the Java driver calls it.
struct Alias {
    std::string_view name;
    std::string_view property;
};
std::span<const Alias> setting_aliases();

/// Suppliers and the like that are chosen by name: what Aeron calls them by alias and by symbol.
struct Supplier {
    std::string_view alias;
    std::string_view symbol;
};
/// What a setting of that property may name; empty where it is free text.
struct SupplierKind {
    std::string_view kind;  // for messages: "flow control"
    std::span<const Supplier> known;
};
SupplierKind supplier_kind(std::string_view property);

/// Whether some program of Aeron knows the property, though this driver has no use for it (settings
/// of clients, of the Java driver, of the archive, of older versions).
bool is_known_elsewhere(std::string_view property);

/// The property of the table that looks most like a mistyped one; empty where none is close.
std::string_view nearest_property(std::string_view mistyped);

}  // namespace tern::driver

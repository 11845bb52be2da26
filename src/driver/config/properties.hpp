#pragma once

/// Properties text: lines of `name=value` or `name:value` (spec driver-config.md, section 12).

#include <string>
#include <string_view>
#include <vector>

#include "tern/base/error.hpp"

namespace tern::driver {

struct Property {
    std::string name;
    std::string value;  // empty: back to the default
    int line = 1;       // where it begins
};

/// All properties of a file's text, in order. The error names the file and the line.
Result<std::vector<Property>> parse_properties(std::string_view text, const std::string& file);

/// One property as it is given to -D: "malformed define: <text>" where it is none.
Result<Property> parse_define(std::string_view text);

}  // namespace tern::driver

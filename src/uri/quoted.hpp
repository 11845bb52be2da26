#pragma once

/// What a user wrote, as an error shows it.

#include <string>
#include <string_view>

namespace tern::uri {

inline std::string quoted(std::string_view text) {
    return "'" + std::string{text} + "'";
}

}  // namespace tern::uri

#pragma once

/// How far a mistyped word is from the right one. Pure; any thread.

#include <cstddef>
#include <string_view>

namespace tern {

/// How many letters to insert, drop or change to make one text of the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace tern

#pragma once

/// Numbers in channels, with the reason where a text is none; for the .cpp files of this folder.

#include <cstdint>
#include <optional>
#include <string_view>

namespace tern::uri {

/// Digits with an optional minus: base 10 only, the whole text, 64 bits.
std::optional<std::int64_t> parse_decimal(std::string_view text);

/// Why parse_int32 or parse_int64 refused a text, in the words that Aeron's C driver takes from the
/// system: "Numerical result out of range", "Invalid argument".
std::string_view reason_of(std::string_view refused_number);

}  // namespace tern::uri

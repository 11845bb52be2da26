#pragma once

/// The value syntax that settings and channel parameters share: sizes ("64k"), durations ("5s"),
/// integers in C's three bases. Pure functions; nullopt where the text is not one.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tern/base/clock.hpp"

namespace tern {

/// Digits with an optional k, m or g in any case (powers of 1024). No sign, no blanks. Nullopt
/// where it is malformed or exceeds 2^63 - 1 (spec channel-uri.md, 3.1).
std::optional<std::uint64_t> parse_size(std::string_view text);

/// Digits with an optional s, ms, us or ns in any case; a bare number is nanoseconds. Saturates at
/// 2^63 - 1 ns (spec channel-uri.md, 3.2).
std::optional<Nanos> parse_duration(std::string_view text);

/// The texts that builders and labels print (spec channel-uri.md, 3.1, 3.2): the largest unit that
/// divides the value exactly, "64k", "1500ms"; plain digits and "ns" else. A duration is at least
/// 0.
std::string format_size(std::uint64_t value);
std::string format_duration(Nanos value);

/// A whole text as a signed integer: base 10, 0x hexadecimal or leading-0 octal; a sign is allowed.
std::optional<std::int64_t> parse_int64(std::string_view text);
std::optional<std::int32_t> parse_int32(std::string_view text);

/// The leading number of a text in the same bases; what follows it is ignored, as Aeron does for a
/// few settings. Nullopt where it does not begin with a number, and where it does not fit.
std::optional<std::uint64_t> parse_leading_uint64(std::string_view text);

/// True for a text that begins with "1", "on" or "true", false for "0", "off" or "false"; else
/// nullopt.
std::optional<bool> parse_bool_prefix(std::string_view text);

}  // namespace tern

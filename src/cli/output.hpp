#pragma once

/// How the commands write: numbers for people, colours only on a terminal, errors on stderr.

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "tern/cli/histogram.hpp"
#include "tern/base/clock.hpp"

namespace tern::cli {

using Json = nlohmann::ordered_json;

/// "-1,234,567"
std::string grouped(std::int64_t value);
/// Four significant digits and a unit: "1.234 us", "12.34 ms".
std::string duration_text(Nanos value);
/// "1.234 GB"; decimal units.
std::string bytes_text(double bytes);
/// "2026-01-31 09:05:07.042+0100", local time.
std::string time_text(Millis epoch);
/// The value right-aligned to `width` columns.
std::string right(std::string_view text, std::size_t width);

/// The text with control characters as "\x1b", but for ends of lines and tabs: what somebody else
/// wrote does not get at the terminal.
std::string printable(std::string_view text);

/// A line of JSON; bytes that are not UTF-8 are replaced.
std::string json_line(const Json& json);

// To standard output. False where nobody reads it any more; throws CommandError where it cannot be
// written for another reason.

/// Not seen before a flush(), or so many that it has to be.
bool write(std::string_view text);
bool flush();
/// Both of them.
bool print(std::string_view text);
bool print_json(const Json& json);
/// A line for people on standard error.
void note(std::string_view line);

/// The text in bold, green or red where standard output is a terminal and NO_COLOR is not set.
enum class Look { bold, good, bad, faint };
std::string styled(Look look, std::string_view text);
bool is_styled();

/// The usual percentiles: {"count":..,"min_ns":..,"p50_ns":..,...}.
Json percentiles_json(const Histogram& histogram);
/// Two lines: names and values.
std::string percentiles_table(const Histogram& histogram);

}  // namespace tern::cli

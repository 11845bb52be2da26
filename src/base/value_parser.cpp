#include "tern/base/value_parser.hpp"

#include <charconv>
#include <limits>

namespace tern {
namespace {

constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
    if (text.size() != lower_case.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (lower(text[i]) != lower_case[i]) return false;
    }
    return true;
}

struct Digits {
    std::uint64_t value = 0;
    bool overflow = false;  // of 64 bits
    std::string_view rest;
};

/// The digits that a text begins with, at least one.
std::optional<Digits> take_digits(std::string_view text, int base = 10) {
    Digits digits;
    const char* end = text.data() + text.size();
    auto [stop, error] = std::from_chars(text.data(), end, digits.value, base);
    if (error == std::errc::invalid_argument) return std::nullopt;
    digits.overflow = error == std::errc::result_out_of_range;
    digits.rest = std::string_view{stop, static_cast<std::size_t>(end - stop)};
    return digits;
}

/// Digits in one of C's bases: "0x1f", "017", "15".
std::optional<Digits> take_number(std::string_view text) {
    if (text.size() > 2 && text[0] == '0' && lower(text[1]) == 'x') {
        if (auto digits = take_digits(text.substr(2), 16)) return digits;
        return Digits{.value = 0, .rest = text.substr(1)};  // "0xg": the zero, then "xg"
    }
    return take_digits(text, text.size() > 1 && text[0] == '0' ? 8 : 10);
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
    auto digits = take_digits(text);
    if (!digits || digits->overflow || digits->rest.size() > 1) return std::nullopt;
    std::uint64_t factor = 1;
    if (!digits->rest.empty()) {
        switch (lower(digits->rest[0])) {
            case 'k': factor = 1024; break;
            case 'm': factor = 1024 * 1024; break;
            case 'g': factor = 1024 * 1024 * 1024; break;
            default: return std::nullopt;
        }
    }
    if (digits->value > kLargest / factor) return std::nullopt;
    return digits->value * factor;
}

std::optional<Nanos> parse_duration(std::string_view text) {
    auto digits = take_digits(text);
    if (!digits) return std::nullopt;
    std::uint64_t factor = 1;
    if (digits->rest.empty() || equals_ignoring_case(digits->rest, "ns")) {
        factor = 1;
    } else if (equals_ignoring_case(digits->rest, "us")) {
        factor = 1'000;
    } else if (equals_ignoring_case(digits->rest, "ms")) {
        factor = 1'000'000;
    } else if (equals_ignoring_case(digits->rest, "s")) {
        factor = 1'000'000'000;
    } else {
        return std::nullopt;
    }
    if (digits->overflow || digits->value > kLargest / factor) return Nanos::max();
    return Nanos{static_cast<std::int64_t>(digits->value * factor)};
}

std::string format_size(std::uint64_t value) {
    struct Unit { std::uint64_t factor; const char* suffix; };
    for (Unit unit : {Unit{1 << 30, "g"}, Unit{1 << 20, "m"}, Unit{1 << 10, "k"}}) {
        if (value >= unit.factor && value % unit.factor == 0) {
            return std::to_string(value / unit.factor) + unit.suffix;
        }
    }
    return std::to_string(value);
}

std::string format_duration(Nanos value) {
    struct Unit { std::int64_t factor; const char* suffix; };
    for (Unit unit : {Unit{1'000'000'000, "s"}, Unit{1'000'000, "ms"}, Unit{1'000, "us"}}) {
        if (value.count() >= unit.factor && value.count() % unit.factor == 0) {
            return std::to_string(value.count() / unit.factor) + unit.suffix;
        }
    }
    return std::to_string(value.count()) + "ns";
}

std::optional<std::int64_t> parse_int64(std::string_view text) {
    const bool negative = !text.empty() && text[0] == '-';
    if (negative || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
    auto digits = take_number(text);
    if (!digits || digits->overflow || !digits->rest.empty()) return std::nullopt;
    if (digits->value > kLargest + (negative ? 1 : 0)) return std::nullopt;
    return static_cast<std::int64_t>(negative ? 0 - digits->value : digits->value);
}

std::optional<std::int32_t> parse_int32(std::string_view text) {
    auto value = parse_int64(text);
    if (!value || *value < std::numeric_limits<std::int32_t>::min() ||
        *value > std::numeric_limits<std::int32_t>::max()) {
        return std::nullopt;
    }
    return static_cast<std::int32_t>(*value);
}

std::optional<std::uint64_t> parse_leading_uint64(std::string_view text) {
    auto digits = take_number(text);
    if (!digits || digits->overflow) return std::nullopt;
    return digits->value;
}

std::optional<bool> parse_bool_prefix(std::string_view text) {
    for (std::string_view yes : {"1", "on", "true"}) {
        if (text.starts_with(yes)) return true;
    }
    for (std::string_view no : {"0", "off", "false"}) {
        if (text.starts_with(no)) return false;
    }
    return std::nullopt;
}

}  // namespace tern

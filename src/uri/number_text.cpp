#include "tern/uri/number_text.hpp"

#include <charconv>

namespace tern::uri {
namespace {

bool is_in_base(std::string_view digits, std::string_view allowed) {
    return !digits.empty() && digits.find_first_not_of(allowed) == std::string_view::npos;
}

bool looks_like_a_number(std::string_view text) {
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
    if (text.starts_with("0x") || text.starts_with("0X")) {
        return is_in_base(text.substr(2), "0123456789abcdefABCDEF");
    }
    return is_in_base(text, text.starts_with('0') ? "01234567" : "0123456789");
}

}  // namespace

std::optional<std::int64_t> parse_decimal(std::string_view text) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

std::string_view reason_of(std::string_view refused_number) {
    return looks_like_a_number(refused_number) ? "Numerical result out of range"
                                               : "Invalid argument";
}

}  // namespace tern::uri

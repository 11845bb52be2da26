#include "tern/base/ip_address.hpp"

#include <algorithm>
#include <charconv>

namespace tern {
namespace {

using Bytes16 = std::array<std::uint8_t, 16>;

constexpr std::size_t kGroups = 8;   // of 16 bits in an IPv6 address

/// A number of at most `max_digits` digits that is the whole text.
std::optional<unsigned> number(std::string_view text, int base, std::size_t max_digits) {
    unsigned value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value, base);
    if (text.size() > max_digits || error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

bool parse_quad(std::string_view text, std::uint8_t* out) {
    for (int i = 0; i < 4; ++i) {
        const std::size_t dot = text.find('.');
        const auto part = number(text.substr(0, dot), 10, 3);
        if (!part || *part > 255 || (dot == std::string_view::npos) != (i == 3)) return false;
        out[i] = static_cast<std::uint8_t>(*part);
        if (dot != std::string_view::npos) text.remove_prefix(dot + 1);
    }
    return true;
}

/// Groups that colons separate, the last perhaps a dotted quad. How many bytes they are, or
/// nullopt.
std::optional<std::size_t> parse_groups(std::string_view text, Bytes16& out) {
    std::size_t length = 0;
    while (!text.empty()) {
        const std::size_t colon = text.find(':');
        const std::string_view group = text.substr(0, colon);
        const bool is_last = colon == std::string_view::npos;
        if (is_last && group.find('.') != std::string_view::npos) {
            if (length + 4 > out.size() || !parse_quad(group, out.data() + length)) {
                return std::nullopt;
            }
            return length + 4;
        }
        const auto value = number(group, 16, 4);
        if (!value || length + 2 > out.size()) return std::nullopt;
        out[length++] = static_cast<std::uint8_t>(*value >> 8);
        out[length++] = static_cast<std::uint8_t>(*value & 0xFF);
        if (is_last) break;
        text.remove_prefix(colon + 1);
        if (text.empty()) return std::nullopt;   // a colon ends it
    }
    return length;
}

std::optional<Bytes16> parse_ipv6(std::string_view text) {
    const std::size_t gap = text.find("::");
    Bytes16 head{};
    if (gap == std::string_view::npos) {
        if (parse_groups(text, head) != head.size()) return std::nullopt;
        return head;
    }
    Bytes16 tail{};
    const std::string_view before = text.substr(0, gap);
    if (before.find('.') != std::string_view::npos) return std::nullopt;
    const auto head_length = parse_groups(before, head);
    const auto tail_length = parse_groups(text.substr(gap + 2), tail);
    if (!head_length || !tail_length || *head_length + *tail_length > 14) return std::nullopt;
    std::copy_n(tail.begin(), *tail_length,
                head.end() - static_cast<std::ptrdiff_t>(*tail_length));
    return head;
}

std::string quad_text(const std::uint8_t* bytes) {
    return std::to_string(bytes[0]) + "." + std::to_string(bytes[1]) + "." +
           std::to_string(bytes[2]) + "." + std::to_string(bytes[3]);
}

struct Run {
    std::size_t first = 0;
    std::size_t length = 0;
};

/// The longest run of groups that are zero, two at least; the first of equals.
Run longest_zero_run(const std::array<unsigned, kGroups>& groups) {
    Run best;
    for (std::size_t i = 0; i < kGroups;) {
        std::size_t end = i;
        while (end < kGroups && groups[end] == 0) ++end;
        if (end - i >= 2 && end - i > best.length) best = {i, end - i};
        i = std::max(end, i + 1);
    }
    return best;
}

/// An IPv4 address in IPv6's clothes is shown as a dotted quad after its prefix.
bool ends_in_quad(const std::array<unsigned, kGroups>& groups, const Run& zeros) {
    if (zeros.first != 0) return false;
    const bool is_compatible = zeros.length == 6;
    const bool is_mapped = zeros.length == 5 && groups[5] == 0xFFFF;
    return is_compatible || is_mapped;
}

std::string ipv6_text(const Bytes16& bytes) {
    std::array<unsigned, kGroups> groups;
    for (std::size_t i = 0; i < kGroups; ++i) groups[i] = bytes[2 * i] * 256u + bytes[2 * i + 1];
    const Run zeros = longest_zero_run(groups);
    const std::size_t count = ends_in_quad(groups, zeros) ? 6 : kGroups;
    std::string text;
    for (std::size_t i = 0; i < count;) {
        if (zeros.length > 0 && i == zeros.first) {
            text += "::";
            i += zeros.length;
            continue;
        }
        if (!text.empty() && text.back() != ':') text += ':';
        char digits[8];
        const auto end = std::to_chars(digits, digits + sizeof digits, groups[i], 16).ptr;
        text.append(digits, end);
        ++i;
    }
    if (count == kGroups) return text;
    if (text.back() != ':') text += ':';
    return text + quad_text(bytes.data() + 12);
}

}  // namespace

IpAddress IpAddress::any(AddressFamily family) {
    IpAddress address;
    address.family_ = family;
    return address;
}

IpAddress IpAddress::ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    IpAddress address;
    address.bytes_ = {a, b, c, d};
    return address;
}

IpAddress IpAddress::ipv6(const std::array<std::uint8_t, 16>& bytes) {
    IpAddress address;
    address.family_ = AddressFamily::ipv6;
    address.bytes_ = bytes;
    return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    const bool is_ipv6 = text.find(':') != std::string_view::npos;
    return parse(text, is_ipv6 ? AddressFamily::ipv6 : AddressFamily::ipv4);
}

std::optional<IpAddress> IpAddress::parse(std::string_view text, AddressFamily family) {
    if (family == AddressFamily::ipv6) {
        const auto bytes = parse_ipv6(text);
        if (!bytes) return std::nullopt;
        return ipv6(*bytes);
    }
    IpAddress address;
    if (!parse_quad(text, address.bytes_.data())) return std::nullopt;
    return address;
}

bool IpAddress::is_any() const {
    return std::all_of(bytes_.begin(), bytes_.end(), [](std::uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_multicast() const {
    return is_ipv6() ? bytes_[0] == 0xFF : (bytes_[0] & 0xF0) == 0xE0;
}

bool IpAddress::shares_prefix(const IpAddress& other, int bits) const {
    if (family_ != other.family_) return false;
    for (std::size_t i = 0; bits > 0; ++i, bits -= 8) {
        const unsigned mask = bits >= 8 ? 0xFFu : 0xFFu << (8 - bits);
        if (((bytes_[i] ^ other.bytes_[i]) & mask) != 0) return false;
    }
    return true;
}

IpAddress IpAddress::with_last_byte_incremented() const {
    IpAddress next = *this;
    ++next.bytes_[size() - 1];
    return next;
}

std::string IpAddress::text() const {
    return is_ipv6() ? ipv6_text(bytes_) : quad_text(bytes_.data());
}

std::string SocketAddress::text() const {
    const std::string host = ip.is_ipv6() ? "[" + ip.text() + "]" : ip.text();
    return host + ":" + std::to_string(port);
}

}  // namespace tern

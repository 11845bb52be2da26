#include "tern/uri/endpoint_text.hpp"

#include <charconv>
#include <optional>

#include "tern/uri/quoted.hpp"

namespace tern::uri {
namespace {

constexpr std::size_t kMaxHostLength = 383;
constexpr std::size_t kMaxPortLength = 7;

Error invalid(std::string_view what, std::string_view text) {
    return {ErrorCode::generic_error, std::string{what} + ": " + std::string{text}};
}

/// The text in front of the port and the port, or a fault. A text that begins with a bracket that
/// it never closes goes through: as a name it resolves to nothing, which says what is wrong.
struct Halves {
    std::string_view host;
    std::string_view port;
    bool             has_port = false;
    bool             is_bracketed = false;
};

std::optional<Halves> split(std::string_view text) {
    Halves halves;
    const std::size_t open = text.find('[');
    const std::size_t close = text.find(']');
    const bool has_open = open != std::string_view::npos;
    const bool has_close = close != std::string_view::npos;
    if (has_close && (!has_open || close < open)) return std::nullopt;
    if (has_open && !has_close && open != 0) return std::nullopt;
    if (has_close && open != 0) return std::nullopt;

    std::size_t colon = text.rfind(':');
    if (has_close) {
        halves.is_bracketed = true;
        halves.host = text.substr(1, close - 1);
        halves.host = halves.host.substr(0, halves.host.find('%'));
        const std::string_view rest = text.substr(close + 1);
        if (rest.empty()) return halves;
        if (rest[0] != ':') return std::nullopt;
        colon = close + 1;
    } else {
        halves.host = text.substr(0, colon);
        const bool is_bare_ipv6 = halves.host.find(':') != std::string_view::npos;
        if (is_bare_ipv6 && !has_open) return std::nullopt;
    }
    if (colon != std::string_view::npos) {
        halves.has_port = true;
        halves.port = text.substr(colon + 1);
    }
    return halves;
}

}  // namespace

Result<EndpointText> parse_endpoint(std::string_view text) {
    if (text.empty()) return Error{ErrorCode::generic_error, "no address value"};
    const std::optional<Halves> halves = split(text);
    if (!halves || halves->host.size() > kMaxHostLength) {
        return invalid("host address invalid", text);
    }
    if (!halves->has_port) return invalid("port invalid", quoted(""));
    if (halves->port.empty() || halves->port.size() > kMaxPortLength) {
        return invalid("port invalid", text);
    }
    std::uint32_t port = 0;
    const char* end = halves->port.data() + halves->port.size();
    const auto [stop, error] = std::from_chars(halves->port.data(), end, port);
    if (error != std::errc{} || stop != end) return invalid("port invalid", quoted(halves->port));
    if (port > 65535) return invalid("port out of range", quoted(halves->port));
    return EndpointText{.host = std::string{halves->host},
                        .port = static_cast<std::uint16_t>(port),
                        .is_bracketed = halves->is_bracketed};
}

bool has_wildcard_port(std::string_view endpoint) {
    return endpoint.ends_with(":0");
}

}  // namespace tern::uri

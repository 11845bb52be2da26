#include "tern/uri/interface_search.hpp"

#include <charconv>
#include <optional>

#include "tern/uri/endpoint_text.hpp"
#include "tern/uri/quoted.hpp"

namespace tern::uri {
namespace {

constexpr std::size_t kMaxNameLength = 15;
constexpr std::size_t kMaxPortDigits = 5;

Error fault(std::string text) {
    return {ErrorCode::generic_error, std::move(text)};
}

std::optional<unsigned> number(std::string_view text) {
    unsigned value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

Result<InterfaceSearch> parse_name_search(std::string_view text) {
    const std::size_t close = text.rfind('}');
    if (close == std::string_view::npos) return fault("name closing brace missing");
    const std::string_view name = text.substr(1, close - 1);
    if (name.empty() || name.size() > kMaxNameLength) {
        return fault("name length " + std::to_string(name.size()) + " out of bounds");
    }
    std::string_view rest = text.substr(close + 1);
    if (rest.empty()) return InterfaceSearch{NameSearch{std::string{name}, 0}};
    if (rest[0] != ':') return fault("unexpected character after name closing brace");
    rest.remove_prefix(1);
    if (rest.empty() || rest.size() > kMaxPortDigits) {
        return fault("port length " + std::to_string(rest.size()) + " out of bounds");
    }
    const auto port = number(rest);
    if (!port) return fault("port invalid: " + quoted(rest));
    if (*port > 65535) return fault("port out of range: " + quoted(rest));
    return InterfaceSearch{NameSearch{std::string{name}, static_cast<std::uint16_t>(*port)}};
}

/// True where the host of an address search is followed by a port. A colon inside brackets is part
/// of the address.
bool has_port(std::string_view host_and_port) {
    const std::size_t close = host_and_port.rfind(']');
    const std::size_t from = close == std::string_view::npos ? 0 : close;
    return host_and_port.find(':', from) != std::string_view::npos;
}

Result<InterfaceSearch> parse_address_search(std::string_view text) {
    const std::size_t slash = text.rfind('/');
    std::string host_and_port{text.substr(0, slash)};
    if (!has_port(host_and_port)) host_and_port += ":0";
    Result<EndpointText> parsed = parse_endpoint(host_and_port);
    if (!parsed) return std::move(parsed).error();

    const int widest = parsed->is_bracketed ? 128 : 32;
    AddressSearch search{.host = std::move(parsed->host),
                         .is_bracketed = parsed->is_bracketed,
                         .port = parsed->port,
                         .prefix_length = widest};
    if (slash != std::string_view::npos) {
        const std::string_view prefix = text.substr(slash + 1);
        if (prefix.empty()) return fault("subnet prefix invalid: " + std::string{text});
        const auto length = number(prefix);
        if (!length) return fault("prefixlen invalid: " + std::string{prefix});
        if (*length > static_cast<unsigned>(widest)) {
            return fault("prefixlen out of range: " + std::string{prefix});
        }
        search.prefix_length = static_cast<int>(*length);
    }
    return InterfaceSearch{std::move(search)};
}

// A loopback interface is taken only where nothing else was found before it; among those that can
// multicast the narrowest network wins, because it is the most particular to what was asked for.
std::optional<NetworkInterface> best_match(const std::vector<NetworkInterface>& interfaces,
                                           const IpAddress& wanted, int prefix_length) {
    std::optional<NetworkInterface> best;
    for (const NetworkInterface& candidate : interfaces) {
        if (!candidate.is_up || !candidate.address.shares_prefix(wanted, prefix_length)) continue;
        if (candidate.is_loopback) {
            if (!best) best = candidate;
        } else if (candidate.is_multicast_capable) {
            const bool is_first = !best || best->is_loopback;
            if (is_first || candidate.prefix_length > best->prefix_length) best = candidate;
        }
    }
    return best;
}

Result<LocalInterface> find_by_name(const NameSearch& search, AddressFamily family,
                                    HostNetwork& network) {
    bool is_known = false;
    for (const NetworkInterface& candidate : network.interfaces()) {
        if (!candidate.is_up || candidate.name != search.name) continue;
        is_known = true;
        if (candidate.address.family() == family) {
            return LocalInterface{{candidate.address, search.port}, candidate.index};
        }
    }
    if (!is_known) return fault("unknown interface " + search.name);
    const std::string_view family_name = family == AddressFamily::ipv6 ? "INET6" : "INET";
    return fault("no " + std::string{family_name} + " addresses found on interface " +
                 search.name);
}

}  // namespace

Result<InterfaceSearch> parse_interface_search(std::string_view text) {
    Result<InterfaceSearch> search =
        text.starts_with('{') ? parse_name_search(text) : parse_address_search(text);
    if (search) return search;
    return Error{search.error().code,
                 search.error().text + ": could not parse interface=" + quoted(text)};
}

Result<IpAddress> resolve_host(std::string_view host, bool is_bracketed, HostNetwork& network) {
    const AddressFamily family = is_bracketed ? AddressFamily::ipv6 : AddressFamily::ipv4;
    if (const auto literal = IpAddress::parse(host, family)) return *literal;
    Result<IpAddress> resolved = network.resolve(host);
    if (resolved) return resolved;
    return Error{ErrorCode::unknown_host, "Unable to resolve host=(" + std::string{host} + "): " +
                                              resolved.error().text};
}

Result<LocalInterface> find_interface(const InterfaceSearch& search, std::string_view text,
                                      AddressFamily family, HostNetwork& network) {
    if (const auto* by_name = std::get_if<NameSearch>(&search)) {
        return find_by_name(*by_name, family, network);
    }
    const auto& by_address = std::get<AddressSearch>(search);
    Result<IpAddress> wanted = resolve_host(by_address.host, by_address.is_bracketed, network);
    if (!wanted) return std::move(wanted).error();
    const auto found = best_match(network.interfaces(), *wanted, by_address.prefix_length);
    if (!found) return fault("could not find matching interface=" + quoted(text));
    return LocalInterface{{found->address, by_address.port}, found->index};
}

}  // namespace tern::uri

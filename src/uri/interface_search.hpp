#pragma once

/// The value of `interface` (spec channel-uri.md, 7.4): "192.168.0.0/24", "[fe80::]:0/10",
/// "{eth0}".

#include <string_view>
#include <variant>

#include "tern/uri/host_network.hpp"

namespace tern::uri {

struct AddressSearch {
    std::string   host;   // a literal or a name
    bool          is_bracketed = false;
    std::uint16_t port = 0;
    int           prefix_length = 32;   // bits that have to agree
};

struct NameSearch {
    std::string   name;
    std::uint16_t port = 0;
};

using InterfaceSearch = std::variant<AddressSearch, NameSearch>;

/// Errors: generic_error, "prefixlen out of range: 33", "name length 0 out of bounds", ..., each
/// ending with "could not parse interface='<text>'".
Result<InterfaceSearch> parse_interface_search(std::string_view text);

/// The interface that a search found.
struct LocalInterface {
    SocketAddress address;     // its own address, with the port of the search
    unsigned      index = 0;   // 0: any
};

/// `family` is the endpoint's, for searches by name. `text` is for errors: generic_error, "could
/// not find matching interface='<text>'", "unknown interface <name>", ...; unknown_host.
Result<LocalInterface> find_interface(const InterfaceSearch& search, std::string_view text,
                                      AddressFamily family, HostNetwork& network);

/// The address behind a host: a literal of the family that its brackets mean, or a name.
/// Errors: unknown_host, "Unable to resolve host=(<host>): <reason>".
Result<IpAddress> resolve_host(std::string_view host, bool is_bracketed, HostNetwork& network);

}  // namespace tern::uri

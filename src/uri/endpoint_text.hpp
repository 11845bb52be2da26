#pragma once

/// "host:port" and "[ipv6]:port", the values of `endpoint` and `control` (spec channel-uri.md,
/// 7.1).

#include <cstdint>
#include <string>
#include <string_view>

#include "tern/base/error.hpp"

namespace tern::uri {

struct EndpointText {
    std::string   host;   // a name or a literal address; without brackets and scope
    std::uint16_t port = 0;
    bool          is_bracketed = false;   // then an IPv6 address is meant
};

/// Takes a text apart; resolves nothing, so an empty host or one that cannot be a name passes.
/// Errors: generic_error, "port invalid: ...", "port out of range: ...", "host address invalid:
/// ...".
Result<EndpointText> parse_endpoint(std::string_view text);

/// For checks that come before the address is read: is the text after the last colon "0"?
bool has_wildcard_port(std::string_view endpoint);

}  // namespace tern::uri

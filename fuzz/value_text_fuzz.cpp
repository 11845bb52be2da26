/// Values of settings and channel parameters: sizes, durations, numbers, addresses. What was
/// accepted is printed and read back. Input: the text.

#include "target.hpp"
#include "tern/base/ip_address.hpp"
#include "tern/base/value_parser.hpp"
#include "tern/uri/endpoint_text.hpp"
#include "tern/uri/interface_search.hpp"

namespace tern::fuzz {

void run(ConstBytes bytes) {
    const std::string_view text = text_of(bytes);
    if (const auto size = parse_size(text)) {
        TERN_ASSERT(*size <= INT64_MAX && parse_size(format_size(*size)) == size);
    }
    if (const auto duration = parse_duration(text)) {
        TERN_ASSERT(*duration >= Nanos::zero());
        TERN_ASSERT(parse_duration(format_duration(*duration)) == duration);
    }
    if (const auto number = parse_int64(text)) {
        TERN_ASSERT(parse_int64(std::to_string(*number)) == number);
    }
    if (const auto number = parse_int32(text)) TERN_ASSERT(parse_int64(text) == *number);
    (void)parse_leading_uint64(text);
    (void)parse_bool_prefix(text);
    for (const AddressFamily family : {AddressFamily::ipv4, AddressFamily::ipv6}) {
        if (const auto address = IpAddress::parse(text, family)) {
            TERN_ASSERT(address->family() == family);
            TERN_ASSERT(IpAddress::parse(address->text()) == address);
        }
    }
    (void)uri::parse_endpoint(text);
    (void)uri::has_wildcard_port(text);
    (void)uri::parse_interface_search(text);
}

}  // namespace tern::fuzz

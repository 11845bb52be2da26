#pragma once

/// What is said about an error that a receiver reported of a publication (spec control-protocol.md
/// 5.10 and 14): the line of the error log, and the source as events carry it.

#include <algorithm>
#include <string>

#include "tern/base/ip_address.hpp"
#include "tern/protocol/publication_events.hpp"

namespace tern::driver {

inline std::string publication_error_text(const protocol::PublicationError& error) {
    return "onPublicationError: registrationId=" + std::to_string(error.registration_id) +
           ", destinationRegistrationId=" + std::to_string(error.destination_registration_id) +
           ", sessionId=" + std::to_string(error.session_id) +
           ", streamId=" + std::to_string(error.stream_id) +
           ", receiverId=" + std::to_string(error.receiver_id) +
           ", groupId=" + std::to_string(error.group_tag) +
           ", errorCode=" + std::to_string(error.error_code) +
           ", errorMessage=" + std::string(error.message);
}

inline protocol::SourceAddress source_address(const SocketAddress& address) {
    using Family = protocol::SourceAddress::Family;
    protocol::SourceAddress source{.family = address.ip.is_ipv6() ? Family::ipv6 : Family::ipv4,
                                   .port = address.port};
    std::transform(address.ip.bytes().begin(),
                   address.ip.bytes().begin() + static_cast<std::ptrdiff_t>(address.ip.size()),
                   source.bytes.begin(), [](std::uint8_t byte) { return std::byte{byte}; });
    return source;
}

}  // namespace tern::driver

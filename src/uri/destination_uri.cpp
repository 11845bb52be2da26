#include <array>

#include "tern/uri/channel_uri.hpp"
#include "tern/uri/endpoint_text.hpp"
#include "tern/uri/uri_keys.hpp"

namespace tern {
namespace {

Error invalid_channel(std::string text) {
    return {ErrorCode::invalid_channel, std::move(text)};
}
Error generic(std::string text) {
    return {ErrorCode::generic_error, std::move(text)};
}

/// What belongs to the whole channel cannot be said for one destination of it.
Result<void> check_keys(const ChannelUri& destination) {
    namespace k = uri::key;
    static constexpr std::array kForbidden{k::kMtu,        k::kReceiverWindow, k::kReceiveBuffer,
                                           k::kSendBuffer, k::kTrafficClass,
                                           k::kResponseCorrelationId};
    for (std::string_view key : kForbidden) {
        if (destination.has(key)) {
            return invalid_channel("destinations must not contain the key: " + std::string{key} +
                                   " channel=" + destination.text());
        }
    }
    if (destination.control_mode() == ControlMode::response) {
        return invalid_channel("destinations may not specify control-mode=response: channel=" +
                               destination.text());
    }
    return {};
}

}  // namespace

Result<ChannelUri> parse_send_destination(std::string_view text) {
    const std::string own{text};
    if (own.starts_with(ChannelUri::kSpyPrefix)) {
        return invalid_channel("Aeron spies are invalid as send destinations: " +
                               own.substr(0, ChannelUri::kMaxLength));
    }
    Result<ChannelUri> destination = ChannelUri::parse(own);
    if (!destination) return destination;
    const auto endpoint = destination->get(uri::key::kEndpoint);
    if (destination->is_ipc() || !endpoint) {
        return generic("incorrect URI format for destination: " + destination->text());
    }
    if (uri::has_wildcard_port(*endpoint)) {
        return generic("endpoint has port=0 for send destination: channel=" + destination->text());
    }
    if (Result<void> allowed = check_keys(*destination); !allowed) {
        return std::move(allowed).error();
    }
    return destination;
}

Result<ChannelUri> parse_receive_destination(std::string_view text) {
    Result<ChannelUri> destination = ChannelUri::parse(text);
    if (!destination || destination->is_ipc() || destination->is_spy()) return destination;
    if (Result<void> allowed = check_keys(*destination); !allowed) {
        return std::move(allowed).error();
    }
    return destination;
}

Result<void> check_takes_send_destinations(const ChannelUri& publication,
                                           std::int64_t registration_id) {
    if (!publication.is_ipc() && publication.control_mode() == ControlMode::manual) return {};
    return generic("channel does not allow manual control of destinations: "
                   "publication_registration_id=" + std::to_string(registration_id));
}

Result<void> check_takes_receive_destinations(const ChannelUri& subscription) {
    const bool is_network = !subscription.is_ipc() && !subscription.is_spy();
    if (is_network && subscription.control_mode() == ControlMode::manual) return {};
    return invalid_channel("channel does not allow manual control: channel=" +
                           subscription.text());
}

}  // namespace tern

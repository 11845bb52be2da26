#include "tern/uri/channel_uri_builder.hpp"
#include "tern/uri/endpoint_text.hpp"
#include "tern/uri/uri_keys.hpp"

namespace tern {

Result<std::string> with_session_id(std::string_view channel, std::int32_t session_id) {
    Result<ChannelUriBuilder> builder = ChannelUriBuilder::from(channel);
    if (!builder) return std::move(builder).error();
    return builder->session_id(session_id).build();
}

Result<std::string> with_alias_if_absent(std::string_view channel, std::string_view alias) {
    Result<ChannelUriBuilder> builder = ChannelUriBuilder::from(channel);
    if (!builder) return std::move(builder).error();
    if (builder->get(uri::key::kAlias)) return std::string{channel};
    return builder->alias(alias).build();
}

Result<std::string> with_wildcard_port_replaced(std::string_view channel,
                                                std::string_view host_and_port) {
    Result<ChannelUriBuilder> builder = ChannelUriBuilder::from(channel);
    if (!builder) return std::move(builder).error();
    Result<uri::EndpointText> bound = uri::parse_endpoint(host_and_port);
    if (!bound) return std::move(bound).error();
    if (bound->port == 0) {
        return Error{ErrorCode::invalid_channel,
                     "the port to put in must not be 0: " + std::string{host_and_port}};
    }
    const auto endpoint = builder->get(uri::key::kEndpoint);
    if (!endpoint) return builder->endpoint(host_and_port).build();
    if (!uri::has_wildcard_port(*endpoint)) return std::string{channel};
    std::string replaced{endpoint->substr(0, endpoint->size() - 1)};
    return builder->endpoint(replaced + std::to_string(bound->port)).build();
}

Result<std::string> destination_channel(std::string_view channel, std::string_view endpoint) {
    Result<ChannelUri> uri = ChannelUri::parse(channel);
    if (!uri) return std::move(uri).error();
    ChannelUriBuilder builder =
        uri->is_ipc() ? ChannelUriBuilder::ipc() : ChannelUriBuilder::udp();
    builder.endpoint(endpoint);
    if (const auto interface = uri->get(uri::key::kInterface)) {
        builder.network_interface(*interface);
    }
    return builder.build();
}

}  // namespace tern

#include "tern/driver/conductor/send_channels.hpp"

#include <algorithm>
#include <utility>

#include "tern/driver/media/channel_sockets.hpp"
#include "tern/uri/endpoint_sharing.hpp"

namespace tern::driver {
namespace {

constexpr std::string_view kSendStatus = "snd-channel";
constexpr std::string_view kSendAddress = "snd-local-sockaddr";
constexpr std::string_view kDestinationsName = "mdc-num-dest";

template <typename Map, typename Key>
void erase_entry(Map& map, const Key& key, const SendChannel& channel) {
    const auto [first, last] = map.equal_range(key);
    const auto found = std::find_if(
        first, last, [&channel](const auto& entry) { return entry.second == &channel; });
    if (found != last) map.erase(found);
}

Result<SendChannel*> usable(SendChannel* found) {
    if (found == nullptr || !found->is_closing) return found;
    return Error{ErrorCode::resource_temporarily_unavailable,
                 "send_channel_endpoint found in CLOSING state, please retry: channel=" +
                     found->endpoint->channel().uri.text()};
}

}  // namespace

SendChannels::SendChannels(Network& network, const Settings& settings, CounterTable& counters,
                           HandOver<SenderCommand>& to_sender)
    : network_(network),
      settings_(settings),
      counters_(counters),
      to_sender_(to_sender),
      ports_(settings.sender_wildcard_ports) {}

Result<SendChannel*> SendChannels::find(const uri::UdpChannel& channel) {
    if (channel.tag) {
        Result<SendChannel*> tagged = find_by_tag(channel);
        if (!tagged) return tagged;
        if (*tagged != nullptr) return usable(*tagged);
        if (Result<void> complete = uri::check_can_be_first_of_tag(channel); !complete) {
            return std::move(complete).error();
        }
    }
    SendChannel* match = nullptr;
    const auto [first, last] = by_canonical_form_.equal_range(channel.canonical_form);
    for (auto entry = first; entry != last; ++entry) {
        if (!uri::matches_by_canonical_form(channel, entry->second->endpoint->channel())) continue;
        match = entry->second;
        if (!match->is_closing) break;
    }
    return usable(match);
}

Result<SendChannel*> SendChannels::find_by_tag(const uri::UdpChannel& channel) {
    const auto [first, last] = by_tag_.equal_range(*channel.tag);
    for (auto entry = first; entry != last; ++entry) {
        const uri::UdpChannel& existing = entry->second->endpoint->channel();
        const Result<bool> matches =
            uri::matches_by_tag(channel, {.channel = existing,
                                          .remote_data = entry->second->remote_data,
                                          .local = existing.local});
        if (!matches) return matches.error();
        if (*matches) return entry->second;
    }
    return nullptr;
}

Result<SendChannel*> SendChannels::open(const uri::UdpChannel& channel,
                                        std::int64_t registration_id) {
    auto opened = std::make_unique<SendChannel>();
    opened->registration_id = registration_id;
    opened->remote_data = channel.remote_data;
    Result<SendEndpoint::Sockets> sockets = open_sockets(channel, *opened);
    if (!sockets) return std::move(sockets).error();
    // Of the socket that receives: a group's control socket is another one than that of the data.
    const UdpSocket& receiving = sockets->control ? *sockets->control : *sockets->data;
    const SocketAddress bound = receiving.local_address();
    if (Result<void> made = make_counters(channel, bound, *opened); !made) {
        free_counters(*opened);
        return std::move(made).error();
    }
    const Counter destinations =
        channel.is_multi_destination() ? counters_.counter(opened->destinations_id) : Counter{};
    opened->endpoint = std::make_unique<SendEndpoint>(channel, *std::move(sockets), destinations);
    SendChannel& added = *opened;
    to_sender_.put(AddSendEndpoint{.endpoint = added.endpoint.get()});
    set_status(counters_.counter(added.local_address_id), ChannelStatus::active);
    set_status(counters_.counter(added.status_id), ChannelStatus::active);
    by_canonical_form_.emplace(channel.canonical_form, &added);
    by_registration_id_.insert_or_assign(registration_id, &added);
    if (channel.tag) by_tag_.emplace(*channel.tag, &added);
    by_endpoint_.emplace(added.endpoint.get(), std::move(opened));
    return &added;
}

Result<SendEndpoint::Sockets> SendChannels::open_sockets(const uri::UdpChannel& channel,
                                                         SendChannel& opened) {
    SendSocketSpecs specs = send_socket_specs(channel, settings_);
    SendEndpoint::Sockets sockets;
    if (specs.data.bind) {
        Result<PortLease> port = ports_.take_for(specs.data, takes_sender_port(channel));
        if (!port) return std::move(port).error();
        opened.data_port = *std::move(port);
    }
    Result<std::unique_ptr<UdpSocket>> data = network_.open(specs.data);
    if (!data) return std::move(data).error();
    sockets.data = *std::move(data);
    if (!specs.control) return sockets;
    Result<PortLease> port = ports_.take_for(*specs.control, false);
    if (!port) return std::move(port).error();
    opened.control_port = *std::move(port);
    Result<std::unique_ptr<UdpSocket>> control = network_.open(*specs.control);
    if (!control) return std::move(control).error();
    sockets.control = *std::move(control);
    return sockets;
}

// In the order of Aeron's driver. All are ACTIVE only when everything can be read.
Result<void> SendChannels::make_counters(const uri::UdpChannel& channel, const SocketAddress& bound,
                                         SendChannel& opened) {
    const std::string& text = channel.uri.text();
    CounterSpec status =
        channel_counter(CounterType::send_channel, kSendStatus, opened.registration_id, text);
    status.label = channel_label(kSendStatus, text, bound.text());
    const Result<std::int32_t> status_id = counters_.allocate(status);
    if (!status_id) return status_id.error();
    opened.status_id = *status_id;
    if (channel.is_multi_destination()) {
        const Result<std::int32_t> destinations_id = counters_.allocate(channel_counter(
            CounterType::send_destinations, kDestinationsName, opened.registration_id, text));
        if (!destinations_id) return destinations_id.error();
        opened.destinations_id = *destinations_id;
    }
    const Result<std::int32_t> address_id = counters_.allocate(local_address_counter(
        kSendAddress, opened.registration_id, opened.status_id, bound.text()));
    if (!address_id) return address_id.error();
    opened.local_address_id = *address_id;
    return {};
}

void SendChannels::drop_reference(SendChannel& channel) {
    --channel.references;
    close_unused(channel);
}

void SendChannels::close_unused(SendChannel& channel) {
    if (channel.references > 0 || channel.is_closing) return;
    channel.is_closing = true;
    set_status(counters_.counter(channel.status_id), ChannelStatus::closing);
    to_sender_.put(RemoveSendEndpoint{.endpoint = channel.endpoint.get()});
}

void SendChannels::on_released(const SendEndpoint& endpoint) {
    const auto found = by_endpoint_.find(&endpoint);
    if (found == by_endpoint_.end()) return;
    SendChannel& channel = *found->second;
    const uri::UdpChannel& udp = endpoint.channel();
    erase_entry(by_canonical_form_, udp.canonical_form, channel);
    const auto same_id = by_registration_id_.find(channel.registration_id);
    if (same_id != by_registration_id_.end() && same_id->second == &channel) {
        by_registration_id_.erase(same_id);
    }
    if (udp.tag) erase_entry(by_tag_, *udp.tag, channel);
    free_counters(channel);
    by_endpoint_.erase(found);
}

void SendChannels::free_counters(const SendChannel& channel) {
    for (const std::int32_t id :
         {channel.local_address_id, channel.destinations_id, channel.status_id}) {
        if (id != kNullCounterId) counters_.free(id);
    }
}

SendChannel* SendChannels::find(const SendEndpoint* endpoint) {
    const auto found = by_endpoint_.find(endpoint);
    return found == by_endpoint_.end() || found->second->is_closing ? nullptr : found->second.get();
}

SendChannel* SendChannels::find_by_registration(std::int64_t registration_id) {
    const auto found = by_registration_id_.find(registration_id);
    return found == by_registration_id_.end() || found->second->is_closing ? nullptr
                                                                           : found->second;
}

void SendChannels::free_all() {
    for (const auto& [endpoint, channel] : by_endpoint_) free_counters(*channel);
    by_canonical_form_.clear();
    by_registration_id_.clear();
    by_tag_.clear();
    by_endpoint_.clear();
}

}  // namespace tern::driver

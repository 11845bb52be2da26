#include "tern/driver/conductor/receive_channels.hpp"

#include <algorithm>
#include <utility>

#include "tern/driver/media/channel_sockets.hpp"
#include "tern/uri/endpoint_sharing.hpp"

namespace tern::driver {
namespace {

constexpr std::string_view kReceiveStatus = "rcv-channel";
constexpr std::string_view kReceiveAddress = "rcv-local-sockaddr";

template <typename Map, typename Key>
void erase_entry(Map& map, const Key& key, const ReceiveChannel& channel) {
    const auto [first, last] = map.equal_range(key);
    const auto found = std::find_if(
        first, last, [&channel](const auto& entry) { return entry.second == &channel; });
    if (found != last) map.erase(found);
}

Result<ReceiveChannel*> usable(ReceiveChannel* found) {
    if (found == nullptr || !found->is_closing) return found;
    return Error{ErrorCode::resource_temporarily_unavailable,
                 "receive_channel_endpoint found in CLOSING state, please retry: channel=" +
                     found->udp().uri.text()};
}

// A name may have been resolved again since (10.1).
SocketAddress current_local(const ReceiveChannel& channel) {
    const uri::UdpChannel& udp = channel.udp();
    if (udp.is_manual() || channel.sockets.size() != 1) return udp.local;
    return udp.has_explicit_control ? channel.sockets.front().control_address.value_or(udp.local)
                                    : udp.local;
}

// True where this was the first of its kind, or the last.
template <typename Counts, typename Key>
bool count_up(Counts& counts, const Key& key) {
    return ++counts[key] == 1;
}
template <typename Counts, typename Key>
bool count_down(Counts& counts, const Key& key) {
    const auto found = counts.find(key);
    if (found == counts.end() || --found->second > 0) return false;
    counts.erase(found);
    return true;
}

bool is_waiting_for_session(const SubscriptionLink& link) {
    return link.is_response && link.response != SubscriptionLink::Response::complete;
}

}  // namespace

ReceiveSocket* ReceiveChannel::find(const ReceiveDestination* destination) {
    const auto found = std::ranges::find_if(sockets, [destination](const ReceiveSocket& socket) {
        return socket.destination.get() == destination;
    });
    return found == sockets.end() || found->is_removed ? nullptr : &*found;
}

const std::vector<SubscriptionLink*>& ReceiveChannel::links_of(std::int32_t stream_id) const {
    static const std::vector<SubscriptionLink*> kNone;
    const auto found = links.find(stream_id);
    return found == links.end() ? kNone : found->second;
}

ReceiveChannels::ReceiveChannels(Network& network, const Settings& settings, CounterTable& counters,
                                 RandomSource& random, HandOver<ReceiverCommand>& to_receiver)
    : network_(network),
      settings_(settings),
      counters_(counters),
      to_receiver_(to_receiver),
      ports_(settings.receiver_wildcard_ports),
      next_receiver_id_(static_cast<std::int64_t>(random.next())) {}

Result<ReceiveChannel*> ReceiveChannels::find(const uri::UdpChannel& channel) {
    if (channel.tag) {
        Result<ReceiveChannel*> tagged = find_by_tag(channel);
        if (!tagged) return tagged;
        if (*tagged != nullptr) return usable(*tagged);
    }
    ReceiveChannel* match = nullptr;
    const auto [first, last] = by_canonical_form_.equal_range(channel.canonical_form);
    for (auto entry = first; entry != last; ++entry) {
        if (!uri::matches_by_canonical_form(channel, entry->second->udp())) continue;
        match = entry->second;
        if (!match->is_closing) break;
    }
    return usable(match);
}

Result<ReceiveChannel*> ReceiveChannels::find_by_tag(const uri::UdpChannel& channel) {
    const auto [first, last] = by_tag_.equal_range(*channel.tag);
    for (auto entry = first; entry != last; ++entry) {
        const uri::UdpChannel& existing = entry->second->udp();
        const Result<bool> matches =
            uri::matches_by_tag(channel, {.channel = existing,
                                          .remote_data = existing.remote_data,
                                          .local = current_local(*entry->second)});
        if (!matches) return matches.error();
        if (*matches) return entry->second;
    }
    return nullptr;
}

// In the order of Aeron's driver: the status is ACTIVE only when everything can be read.
Result<ReceiveChannel*> ReceiveChannels::open(const uri::UdpChannel& channel,
                                              const uri::SubscriptionParams& params,
                                              std::int64_t registration_id) {
    auto opened = std::make_shared<ReceiveChannel>();
    opened->registration_id = registration_id;
    opened->params = params;
    opened->endpoint = std::make_unique<ReceiveEndpoint>(
        channel, ReceiveEndpoint::Config{.receiver_id = next_receiver_id(),
                                         .group_tag = params.group_tag,
                                         .stream_session_limit = settings_.stream_session_limit});
    const Result<std::int32_t> status_id = counters_.allocate(channel_counter(
        CounterType::receive_channel, kReceiveStatus, registration_id, channel.uri.text()));
    if (!status_id) return status_id.error();
    opened->status_id = *status_id;
    if (Result<void> socket = open_own_socket(channel, *opened); !socket) {
        set_status(counters_.counter(opened->status_id), ChannelStatus::errored);
        free_counters(*opened);
        return std::move(socket).error();
    }
    ReceiveChannel& added = *opened;
    to_receiver_.put(AddReceiveEndpoint{.endpoint = added.endpoint.get()});
    for (ReceiveSocket& socket : added.sockets) hand_over(added, socket);
    set_status(counters_.counter(added.status_id), ChannelStatus::active);
    by_canonical_form_.emplace(channel.canonical_form, &added);
    if (channel.tag) by_tag_.emplace(*channel.tag, &added);
    by_endpoint_.emplace(added.endpoint.get(), std::move(opened));
    return &added;
}

Result<void> ReceiveChannels::open_own_socket(const uri::UdpChannel& channel,
                                              ReceiveChannel& opened) {
    std::string bound;
    if (!channel.is_manual()) {
        Result<void> socket = open_socket(channel, opened.registration_id, opened);
        if (!socket) return socket;
        bound = opened.sockets.front().destination->socket().local_address().text();
    }
    counters_.set_label(opened.status_id, channel_label(kReceiveStatus, channel.uri.text(), bound));
    return {};
}

Result<void> ReceiveChannels::open_socket(const uri::UdpChannel& destination,
                                          std::int64_t registration_id, ReceiveChannel& channel) {
    SocketSpec spec = receive_destination_spec(destination, channel.udp(), settings_);
    Result<PortLease> port = ports_.take_for(spec, true);
    if (!port) return std::move(port).error();
    Result<std::unique_ptr<UdpSocket>> socket = network_.open(spec);
    if (!socket) return std::move(socket).error();
    const Result<std::int32_t> address_id = counters_.allocate(local_address_counter(
        kReceiveAddress, registration_id, channel.status_id, (*socket)->local_address().text()));
    if (!address_id) return address_id.error();
    set_status(counters_.counter(*address_id), ChannelStatus::active);
    ReceiveSocket added{
        .destination = std::make_unique<ReceiveDestination>(destination, *std::move(socket)),
        .port = *std::move(port),
        .local_address_id = *address_id,
        .control_address = answer_address(destination)};
    added.destination->control_address = added.control_address;
    channel.sockets.push_back(std::move(added));
    return {};
}

// One after another from a random number, so that no two endpoints of a driver are alike; 0 means
// none in a RTT measurement.
std::int64_t ReceiveChannels::next_receiver_id() {
    const auto next = [this] {
        const std::int64_t id = next_receiver_id_;
        next_receiver_id_ =
            static_cast<std::int64_t>(static_cast<std::uint64_t>(next_receiver_id_) + 1);
        return id;
    };
    const std::int64_t id = next();
    return id == 0 ? next() : id;
}

void ReceiveChannels::hand_over(ReceiveChannel& channel, ReceiveSocket& socket) {
    to_receiver_.put(AddReceiveDestination{.endpoint = channel.endpoint.get(),
                                           .destination = socket.destination.get()});
}

Result<void> ReceiveChannels::add_destination(ReceiveChannel& channel,
                                              const uri::UdpChannel& destination,
                                              std::int64_t registration_id) {
    if (Result<void> opened = open_socket(destination, registration_id, channel); !opened) {
        return opened;
    }
    hand_over(channel, channel.sockets.back());
    return {};
}

void ReceiveChannels::remove_destination(ReceiveChannel& channel,
                                         const std::string& canonical_form) {
    const auto found = std::ranges::find_if(channel.sockets, [&](const ReceiveSocket& socket) {
        return !socket.is_removed && socket.destination->channel().canonical_form == canonical_form;
    });
    if (found != channel.sockets.end()) ask_to_remove(channel, *found);
}

void ReceiveChannels::ask_to_remove(ReceiveChannel& channel, ReceiveSocket& socket) {
    socket.is_removed = true;
    set_status(counters_.counter(socket.local_address_id), ChannelStatus::closing);
    to_receiver_.put(RemoveReceiveDestination{.endpoint = channel.endpoint.get(),
                                              .destination = socket.destination.get()});
}

void ReceiveChannels::add_link(ReceiveChannel& channel, SubscriptionLink& link) {
    link.receive_channel = &channel;
    channel.links[link.stream_id].push_back(&link);
    if (is_waiting_for_session(link)) {
        count_up(channel.responses, link.stream_id);
    } else {
        add_interest(channel, link.stream_id, link.session_id);
    }
}

void ReceiveChannels::remove_link(SubscriptionLink& link) {
    ReceiveChannel& channel = *std::exchange(link.receive_channel, nullptr);
    const auto stream = channel.links.find(link.stream_id);
    std::erase(stream->second, &link);
    if (stream->second.empty()) channel.links.erase(stream);
    if (is_waiting_for_session(link)) {
        count_down(channel.responses, link.stream_id);
    } else {
        remove_interest(channel, link.stream_id, link.session_id);
    }
    close_unused(channel);
}

void ReceiveChannels::bind_response(SubscriptionLink& link, std::int32_t session_id) {
    ReceiveChannel& channel = *link.receive_channel;
    link.session_id = session_id;
    link.response = SubscriptionLink::Response::complete;
    add_interest(channel, link.stream_id, session_id);
    count_down(channel.responses, link.stream_id);
}

void ReceiveChannels::add_interest(ReceiveChannel& channel, std::int32_t stream_id,
                                   std::optional<std::int32_t> session_id) {
    const bool is_first = session_id ? count_up(channel.sessions, std::pair{stream_id, *session_id})
                                     : count_up(channel.streams, stream_id);
    if (!is_first) return;
    to_receiver_.put(AddInterest{
        .endpoint = channel.endpoint.get(), .stream_id = stream_id, .session_id = session_id});
}

void ReceiveChannels::remove_interest(ReceiveChannel& channel, std::int32_t stream_id,
                                      std::optional<std::int32_t> session_id) {
    const bool was_last = session_id
                              ? count_down(channel.sessions, std::pair{stream_id, *session_id})
                              : count_down(channel.streams, stream_id);
    if (!was_last) return;
    to_receiver_.put(RemoveInterest{
        .endpoint = channel.endpoint.get(), .stream_id = stream_id, .session_id = session_id});
}

void ReceiveChannels::drop_image(ReceiveChannel& channel) {
    --channel.images;
    close_unused(channel);
}

void ReceiveChannels::close_unused(ReceiveChannel& channel) {
    const bool is_used = !channel.streams.empty() || !channel.sessions.empty() ||
                         !channel.responses.empty() || channel.images > 0;
    if (is_used || channel.is_closing) return;
    channel.is_closing = true;
    set_status(counters_.counter(channel.status_id), ChannelStatus::closing);
    for (ReceiveSocket& socket : channel.sockets) {
        if (!socket.is_removed) ask_to_remove(channel, socket);
    }
    to_receiver_.put(RemoveReceiveEndpoint{.endpoint = channel.endpoint.get()});
}

void ReceiveChannels::on_released(const ReceiveEndpoint* endpoint,
                                  const ReceiveDestination* destination) {
    const auto channel = by_endpoint_.find(endpoint);
    if (channel == by_endpoint_.end()) return;
    std::vector<ReceiveSocket>& sockets = channel->second->sockets;
    const auto found = std::ranges::find_if(sockets, [destination](const ReceiveSocket& socket) {
        return socket.destination.get() == destination;
    });
    if (found == sockets.end() || !found->is_removed) return;
    counters_.free(found->local_address_id);
    sockets.erase(found);
}

void ReceiveChannels::on_released(const ReceiveEndpoint* endpoint) {
    const auto found = by_endpoint_.find(endpoint);
    if (found == by_endpoint_.end() || !found->second->is_closing) return;
    const ReceiveChannel& channel = *found->second;
    erase_entry(by_canonical_form_, channel.udp().canonical_form, channel);
    if (channel.udp().tag) erase_entry(by_tag_, *channel.udp().tag, channel);
    free_counters(channel);
    by_endpoint_.erase(found);
}

void ReceiveChannels::free_counters(const ReceiveChannel& channel) {
    for (const ReceiveSocket& socket : channel.sockets) counters_.free(socket.local_address_id);
    counters_.free(channel.status_id);
}

std::shared_ptr<ReceiveChannel> ReceiveChannels::find(const ReceiveEndpoint* endpoint) const {
    const auto found = by_endpoint_.find(endpoint);
    return found == by_endpoint_.end() || found->second->is_closing ? nullptr : found->second;
}

void ReceiveChannels::free_all() {
    for (const auto& [endpoint, channel] : by_endpoint_) free_counters(*channel);
    by_canonical_form_.clear();
    by_tag_.clear();
    by_endpoint_.clear();
}

}  // namespace tern::driver

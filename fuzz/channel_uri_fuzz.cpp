/// The channel of a publication or a subscription: syntax, parameters, addresses, what clients do
/// to its text. Input: the text.

#include "target.hpp"
#include "tern/uri/channel_uri_builder.hpp"
#include "tern/uri/endpoint_sharing.hpp"
#include "tern/uri/fake_network_for_test.hpp"
#include "tern/uri/flow_control_params.hpp"
#include "tern/uri/uri_limits.hpp"

namespace tern::fuzz {
namespace {

using namespace uri;  // NOLINT

void expect_survives_the_builder(const ChannelUri& channel) {
    const auto text = ChannelUriBuilder::from(channel).build();
    if (!text) return;  // what no client should send
    const auto again = ChannelUri::parse(*text);
    TERN_ASSERT(again);
    TERN_ASSERT(again->is_spy() == channel.is_spy() && again->media() == channel.media());
    for (const auto& parameter : channel.parameters()) {
        TERN_ASSERT(again->get(parameter.key) == channel.get(parameter.key));
    }
}

void edit(std::string_view text) {
    for (const auto& edited : {with_session_id(text, -7), with_alias_if_absent(text, "a"),
                               with_wildcard_port_replaced(text, "127.0.0.1:4000"),
                               destination_channel(text, "127.0.0.1:4000")}) {
        if (edited)
            TERN_ASSERT(ChannelUri::parse(*edited) || edited->size() > ChannelUri::kMaxLength);
    }
}

void read_parameters(const ChannelUri& channel) {
    const auto publication = PublicationParams::parse(channel, {}, [](std::int64_t) {
        return TaggedPublication{1, 1408, 65536};
    });
    if (publication) {
        TERN_ASSERT(!mtu_fault(publication->mtu_length));
        TERN_ASSERT(!term_length_fault(publication->term_length));
        TERN_ASSERT(publication->window_length > 0);
        TERN_ASSERT(publication->window_length <= publication->term_length / 2);
        if (publication->start) {
            TERN_ASSERT(position_of(*publication->start, publication->term_length) >= 0);
        }
    }
    const auto subscription = SubscriptionParams::parse(channel, {});
    if (subscription) TERN_ASSERT(subscription->receiver_window_length >= 0);
    const auto flow_control = FlowControlParams::parse(channel);
    if (flow_control && *flow_control) {
        TERN_ASSERT((*flow_control)->min_group_size.value_or(0) >= 0);
        TERN_ASSERT((*flow_control)->retransmit_window_multiple.value_or(1) >= 1);
    }
}

void resolve(const ChannelUri& channel) {
    FakeNetwork network;
    WildcardSuffixes suffixes;
    const auto udp = UdpChannel::resolve(channel, network, suffixes);
    if (!udp) {
        TERN_ASSERT(!udp.error().text.empty());
        return;
    }
    TERN_ASSERT(udp->canonical_form.starts_with("UDP-"));
    TERN_ASSERT(udp->is_multicast == udp->remote_data.ip.is_multicast());
    TERN_ASSERT(udp->socket.send_buffer >= 0 && udp->socket.receive_buffer >= 0);
    (void)check_publication_addresses(*udp);
    (void)check_subscription_addresses(*udp);
    (void)check_authenticated_transport(*udp);
    (void)matches_by_tag(*udp, {*udp, udp->remote_data, udp->local});
    (void)check_can_share_send_endpoint(*udp, *udp, {});
}

}  // namespace

void run(ConstBytes bytes) {
    const std::string_view text = text_of(bytes);
    (void)parse_publication_channel(text);
    (void)parse_subscription_channel(text);
    edit(text);
    const auto channel = ChannelUri::parse(text);
    if (!channel) {
        TERN_ASSERT(!channel.error().text.empty());
        return;
    }
    expect_survives_the_builder(*channel);
    read_parameters(*channel);
    resolve(*channel);
}

}  // namespace tern::fuzz

/// A destination that a client adds to a publication or a subscription. Input: the text.

#include "target.hpp"
#include "tern/uri/fake_network_for_test.hpp"
#include "tern/uri/udp_channel.hpp"

namespace tern::fuzz {
namespace {

void resolve(const Result<ChannelUri>& destination) {
    if (!destination) {
        TERN_ASSERT(!destination.error().text.empty());
        return;
    }
    if (destination->is_ipc() || destination->is_spy()) return;
    uri::FakeNetwork network;
    const auto channel = uri::UdpChannel::resolve_destination(*destination, network);
    if (channel) TERN_ASSERT(channel->canonical_form.starts_with("UDP-"));
}

}  // namespace

void run(ConstBytes bytes) {
    const std::string_view text = text_of(bytes);
    const auto to_send_to = parse_send_destination(text);
    if (to_send_to) TERN_ASSERT(!to_send_to->is_ipc() && !to_send_to->is_spy());
    resolve(to_send_to);
    resolve(parse_receive_destination(text));
}

}  // namespace tern::fuzz

#pragma once

/// The receive endpoints of the driver as the conductor keeps them: who shares one (spec
/// channel-uri.md 10 and 11, control-protocol.md 10.4), their sockets and ports, their counters
/// (counters.md 10), which streams are wanted, and their end, which the receiver has to confirm.
/// Conductor thread only.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tern/base/error.hpp"
#include "tern/base/random.hpp"
#include "tern/driver/conductor/counter_table.hpp"
#include "tern/driver/conductor/subscription_link.hpp"
#include "tern/driver/media/network.hpp"
#include "tern/driver/media/port_manager.hpp"
#include "tern/driver/receiver/receiver_commands.hpp"
#include "tern/driver/settings.hpp"
#include "tern/uri/subscription_params.hpp"
#include "tern/uri/udp_channel.hpp"

namespace tern::driver {

/// One socket of an endpoint, and what belongs to it beside what the receiver uses.
struct ReceiveSocket {
    std::unique_ptr<ReceiveDestination> destination;
    PortLease port;
    std::int32_t local_address_id = kNullCounterId;
    std::optional<SocketAddress> control_address;  // as its name was resolved last
    bool is_removed = false;                       // the receiver was asked to let go of it
};

/// One endpoint.
struct ReceiveChannel {
    std::unique_ptr<ReceiveEndpoint> endpoint;
    uri::SubscriptionParams params;    // of the channel that made it: it governs its images (14.8)
    std::int64_t registration_id = 0;  // of the command that made it
    std::int32_t status_id = kNullCounterId;
    std::vector<ReceiveSocket> sockets;
    bool is_closing = false;  // the receiver was asked to let go of it

    /// Its subscriptions by stream, in the order in which they were added.
    std::unordered_map<std::int32_t, std::vector<SubscriptionLink*>> links;
    /// How many want what; the receiver knows of all but responses.
    std::unordered_map<std::int32_t, int> streams;
    std::map<std::pair<std::int32_t, std::int32_t>, int> sessions;  // stream, session
    std::unordered_map<std::int32_t, int> responses;                // waiting for their session
    int images = 0;

    const uri::UdpChannel& udp() const { return endpoint->channel(); }
    /// Null for one that is not its own, or not any more.
    ReceiveSocket* find(const ReceiveDestination* destination);
    const std::vector<SubscriptionLink*>& links_of(std::int32_t stream_id) const;
};

class ReceiveChannels {
  public:
    /// All of them outlive it.
    ReceiveChannels(Network& network, const Settings& settings, CounterTable& counters,
                    RandomSource& random, HandOver<ReceiverCommand>& to_receiver);

    /// The one that a subscription of this channel receives by; null where it has to be opened.
    /// Errors: generic_error where a tag matches and the rest does not;
    /// resource_temporarily_unavailable while the one there closes.
    Result<ReceiveChannel*> find(const uri::UdpChannel& channel);
    /// Makes the counters, opens the socket unless destinations bring their own, and hands both to
    /// the receiver. Its channel's status is ACTIVE then. Errors: of the network, generic_error
    /// where ports or counters are used up; nothing is left of it then.
    Result<ReceiveChannel*> open(const uri::UdpChannel& channel,
                                 const uri::SubscriptionParams& params,
                                 std::int64_t registration_id);
    /// One more socket, of a multi-destination subscription. `registration_id` is the
    /// subscription's. The same errors.
    Result<void> add_destination(ReceiveChannel& channel, const uri::UdpChannel& destination,
                                 std::int64_t registration_id);
    /// The first one with this canonical form, if there is one.
    void remove_destination(ReceiveChannel& channel, const std::string& canonical_form);

    /// A subscription is there, or gone: the receiver learns of the first and of the last of each
    /// stream and session.
    void add_link(ReceiveChannel& channel, SubscriptionLink& link);
    void remove_link(SubscriptionLink& link);
    /// A response subscription has found its session.
    void bind_response(SubscriptionLink& link, std::int32_t session_id);
    void add_image(ReceiveChannel& channel) { ++channel.images; }
    void drop_image(ReceiveChannel& channel);
    /// Closes one that nobody refers to: the command that opened it failed.
    void close_unused(ReceiveChannel& channel);

    /// The receiver has let go of them: frees them.
    void on_released(const ReceiveEndpoint* endpoint);
    void on_released(const ReceiveEndpoint* endpoint, const ReceiveDestination* destination);

    /// Null for one that is gone, or closing. Whoever waits for something keeps a weak pointer.
    std::shared_ptr<ReceiveChannel> find(const ReceiveEndpoint* endpoint) const;
    std::size_t size() const { return by_endpoint_.size(); }
    /// The driver ends, and the receiver has stopped: frees all.
    void free_all();

  private:
    Result<ReceiveChannel*> find_by_tag(const uri::UdpChannel& channel);
    Result<void> open_socket(const uri::UdpChannel& destination, std::int64_t registration_id,
                             ReceiveChannel& channel);
    Result<void> open_own_socket(const uri::UdpChannel& channel, ReceiveChannel& opened);
    std::int64_t next_receiver_id();
    void hand_over(ReceiveChannel& channel, ReceiveSocket& socket);
    void ask_to_remove(ReceiveChannel& channel, ReceiveSocket& socket);
    void add_interest(ReceiveChannel& channel, std::int32_t stream_id,
                      std::optional<std::int32_t> session_id);
    void remove_interest(ReceiveChannel& channel, std::int32_t stream_id,
                         std::optional<std::int32_t> session_id);
    void free_counters(const ReceiveChannel& channel);

    Network& network_;
    const Settings& settings_;
    CounterTable& counters_;
    HandOver<ReceiverCommand>& to_receiver_;
    PortManager ports_;
    std::int64_t next_receiver_id_;
    std::unordered_map<const ReceiveEndpoint*, std::shared_ptr<ReceiveChannel>> by_endpoint_;
    std::unordered_multimap<std::string, ReceiveChannel*> by_canonical_form_;
    std::multimap<std::int64_t, ReceiveChannel*> by_tag_;  // those of one tag in order of making
};

}  // namespace tern::driver

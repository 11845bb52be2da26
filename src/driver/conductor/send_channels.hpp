#pragma once

/// The send endpoints of the driver as the conductor keeps them: who shares one (spec
/// channel-uri.md 10 and 11, control-protocol.md 8.2), their sockets and ports, their counters
/// (counters.md 10), and their end, which the sender has to confirm. Conductor thread only.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "tern/base/error.hpp"
#include "tern/driver/conductor/counter_table.hpp"
#include "tern/driver/media/network.hpp"
#include "tern/driver/media/port_manager.hpp"
#include "tern/driver/sender/sender_commands.hpp"
#include "tern/driver/settings.hpp"
#include "tern/uri/udp_channel.hpp"

namespace tern::driver {

/// One endpoint, and what belongs to it beside what the sender uses.
struct SendChannel {
    std::unique_ptr<SendEndpoint> endpoint;
    PortLease data_port;
    PortLease control_port;
    std::int64_t registration_id = 0;  // of the command that made it
    std::int32_t status_id = kNullCounterId;
    std::int32_t destinations_id = kNullCounterId;  // of multi-destination channels
    std::int32_t local_address_id = kNullCounterId;
    SocketAddress remote_data;  // as its name was resolved last
    int references = 0;         // publications
    bool is_closing = false;    // the sender was asked to let go of it
};

class SendChannels {
  public:
    /// All of them outlive it.
    SendChannels(Network& network, const Settings& settings, CounterTable& counters,
                 HandOver<SenderCommand>& to_sender);

    /// The one that a publication of this channel sends from; null where it has to be opened.
    /// Errors: generic_error where a tag matches and the rest does not, or the channel is not
    /// complete; resource_temporarily_unavailable while the one there is closes.
    Result<SendChannel*> find(const uri::UdpChannel& channel);
    /// Opens the sockets, makes the counters and hands the endpoint to the sender. Its channel's
    /// status is ACTIVE then. Errors: of the network (the system's text), generic_error where ports
    /// or counters are used up; nothing is left of it then.
    Result<SendChannel*> open(const uri::UdpChannel& channel, std::int64_t registration_id);

    void add_reference(SendChannel& channel) { ++channel.references; }
    /// With the last one it closes.
    void drop_reference(SendChannel& channel);
    /// Closes one that nobody refers to: the command that opened it failed.
    void close_unused(SendChannel& channel);
    /// The sender has let go of it: frees it.
    void on_released(const SendEndpoint& endpoint);

    /// Null for one that is gone, or closing.
    SendChannel* find(const SendEndpoint* endpoint);
    SendChannel* find_by_registration(std::int64_t registration_id);
    std::size_t size() const { return by_endpoint_.size(); }
    /// The driver ends, and the sender has stopped: frees all.
    void free_all();

  private:
    Result<SendEndpoint::Sockets> open_sockets(const uri::UdpChannel& channel, SendChannel& opened);
    Result<void> make_counters(const uri::UdpChannel& channel, const SocketAddress& bound,
                               SendChannel& opened);
    Result<SendChannel*> find_by_tag(const uri::UdpChannel& channel);
    void free_counters(const SendChannel& channel);

    Network& network_;
    const Settings& settings_;
    CounterTable& counters_;
    HandOver<SenderCommand>& to_sender_;
    PortManager ports_;
    std::unordered_map<const SendEndpoint*, std::unique_ptr<SendChannel>> by_endpoint_;
    std::unordered_multimap<std::string, SendChannel*> by_canonical_form_;
    std::unordered_map<std::int64_t, SendChannel*> by_registration_id_;
    std::multimap<std::int64_t, SendChannel*> by_tag_;  // those of one tag in order of making
};

}  // namespace tern::driver

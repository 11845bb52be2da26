#pragma once

/// Where network publications of one channel send from: its socket (two for multicast), its
/// destinations where it has several, and the publications that its status messages and NAKs are
/// for (spec wire-protocol.md 4.15, 6.1). Made and freed by the conductor, used by the sender in
/// between; what is marked so may be called on any thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "tern/base/bytes.hpp"
#include "tern/base/clock.hpp"
#include "tern/base/ip_address.hpp"
#include "tern/driver/media/udp_socket.hpp"
#include "tern/shm/counters.hpp"
#include "tern/uri/udp_channel.hpp"

namespace tern::driver {

class SenderPublication;
struct SenderContext;

/// One of a manual or dynamic multi-destination channel.
struct SendDestination {
    std::int64_t registration_id = -1;     // manual: of the command that added it
    std::string endpoint;                  // manual: as the channel gives it, to resolve again
    std::optional<SocketAddress> address;  // none while its name is not resolved
};

class SendEndpoint {
  public:
    struct Sockets {
        std::unique_ptr<UdpSocket> data;
        std::unique_ptr<UdpSocket> control;  // multicast: where status messages arrive; else none
    };

    /// `destinations` is the counter of type 18 of a multi-destination channel, else invalid.
    SendEndpoint(uri::UdpChannel channel, Sockets sockets, Counter destinations);
    ~SendEndpoint();
    SendEndpoint(const SendEndpoint&) = delete;
    SendEndpoint& operator=(const SendEndpoint&) = delete;

    // Any thread.
    const uri::UdpChannel& channel() const { return channel_; }
    const UdpSocket& data_socket() const { return *sockets_.data; }
    /// What answers arrive on.
    UdpSocket& control_socket() { return sockets_.control ? *sockets_.control : *sockets_.data; }

    // Sender thread. The rest of the sender's functions are added below by their implementation.
    void add(SenderPublication& publication);
    void remove(const SenderPublication& publication);
    void add_destination(SendDestination destination, Nanos now);
    void remove_destination(const SocketAddress& address);
    void remove_destination(std::int64_t registration_id);
    /// A name was resolved again: `endpoint` of a destination, or of the channel itself.
    void on_resolved(const std::string& endpoint, const SocketAddress& address,
                     SenderContext& context);

  private:
    uri::UdpChannel channel_;
    Sockets sockets_;
    Counter destination_count_;
};

}  // namespace tern::driver

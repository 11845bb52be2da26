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

#include "tern/base/bytes.hpp"
#include "tern/base/clock.hpp"
#include "tern/base/dense_map.hpp"
#include "tern/base/ip_address.hpp"
#include "tern/driver/media/udp_socket.hpp"
#include "tern/driver/report_cap.hpp"
#include "tern/driver/sender/send_destinations.hpp"
#include "tern/shm/counters.hpp"
#include "tern/uri/udp_channel.hpp"

namespace tern::driver {

class SenderPublication;
struct SenderContext;

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

    // Sender thread.
    void add(SenderPublication& publication);
    void remove(const SenderPublication& publication);
    void add_destination(SendDestination destination, Nanos now);
    void remove_destination(const SocketAddress& address);
    void remove_destination(std::int64_t registration_id);
    /// A name was resolved again: `endpoint` of a destination, or of the channel itself.
    void on_resolved(const std::string& endpoint, const SocketAddress& address,
                     SenderContext& context);

    /// hot: datagrams of one publication. What is not accepted counts as a short send; a hard error
    /// is reported. `response` is where a publication of responses sends, once it knows.
    SendResult send(std::span<const ConstBytes> datagrams,
                    const std::optional<SocketAddress>& response, SenderContext& context);
    /// hot: reads what receivers answered, a bounded number of times. Datagrams.
    int poll(ReceiveBatch& batch, SenderContext& context);
    /// hot: one of them, whoever sent it (2.5, 2.16).
    void dispatch(ConstBytes datagram, const SocketAddress& source, SenderContext& context);
    /// Whether one more error of a receiver may be told to the clients. A stranger can make
    /// receivers and errors without end, and each is an event for all clients.
    bool may_tell_error(Nanos now) { return error_cap_.allows(now); }
    /// Asks for names to be resolved again whose receivers are silent (6.8).
    void check_names(SenderContext& context);

  private:
    // Of what a peer can cause: the text is made only where the cap lets it pass.
    template <typename MakeText>
    void report(MakeText&& make_text, SenderContext& context);

    SenderPublication* find(std::int32_t session_id, std::int32_t stream_id);
    void on_status_message(ConstBytes datagram, const SocketAddress& source,
                           SenderContext& context);
    void on_nak(ConstBytes datagram, SenderContext& context);
    void on_error(ConstBytes datagram, const SocketAddress& source, SenderContext& context);
    void on_rtt_measurement(ConstBytes datagram, SenderContext& context);
    void on_response_setup(ConstBytes datagram, SenderContext& context);
    SendOutcome send_to_one(std::span<const ConstBytes> datagrams,
                            const std::optional<SocketAddress>& response, SenderContext& context);
    void report_failed_send(const SocketAddress& to, std::int32_t system_error,
                            SenderContext& context);

    uri::UdpChannel channel_;
    Sockets sockets_;
    std::optional<SendDestinations> destinations_;
    DenseMap<std::uint64_t, SenderPublication*> publications_;  // by session and stream
    SocketAddress remote_;             // unicast and multicast: where data goes
    std::string name_;                 // of `remote_`, where it can be resolved again; else empty
    std::optional<Nanos> last_heard_;  // status messages for its publications
    ReportCap report_cap_;
    ReportCap error_cap_{64};
};

}  // namespace tern::driver

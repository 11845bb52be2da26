#pragma once

/// The network between the hosts: sockets in memory that behave as Linux has them, and links with
/// faults. A datagram waits at its receiver's socket until its time of arrival has come.

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "dice.hpp"
#include "link_faults.hpp"
#include "schedule.hpp"
#include "tern/driver/media/network.hpp"

namespace tern::sim {

class SimSocket;

/// A datagram that was sent, for whoever wants to send something like it.
struct SeenDatagram {
    std::vector<std::byte> bytes;
    std::size_t from_host = 0;
    SocketAddress source;
    SocketAddress to;
};

class SimNetwork {
  public:
    SimNetwork(const Schedule& schedule, Dice dice) : schedule_(schedule), dice_(dice) {}

    /// `address` is IPv4, in 10.0.0.0/24. The host's view of the network; this object outlives it.
    std::unique_ptr<driver::Network> add_host(const std::string& address);

    void set_faults(const LinkFaults& faults);
    /// Of one link: `which` modulo their number.
    void set_faults(std::uint64_t which, const LinkFaults& faults);
    void cut(std::uint64_t which, Nanos until);
    /// Until it heals, the name "hostN" of one host means another one: `which` modulo their number.
    void confuse_name(std::uint64_t which);
    void heal();
    /// From now on: for each type of frame (the index) some of late and some of long ago.
    void remember_datagrams() { seen_.resize(kFrameTypes); }
    const std::vector<std::vector<SeenDatagram>>& seen() const { return seen_; }
    /// Sends what no socket of ours has sent.
    void inject(std::size_t from_host, const SocketAddress& source, const SocketAddress& to,
                ConstBytes datagram);
    /// The driver of that host is dead: nobody has what is still open there.
    void close_sockets_of(std::size_t host);
    std::size_t open_sockets() const { return sockets_.size(); }
    Nanos now() const { return schedule_.now(); }

  private:
    friend class SimSocket;
    class HostView;

    Result<std::unique_ptr<driver::UdpSocket>> open(std::size_t host,
                                                    const driver::SocketSpec& spec);
    bool is_taken(std::size_t host, const SocketAddress& address) const;
    void send(const SimSocket& from, const SocketAddress& to, ConstBytes datagram);
    void remember(const SimSocket& from, const SocketAddress& to, ConstBytes datagram);
    /// How many of so many datagrams the system takes.
    driver::SendOutcome accept(std::size_t count);
    void deliver(std::size_t from_host, const SocketAddress& source, SimSocket& to,
                 ConstBytes datagram);
    SimSocket* find(std::size_t host, const SocketAddress& to) const;
    Link& link(std::size_t from, std::size_t to) { return links_[from * addresses_.size() + to]; }

    const Schedule& schedule_;
    Dice dice_;
    std::vector<IpAddress> addresses_;  // of the hosts
    std::vector<std::size_t> named_;    // the host that "hostN" means
    std::vector<Link> links_;           // each to each; those to itself never fail
    std::vector<SimSocket*> sockets_;
    double failed_sends_ = 0;           // share, of all hosts
    static constexpr std::size_t kFrameTypes = 12;
    std::vector<std::vector<SeenDatagram>> seen_;
    std::size_t next_seen_ = 0;
    std::uint16_t next_port_ = 50'000;
    std::vector<Nanos> arrivals_;
};

class SimSocket final : public driver::UdpSocket {
  public:
    SimSocket(SimNetwork& network, std::size_t host, const driver::SocketSpec& spec,
              const SocketAddress& local);
    ~SimSocket() override;

    driver::SendOutcome send(std::span<const ConstBytes> datagrams) override;
    driver::SendOutcome send_to(const SocketAddress& to,
                                std::span<const ConstBytes> datagrams) override;
    int receive(driver::ReceiveBatch& batch) override;
    Result<void> connect(const SocketAddress& peer) override;
    SocketAddress local_address() const override { return local_; }
    std::int32_t send_buffer_length() const override;
    std::int32_t receive_buffer_length() const override;
    std::uint8_t multicast_ttl() const override { return spec_.multicast_ttl; }

    std::size_t host() const { return host_; }
    const driver::SocketSpec& spec() const { return spec_; }
    /// As the receiver sees where a datagram comes from.
    SocketAddress source_address() const;
    bool accepts_from(const SocketAddress& source) const { return !peer_ || *peer_ == source; }
    void put(Nanos arrival, ConstBytes datagram, const SocketAddress& source);

  private:
    struct Waiting {
        std::vector<std::byte> bytes;
        SocketAddress source;
    };
    SimNetwork& network_;
    std::size_t host_;
    driver::SocketSpec spec_;
    SocketAddress local_;
    std::optional<SocketAddress> peer_;
    std::multimap<Nanos, Waiting> waiting_;  // by arrival
    std::size_t waiting_bytes_ = 0;
};

}  // namespace tern::sim

#include "sim_network.hpp"

#include <algorithm>

#include "tern/protocol/network_frames.hpp"

namespace tern::sim {
namespace {

constexpr std::int32_t kDefaultBuffer = 212'992;  // bytes
constexpr std::int32_t kLargestBuffer = 4 * 1024 * 1024;
constexpr std::size_t kRemembered = 40;  // datagrams of each type
constexpr std::size_t kOverhead = 300;  // that the system counts beside a datagram's bytes

std::int32_t effective(std::int64_t asked) {
    return asked == 0 ? kDefaultBuffer
                      : static_cast<std::int32_t>(std::min<std::int64_t>(asked, kLargestBuffer));
}

}  // namespace

class SimNetwork::HostView final : public driver::Network {
  public:
    HostView(SimNetwork& network, std::size_t host) : network_(network), host_(host) {}

    Result<std::unique_ptr<driver::UdpSocket>> open(const driver::SocketSpec& spec) override {
        return network_.open(host_, spec);
    }
    std::unique_ptr<driver::SocketPoller> make_poller(std::size_t) override {
        return std::make_unique<Poller>();
    }
    driver::SocketBufferLimits buffer_limits() override {
        return {kDefaultBuffer, kDefaultBuffer, kLargestBuffer, kLargestBuffer};
    }
    std::int64_t epoch_ns() override { return network_.now().count(); }
    Result<IpAddress> resolve(std::string_view name) override {
        for (std::size_t host = 0; host < network_.named_.size(); ++host) {
            if (name == "host" + std::to_string(host))
                return network_.addresses_[network_.named_[host]];
        }
        return Error{ErrorCode::unknown_host,
                     "(-2) Name or service not known: " + std::string(name)};
    }
    std::vector<uri::NetworkInterface> interfaces() override {
        return {{.name = "lo",
                 .index = 1,
                 .address = IpAddress::ipv4(127, 0, 0, 1),
                 .prefix_length = 8,
                 .is_up = true,
                 .is_loopback = true},
                {.name = "eth0",
                 .index = 2,
                 .address = network_.addresses_[host_],
                 .prefix_length = 24,
                 .is_up = true,
                 .is_multicast_capable = true}};
    }

  private:
    class Poller final : public driver::SocketPoller {
      public:
        void add(driver::UdpSocket& socket, void* token) override {
            sockets_.push_back(&socket);
            tokens_.push_back(token);
        }
        void remove(driver::UdpSocket& socket) override {
            const auto found = std::ranges::find(sockets_, &socket);
            if (found == sockets_.end()) return;
            tokens_.erase(tokens_.begin() + (found - sockets_.begin()));
            sockets_.erase(found);
        }
        std::span<void* const> poll() override { return tokens_; }

      private:
        std::vector<driver::UdpSocket*> sockets_;
        std::vector<void*> tokens_;
    };

    SimNetwork& network_;
    std::size_t host_;
};

std::unique_ptr<driver::Network> SimNetwork::add_host(const std::string& address) {
    addresses_.push_back(IpAddress::parse(address).value());
    named_.push_back(named_.size());
    links_.assign(addresses_.size() * addresses_.size(), Link());
    return std::make_unique<HostView>(*this, addresses_.size() - 1);
}

void SimNetwork::set_faults(const LinkFaults& faults) {
    for (std::size_t i = 0; i < links_.size(); ++i) set_faults(i, faults);
    failed_sends_ = faults.failed_sends;
}

void SimNetwork::set_faults(std::uint64_t which, const LinkFaults& faults) {
    const std::size_t index = which % links_.size();
    if (index / addresses_.size() != index % addresses_.size()) links_[index].set(faults);
}

void SimNetwork::cut(std::uint64_t which, Nanos until) {
    const std::size_t index = which % links_.size();
    if (index / addresses_.size() != index % addresses_.size()) links_[index].cut_until(until);
}

void SimNetwork::confuse_name(std::uint64_t which) {
    const std::size_t host = which % named_.size();
    named_[host] = (host + 1) % named_.size();
}

void SimNetwork::close_sockets_of(std::size_t host) {
    std::erase_if(sockets_, [host](const SimSocket* socket) { return socket->host() == host; });
}

void SimNetwork::heal() {
    for (Link& link : links_) link.heal();
    for (std::size_t host = 0; host < named_.size(); ++host) named_[host] = host;
    failed_sends_ = 0;
}

Result<std::unique_ptr<driver::UdpSocket>> SimNetwork::open(std::size_t host,
                                                            const driver::SocketSpec& spec) {
    SocketAddress local = spec.bind.value_or(SocketAddress::wildcard(spec.family));
    if (!local.ip.is_any() && local.ip != addresses_[host] &&
        local.ip != IpAddress::ipv4(127, 0, 0, 1)) {
        return Error{ErrorCode::channel_endpoint_error,
                     "cannot bind to " + local.text() + ": no such address on this host"};
    }
    if (local.port == 0) {
        do {
            local.port = next_port_++;
            if (next_port_ == 0) next_port_ = 50'000;
        } while (is_taken(host, local));
    } else if (!spec.shares_port && is_taken(host, local)) {
        return Error{ErrorCode::channel_endpoint_error,
                     "cannot bind to " + local.text() + ": the port is in use"};
    }
    return std::unique_ptr<driver::UdpSocket>(
        std::make_unique<SimSocket>(*this, host, spec, local));
}

bool SimNetwork::is_taken(std::size_t host, const SocketAddress& address) const {
    return std::ranges::any_of(sockets_, [&](const SimSocket* socket) {
        const SocketAddress local = socket->local_address();
        return socket->host() == host && local.port == address.port &&
               (local.ip == address.ip || local.ip.is_any() || address.ip.is_any());
    });
}

void SimNetwork::send(const SimSocket& from, const SocketAddress& to, ConstBytes datagram) {
    if (!seen_.empty()) remember(from, to, datagram);
    inject(from.host(), from.source_address(), to, datagram);
}

void SimNetwork::remember(const SimSocket& from, const SocketAddress& to, ConstBytes datagram) {
    const auto type = protocol::check_datagram(datagram);
    if (!type) return;
    SeenDatagram datagram_seen{
        {datagram.begin(), datagram.end()}, from.host(), from.source_address(), to};
    std::vector<SeenDatagram>& seen = seen_.at(static_cast<std::size_t>(*type));
    if (seen.size() < kRemembered) {
        seen.push_back(std::move(datagram_seen));
        return;
    }
    // Half of them are of just now; of the others some stay for long.
    constexpr std::size_t kRecent = kRemembered / 2;
    const std::size_t place =
        dice_.chance(0.02) ? kRecent + dice_.below(kRemembered - kRecent) : next_seen_++ % kRecent;
    seen[place] = std::move(datagram_seen);
}

// A full buffer, or an error: 1 is EPERM, what a packet filter answers.
driver::SendOutcome SimNetwork::accept(std::size_t count) {
    if (failed_sends_ == 0 || count == 0 || !dice_.chance(failed_sends_))
        return {.accepted = count};
    return {.accepted = dice_.below(count), .system_error = dice_.chance(0.5) ? 1 : 0};
}

void SimNetwork::inject(std::size_t from_host, const SocketAddress& source,
                        const SocketAddress& to, ConstBytes datagram) {
    if (to.ip.is_multicast()) {
        for (SimSocket* socket : sockets_) {
            if (socket->spec().join == to.ip && socket->local_address().port == to.port)
                deliver(from_host, source, *socket, datagram);
        }
        return;
    }
    for (std::size_t host = 0; host < addresses_.size(); ++host) {
        const bool is_there = addresses_[host] == to.ip ||
                              (host == from_host && to.ip == IpAddress::ipv4(127, 0, 0, 1));
        if (!is_there) continue;
        if (SimSocket* socket = find(host, to)) deliver(from_host, source, *socket, datagram);
    }
}

SimSocket* SimNetwork::find(std::size_t host, const SocketAddress& to) const {
    SimSocket* found = nullptr;
    for (SimSocket* socket : sockets_) {
        const SocketAddress local = socket->local_address();
        if (socket->host() != host || local.port != to.port || socket->spec().join) continue;
        if (local.ip == to.ip) return socket;
        if (local.ip.is_any()) found = socket;
    }
    return found;
}

void SimNetwork::deliver(std::size_t from_host, const SocketAddress& source, SimSocket& to,
                         ConstBytes datagram) {
    if (!to.accepts_from(source)) return;
    link(from_host, to.host()).carry(datagram, now(), dice_, arrivals_);
    for (const Nanos arrival : arrivals_) to.put(arrival, datagram, source);
}

SimSocket::SimSocket(SimNetwork& network, std::size_t host, const driver::SocketSpec& spec,
                     const SocketAddress& local)
    : network_(network), host_(host), spec_(spec), local_(local), peer_(spec.connect) {
    network_.sockets_.push_back(this);
}

SimSocket::~SimSocket() { std::erase(network_.sockets_, this); }

SocketAddress SimSocket::source_address() const {
    return {local_.ip.is_any() ? network_.addresses_[host_] : local_.ip, local_.port};
}

driver::SendOutcome SimSocket::send(std::span<const ConstBytes> datagrams) {
    if (!peer_) return {};
    return send_to(*peer_, datagrams);
}

driver::SendOutcome SimSocket::send_to(const SocketAddress& to,
                                       std::span<const ConstBytes> datagrams) {
    const driver::SendOutcome outcome = network_.accept(datagrams.size());
    for (const ConstBytes& datagram : datagrams.first(outcome.accepted))
        network_.send(*this, to, datagram);
    return outcome;
}

void SimSocket::put(Nanos arrival, ConstBytes datagram, const SocketAddress& source) {
    // Linux doubles what is asked for, and counts its own overhead.
    const std::size_t size = datagram.size() + kOverhead;
    if (waiting_bytes_ + size > 2 * static_cast<std::size_t>(receive_buffer_length())) return;
    waiting_bytes_ += size;
    waiting_.emplace(arrival, Waiting{{datagram.begin(), datagram.end()}, source});
}

int SimSocket::receive(driver::ReceiveBatch& batch) {
    std::size_t count = 0;
    while (count < batch.capacity() && !waiting_.empty() &&
           waiting_.begin()->first <= network_.now()) {
        const auto first = waiting_.begin();
        const Bytes buffer = batch.buffer(count);
        const std::size_t length = std::min(buffer.size(), first->second.bytes.size());
        std::copy_n(first->second.bytes.begin(), length, buffer.begin());
        batch.slot(count) = {.bytes = buffer.first(length), .source = first->second.source};
        waiting_bytes_ -= first->second.bytes.size() + kOverhead;
        waiting_.erase(first);
        ++count;
    }
    batch.set_count(count);
    return static_cast<int>(count);
}

Result<void> SimSocket::connect(const SocketAddress& peer) {
    peer_ = peer;
    return {};
}

std::int32_t SimSocket::send_buffer_length() const { return effective(spec_.send_buffer); }
std::int32_t SimSocket::receive_buffer_length() const { return effective(spec_.receive_buffer); }

}  // namespace tern::sim

#pragma once

/// For tests: hosts on one network segment, in memory and on virtual time. Each host has a loopback
/// interface and an interface to the segment; its sockets behave as those of Linux do (ports in
/// use, connected sockets, groups joined by interface, "port unreachable", full buffers). What is
/// sent arrives at once, unless a fault says otherwise. One thread; the network outlives its hosts'
/// sockets.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tern/base/clock.hpp"
#include "tern/driver/testing/memory_socket.hpp"

namespace tern::driver {

/// A datagram on its way to one socket; a group's goes to each of its sockets.
struct Passage {
    SocketAddress source;
    SocketAddress destination;
    std::string_view receiver;  // the name of the host that it is about to reach
    ConstBytes bytes;
};

/// What becomes of a datagram. Held ones arrive when `release_held` is called.
enum class Fate : std::uint8_t { deliver, drop, duplicate, hold };

class MemoryHost;

class MemoryNetwork {
  public:
    /// The clock outlives the network. Kernel times follow it.
    explicit MemoryNetwork(Clock& clock)
        : clock_(clock), start_(clock.now()), epoch_start_(clock.epoch_now()) {}

    /// With these addresses on the segment, beside 127.0.0.1 and ::1.
    MemoryHost& add_host(std::string name, const std::vector<IpAddress>& addresses);
    /// The host that has this address on the segment, or null.
    MemoryHost* host_of(const IpAddress& address);
    const std::vector<std::unique_ptr<MemoryHost>>& hosts() const { return hosts_; }

    /// Asked for each datagram and each socket that it is about to reach. Empty: all arrive.
    void set_fault(std::function<Fate(const Passage&)> fault) { fault_ = std::move(fault); }
    /// Told of every datagram that a socket sends, before any fault; `receiver` is empty.
    void set_observer(std::function<void(const Passage&)> observer) {
        observer_ = std::move(observer);
    }
    /// In the order in which they were sent.
    void release_held() {
        for (const auto& [socket, source, bytes] : std::exchange(held_, {})) {
            socket->arrive(source, bytes, epoch_ns());
        }
    }
    std::size_t held() const { return held_.size(); }

    std::int64_t epoch_ns() {
        return (std::chrono::duration_cast<Nanos>(epoch_start_) + clock_.now() - start_).count();
    }

  private:
    friend class MemoryHost;
    struct Held {
        MemorySocket* socket;
        SocketAddress source;
        std::vector<std::byte> bytes;
    };

    void observe(const SocketAddress& source, const SocketAddress& destination, ConstBytes bytes) {
        if (observer_) observer_({source, destination, {}, bytes});
    }
    void pass(MemorySocket& to, const Passage& passage) {
        const Fate fate = fault_ ? fault_(passage) : Fate::deliver;
        if (fate == Fate::drop) return;
        if (fate == Fate::hold) {
            held_.push_back({&to, passage.source, {passage.bytes.begin(), passage.bytes.end()}});
            return;
        }
        to.arrive(passage.source, passage.bytes, epoch_ns());
        if (fate == Fate::duplicate) to.arrive(passage.source, passage.bytes, epoch_ns());
    }
    void forget(const MemorySocket& socket) {
        std::erase_if(held_, [&](const Held& held) { return held.socket == &socket; });
    }

    Clock& clock_;
    Nanos start_;
    Millis epoch_start_;
    std::vector<std::unique_ptr<MemoryHost>> hosts_;
    std::function<Fate(const Passage&)> fault_;
    std::function<void(const Passage&)> observer_;
    std::vector<Held> held_;
};

/// One machine of the segment.
class MemoryHost final : public Network, private MemoryWire {
  public:
    MemoryHost(MemoryNetwork& network, std::string name, const std::vector<IpAddress>& addresses)
        : network_(network), name_(std::move(name)) {
        add_interface({.name = "lo", .index = 1, .prefix_length = 8, .is_loopback = true},
                      IpAddress::ipv4(127, 0, 0, 1));
        for (const IpAddress& address : addresses) add_segment_address(address);
        add_interface({.name = "lo", .index = 1, .prefix_length = 128, .is_loopback = true},
                      *IpAddress::parse("::1"));
    }

    const std::string& name() const { return name_; }
    void add_segment_address(const IpAddress& address) {
        add_interface({.name = "eth0",
                       .index = 2,
                       .prefix_length = address.is_ipv6() ? 64 : 24,
                       .is_multicast_capable = true},
                      address);
    }
    void remove_segment_address(const IpAddress& address) {
        std::erase_if(interfaces_, [&](const uri::NetworkInterface& one) {
            return !one.is_loopback && one.address == address;
        });
    }

    /// Names that resolve; "localhost" and literal addresses always do. May be changed.
    void set_name(std::string_view name, const IpAddress& address) {
        names_.insert_or_assign(std::string(name), address);
    }
    void forget_name(std::string_view name) { names_.erase(std::string(name)); }
    int resolve_count() const { return resolve_count_; }

    /// How many datagrams its sockets still take; then sends fall short. nullopt: no bound.
    void set_send_room(std::optional<std::size_t> datagrams) { send_room_ = datagrams; }
    /// Each send fails with it. 0: no more.
    void set_send_error(int error) { send_error_ = error; }
    /// Each open fails with it. nullopt: no more.
    void set_open_error(std::optional<Error> error) { open_error_ = std::move(error); }
    void set_buffer_limits(const SocketBufferLimits& limits) { limits_ = limits; }
    /// Whether a sender hears that nobody listens on a port.
    void set_port_unreachable(bool is_told) { tells_unreachable_ = is_told; }
    const std::vector<MemorySocket*>& sockets() const { return sockets_; }

    Result<IpAddress> resolve(std::string_view host) override {
        ++resolve_count_;
        if (const auto found = names_.find(std::string(host)); found != names_.end()) {
            return found->second;
        }
        if (host == "localhost") return IpAddress::ipv4(127, 0, 0, 1);
        if (const auto literal = IpAddress::parse(host)) return *literal;
        return Error{ErrorCode::unknown_host, "(-2) Name or service not known"};
    }
    std::vector<uri::NetworkInterface> interfaces() override { return interfaces_; }

    Result<std::unique_ptr<UdpSocket>> open(const SocketSpec& spec) override {
        if (open_error_) return *open_error_;
        SocketAddress local = spec.bind.value_or(SocketAddress::wildcard(spec.family));
        if (const char* const fault = address_fault(spec, local)) {
            return open_fault("failed to bind(" + local.text() + "): " + fault);
        }
        if (local.port == 0) local.port = ephemeral_port(spec, local);
        if (!is_free(spec, local)) {
            return open_fault("failed to bind(" + local.text() + "): (98) address in use");
        }
        MemoryWire& wire = *this;
        auto socket = std::make_unique<MemorySocket>(wire, spec, local,
                                                     limits_.granted_send(spec.send_buffer),
                                                     limits_.granted_receive(spec.receive_buffer));
        sockets_.push_back(socket.get());
        if (spec.connect) {
            if (auto connected = socket->connect(*spec.connect); !connected) {
                return std::move(connected).error();
            }
        }
        return std::unique_ptr<UdpSocket>(std::move(socket));
    }
    std::unique_ptr<SocketPoller> make_poller(std::size_t iteration_threshold) override {
        return std::make_unique<MemoryPoller>(iteration_threshold);
    }
    SocketBufferLimits buffer_limits() override { return limits_; }
    std::int64_t epoch_ns() override { return network_.epoch_ns(); }

  private:
    friend class MemoryNetwork;

    static Error open_fault(std::string text) {
        return {ErrorCode::generic_error, std::move(text)};
    }
    void add_interface(uri::NetworkInterface one, const IpAddress& address) {
        one.address = address;
        one.is_up = true;
        interfaces_.push_back(std::move(one));
    }

    bool is_own(const IpAddress& address) const {
        return std::any_of(interfaces_.begin(), interfaces_.end(),
                           [&](const auto& one) { return one.address == address; });
    }
    const uri::NetworkInterface* find_interface(const SocketSpec& spec) const {
        for (const uri::NetworkInterface& one : interfaces_) {
            if (one.address.family() != spec.family) continue;
            if (spec.interface_index != 0  ? one.index == spec.interface_index
                : spec.multicast_interface ? one.address == *spec.multicast_interface
                                           : !one.is_loopback) {
                return &one;
            }
        }
        return nullptr;
    }
    const char* address_fault(const SocketSpec& spec, const SocketAddress& local) const {
        if (local.ip.family() != spec.family) return "(97) address family not supported";
        if (spec.join && spec.join->family() != spec.family)
            return "(22) a group of another family";
        if (!local.ip.is_any() && !local.ip.is_multicast() && !is_own(local.ip)) {
            return "(99) cannot assign requested address";
        }
        if ((spec.join || spec.multicast_interface) && find_interface(spec) == nullptr) {
            return "(19) no such interface";
        }
        return nullptr;
    }
    bool is_free(const SocketSpec& spec, const SocketAddress& local) const {
        return std::none_of(sockets_.begin(), sockets_.end(), [&](const MemorySocket* other) {
            const SocketAddress taken = other->local_address();
            const bool overlaps =
                taken.ip.family() == local.ip.family() &&
                (local.ip.is_any() || other->bound_ip().is_any() || other->bound_ip() == local.ip);
            return taken.port == local.port && overlaps &&
                   !(spec.shares_port && other->spec().shares_port);
        });
    }
    std::uint16_t ephemeral_port(const SocketSpec& spec, SocketAddress local) {
        do {
            local.port = next_port_;
            next_port_ = next_port_ == 60999 ? std::uint16_t{32768}
                                             : static_cast<std::uint16_t>(next_port_ + 1);
        } while (!is_free(spec, local));
        return local.port;
    }

    bool takes_another() override {
        if (!send_room_) return true;
        if (*send_room_ == 0) return false;
        --*send_room_;
        return true;
    }
    int choose_source(const SocketSpec& spec, const SocketAddress& peer,
                      SocketAddress& local) override {
        if (peer.ip.family() != local.ip.family()) return EAFNOSUPPORT;
        if (!local.ip.is_any()) return 0;
        const auto source = source_for(spec, peer.ip);
        if (!source) return ENETUNREACH;
        local.ip = *source;
        return 0;
    }
    std::optional<IpAddress> source_for(const SocketSpec& spec, const IpAddress& to) const {
        if (is_own(to) || is_loopback(to)) return to;
        const bool is_group = to.is_multicast();
        const uri::NetworkInterface* const way =
            find_interface(is_group ? spec : SocketSpec{.family = to.family()});
        if (way == nullptr) return std::nullopt;
        return way->address;
    }
    static bool is_loopback(const IpAddress& address) {
        return address.is_ipv6() ? address == *IpAddress::parse("::1") : address.bytes()[0] == 127;
    }

    int carry(MemorySocket& from, const SocketAddress& to, ConstBytes bytes) override {
        if (send_error_ != 0) return send_error_;
        SocketAddress source = from.local_address();
        if (const int error = choose_source(from.spec(), to, source); error != 0) return error;
        network_.observe(source, to, bytes);
        if (to.ip.is_multicast()) {
            carry_to_group(from, {source, to, {}, bytes});
            return 0;
        }
        MemoryHost* const target =
            is_own(to.ip) || is_loopback(to.ip) ? this : network_.host_of(to.ip);
        if (target == nullptr || (is_loopback(source.ip) && target != this)) return 0;
        if (MemorySocket* const socket = target->socket_for(source, to)) {
            network_.pass(*socket, {source, to, target->name_, bytes});
        } else if (from.peer() && tells_unreachable_) {
            from.refuse();
        }
        return 0;
    }
    void carry_to_group(const MemorySocket& from, Passage passage) {
        const uri::NetworkInterface* const way = find_interface(from.spec());
        const bool stays = way == nullptr || way->is_loopback;
        for (const auto& host : network_.hosts()) {
            if (stays && host.get() != this) continue;
            passage.receiver = host->name_;
            for (MemorySocket* const socket : host->sockets_) {
                if (host->has_joined(*socket, passage, stays)) network_.pass(*socket, passage);
            }
        }
    }
    bool has_joined(const MemorySocket& socket, const Passage& passage, bool by_loopback) const {
        const uri::NetworkInterface* const way = find_interface(socket.spec());
        return socket.spec().join == passage.destination.ip &&
               socket.local_address().port == passage.destination.port && way != nullptr &&
               way->is_loopback == by_loopback && socket.wants_from(passage.source);
    }
    // The most particular one: connected before bound to the address before bound to all.
    MemorySocket* socket_for(const SocketAddress& source, const SocketAddress& to) const {
        MemorySocket* best = nullptr;
        int best_score = 0;
        for (MemorySocket* const socket : sockets_) {
            const SocketAddress local = socket->local_address();
            const bool is_for_it = local.port == to.port && local.ip.family() == to.ip.family() &&
                                   (local.ip.is_any() || local.ip == to.ip) &&
                                   socket->wants_from(source);
            const int score = 1 + (local.ip.is_any() ? 0 : 1) + (socket->peer() ? 2 : 0);
            if (is_for_it && score > best_score) {
                best = socket;
                best_score = score;
            }
        }
        return best;
    }
    void closed(MemorySocket& socket) override {
        network_.forget(socket);
        std::erase(sockets_, &socket);
    }

    MemoryNetwork& network_;
    std::string name_;
    std::vector<uri::NetworkInterface> interfaces_;
    std::map<std::string, IpAddress> names_;
    int resolve_count_ = 0;
    std::vector<MemorySocket*> sockets_;
    std::uint16_t next_port_ = 32768;
    std::optional<std::size_t> send_room_;
    int send_error_ = 0;
    std::optional<Error> open_error_;
    SocketBufferLimits limits_{212'992, 212'992, 8'388'608, 8'388'608};
    bool tells_unreachable_ = true;
};

inline MemoryHost& MemoryNetwork::add_host(std::string name,
                                           const std::vector<IpAddress>& addresses) {
    hosts_.push_back(std::make_unique<MemoryHost>(*this, std::move(name), addresses));
    return *hosts_.back();
}

inline MemoryHost* MemoryNetwork::host_of(const IpAddress& address) {
    for (const auto& host : hosts_) {
        if (!MemoryHost::is_loopback(address) && host->is_own(address)) return host.get();
    }
    return nullptr;
}

}  // namespace tern::driver

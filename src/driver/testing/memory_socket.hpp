#pragma once

/// For tests: a UDP socket in memory. Datagrams go to a wire (MemoryNetwork, or a test's own), and
/// wait in a queue that is as long as the receive buffer. One thread.

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "tern/driver/media/network.hpp"

namespace tern::driver {

class MemorySocket;

/// What a socket is plugged into; outlives it.
class MemoryWire {
  public:
    virtual ~MemoryWire() = default;
    /// 0, or the errno of a hard error.
    virtual int carry(MemorySocket& from, const SocketAddress& to, ConstBytes bytes) = 0;
    /// False: the host takes no more for now. Asked before each datagram.
    virtual bool takes_another() = 0;
    /// The address that datagrams to the peer leave with; an errno if there is no way.
    virtual int choose_source(const SocketSpec& spec, const SocketAddress& peer,
                              SocketAddress& local) = 0;
    virtual void closed(MemorySocket& socket) = 0;
};

class MemorySocket final : public UdpSocket {
  public:
    /// `local` is what it is bound to, `buffers` what it reports.
    MemorySocket(MemoryWire& wire, const SocketSpec& spec, const SocketAddress& local,
                 std::int32_t send_buffer, std::int32_t receive_buffer)
        : wire_(wire),
          spec_(spec),
          local_(local),
          bound_ip_(local.ip),
          send_buffer_(send_buffer),
          receive_buffer_(receive_buffer) {}
    ~MemorySocket() override { wire_.closed(*this); }
    MemorySocket(const MemorySocket&) = delete;
    MemorySocket& operator=(const MemorySocket&) = delete;

    SendOutcome send(std::span<const ConstBytes> datagrams) override {
        const auto& to = peer_ ? peer_ : spec_.unconnected_peer;
        if (!to) return {0, EDESTADDRREQ};
        return send_all(*to, datagrams);
    }
    SendOutcome send_to(const SocketAddress& to, std::span<const ConstBytes> datagrams) override {
        return send_all(to, datagrams);
    }
    int receive(ReceiveBatch& batch) override {
        batch.set_count(0);
        if (std::exchange(is_refused_, false)) return 0;
        std::size_t count = 0;
        for (; count < batch.capacity() && !queue_.empty(); ++count) {
            const Waiting& waiting = queue_.front();
            const Bytes buffer = batch.buffer(count);
            const std::size_t length = std::min(buffer.size(), waiting.bytes.size());
            std::copy_n(waiting.bytes.begin(), length, buffer.begin());
            batch.slot(count) = {buffer.first(length), waiting.source, waiting.time_ns, 0};
            queued_charge_ -= charge_of(waiting.bytes.size());
            queue_.pop_front();
        }
        batch.set_count(count);
        return static_cast<int>(count);
    }
    Result<void> connect(const SocketAddress& peer) override {
        if (spec_.unconnected_peer) {
            spec_.unconnected_peer = peer;
            return {};
        }
        SocketAddress local = local_;
        if (const int error = wire_.choose_source(spec_, peer, local); error != 0) {
            return Error{ErrorCode::generic_error, "failed to connect(" + peer.text() + "): (" +
                                                       std::to_string(error) +
                                                       ") no way there from " + local_.text()};
        }
        local_ = local;
        peer_ = peer;
        is_refused_ = false;
        return {};
    }

    SocketAddress local_address() const override { return local_; }
    std::int32_t send_buffer_length() const override { return send_buffer_; }
    std::int32_t receive_buffer_length() const override { return receive_buffer_; }
    std::uint8_t multicast_ttl() const override {
        return spec_.multicast_ttl != 0 ? spec_.multicast_ttl : std::uint8_t{1};
    }

    // For the wire.
    const SocketSpec& spec() const { return spec_; }
    const std::optional<SocketAddress>& peer() const { return peer_; }
    /// Where it takes datagrams for; the wildcard address: all that are its host's.
    const IpAddress& bound_ip() const { return bound_ip_; }
    bool wants_from(const SocketAddress& source) const { return !peer_ || *peer_ == source; }
    bool has_waiting() const { return is_refused_ || !queue_.empty(); }
    std::size_t waiting() const { return queue_.size(); }
    std::uint64_t overflows() const { return overflows_; }  // datagrams that found no room
    void arrive(const SocketAddress& source, ConstBytes bytes, std::int64_t time_ns) {
        const std::int64_t charge = charge_of(bytes.size());
        if (queued_charge_ + charge > receive_buffer_) {
            ++overflows_;
            return;
        }
        queued_charge_ += charge;
        queue_.push_back(
            {source, {bytes.begin(), bytes.end()}, spec_.wants_kernel_time ? time_ns : 0});
    }
    /// The peer's host has nobody on that port: seen by the next send or receive, once.
    void refuse() { is_refused_ = true; }

    /// What one datagram takes of a receive buffer, about as Linux counts it.
    static std::int64_t charge_of(std::size_t length) {
        return static_cast<std::int64_t>(std::max<std::size_t>(512, std::bit_ceil(length + 64)) +
                                         320);
    }

  private:
    struct Waiting {
        SocketAddress source;
        std::vector<std::byte> bytes;
        std::int64_t time_ns;
    };

    SendOutcome send_all(const SocketAddress& to, std::span<const ConstBytes> datagrams) {
        SendOutcome outcome;
        for (const ConstBytes datagram : datagrams) {
            if (std::exchange(is_refused_, false) || !wire_.takes_another()) break;
            const std::size_t longest = to.ip.is_ipv6() ? 65527 : 65507;
            outcome.system_error =
                datagram.size() > longest ? EMSGSIZE : wire_.carry(*this, to, datagram);
            if (outcome.system_error != 0) break;
            ++outcome.accepted;
        }
        return outcome;
    }

    MemoryWire& wire_;
    SocketSpec spec_;
    SocketAddress local_;
    IpAddress bound_ip_;
    std::int32_t send_buffer_;
    std::int32_t receive_buffer_;
    std::optional<SocketAddress> peer_;
    std::deque<Waiting> queue_;
    std::int64_t queued_charge_ = 0;
    std::uint64_t overflows_ = 0;
    bool is_refused_ = false;
};

class MemoryPoller final : public SocketPoller {
  public:
    explicit MemoryPoller(std::size_t iteration_threshold) : threshold_(iteration_threshold) {}

    void add(UdpSocket& socket, void* token) override {
        sockets_.push_back({&dynamic_cast<MemorySocket&>(socket), token});
    }
    void remove(UdpSocket& socket) override {
        std::erase_if(sockets_, [&](const Member& member) { return member.socket == &socket; });
    }
    std::span<void* const> poll() override {
        ready_.clear();
        for (const Member& member : sockets_) {
            if (sockets_.size() <= threshold_ || member.socket->has_waiting()) {
                ready_.push_back(member.token);
            }
        }
        return ready_;
    }

  private:
    struct Member {
        MemorySocket* socket;
        void* token;
    };
    std::size_t threshold_;
    std::vector<Member> sockets_;
    std::vector<void*> ready_;
};

}  // namespace tern::driver

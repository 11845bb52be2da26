#pragma once

/// For tests of an agent alone: a socket that records what is sent and hands up what the test puts
/// in. No network behind it.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tern/driver/testing/memory_socket.hpp"

namespace tern::driver {

class FakeSocket final : public UdpSocket {
  public:
    struct Sent {
        std::optional<SocketAddress> to;  // none: to the peer
        std::vector<std::byte> bytes;
    };
    struct Arrival {
        SocketAddress source;
        std::vector<std::byte> bytes;
        std::int64_t kernel_time_ns = 0;
        std::size_t segment_length = 0;
    };

    // Given by the test.
    std::optional<std::size_t> room;  // datagrams that are still taken; none: no bound
    std::int32_t send_error = 0;      // of each send from now on
    int receive_error = 0;            // a negative errno, of each receive from now on
    std::optional<Error> connect_error;
    SocketAddress local{IpAddress::ipv4(127, 0, 0, 1), 32768};
    std::int32_t send_buffer = 212'992;
    std::int32_t receive_buffer = 212'992;
    std::uint8_t ttl = 1;

    // Seen by the test.
    std::vector<Sent> sent;
    std::vector<std::size_t> batches;  // how many datagrams each send was asked to take
    std::vector<SocketAddress> peers;  // of each connect

    void arrive(const SocketAddress& source, ConstBytes bytes, std::int64_t kernel_time_ns = 0,
                std::size_t segment_length = 0) {
        arrivals.push_back({source, {bytes.begin(), bytes.end()}, kernel_time_ns, segment_length});
    }
    std::deque<Arrival> arrivals;  // not yet received

    SendOutcome send(std::span<const ConstBytes> datagrams) override {
        return take(std::nullopt, datagrams);
    }
    SendOutcome send_to(const SocketAddress& to, std::span<const ConstBytes> datagrams) override {
        return take(to, datagrams);
    }
    int receive(ReceiveBatch& batch) override {
        batch.set_count(0);
        if (receive_error != 0) return receive_error;
        std::size_t count = 0;
        for (; count < batch.capacity() && !arrivals.empty(); ++count) {
            const Arrival& arrival = arrivals.front();
            const Bytes buffer = batch.buffer(count);
            const std::size_t length = std::min(buffer.size(), arrival.bytes.size());
            std::copy_n(arrival.bytes.begin(), length, buffer.begin());
            batch.slot(count) = {buffer.first(length), arrival.source, arrival.kernel_time_ns,
                                 arrival.segment_length};
            arrivals.pop_front();
        }
        batch.set_count(count);
        return static_cast<int>(count);
    }
    Result<void> connect(const SocketAddress& peer) override {
        if (connect_error) return *connect_error;
        peers.push_back(peer);
        return {};
    }
    SocketAddress local_address() const override { return local; }
    std::int32_t send_buffer_length() const override { return send_buffer; }
    std::int32_t receive_buffer_length() const override { return receive_buffer; }
    std::uint8_t multicast_ttl() const override { return ttl; }

  private:
    SendOutcome take(std::optional<SocketAddress> to, std::span<const ConstBytes> datagrams) {
        batches.push_back(datagrams.size());
        SendOutcome outcome{0, send_error};
        while (send_error == 0 && outcome.accepted < datagrams.size() && (!room || *room > 0)) {
            const ConstBytes bytes = datagrams[outcome.accepted++];
            sent.push_back({to, {bytes.begin(), bytes.end()}});
            if (room) --*room;
        }
        return outcome;
    }
};

/// Hands up every socket, ready or not.
class FakePoller final : public SocketPoller {
  public:
    void add(UdpSocket& socket, void* token) override {
        sockets_.push_back(&socket);
        tokens_.push_back(token);
    }
    void remove(UdpSocket& socket) override {
        for (std::size_t i = sockets_.size(); i-- > 0;) {
            if (sockets_[i] != &socket) continue;
            sockets_.erase(sockets_.begin() + static_cast<std::ptrdiff_t>(i));
            tokens_.erase(tokens_.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }
    std::span<void* const> poll() override { return tokens_; }
    std::size_t size() const { return sockets_.size(); }

  private:
    std::vector<UdpSocket*> sockets_;
    std::vector<void*> tokens_;
};

/// Makes fake sockets and fake pollers, on a machine of which only the loopback is known.
class FakeNetwork final : public Network {
  public:
    /// Of the sockets that were opened, in that order, while they live.
    std::vector<FakeSocket*> opened;
    std::vector<SocketSpec> specs;
    std::optional<Error> open_error;
    std::int64_t epoch = 1'700'000'000'000'000'000;

    Result<std::unique_ptr<UdpSocket>> open(const SocketSpec& spec) override {
        if (open_error) return *open_error;
        auto socket = std::make_unique<FakeSocket>();
        if (spec.bind) socket->local = *spec.bind;
        if (spec.multicast_ttl != 0) socket->ttl = spec.multicast_ttl;
        if (spec.connect) socket->peers.push_back(*spec.connect);
        specs.push_back(spec);
        opened.push_back(socket.get());
        return std::unique_ptr<UdpSocket>(std::move(socket));
    }
    std::unique_ptr<SocketPoller> make_poller(std::size_t) override {
        return std::make_unique<FakePoller>();
    }
    SocketBufferLimits buffer_limits() override { return {212'992, 212'992, 425'984, 425'984}; }
    std::int64_t epoch_ns() override { return epoch; }
    Result<IpAddress> resolve(std::string_view host) override {
        if (host == "localhost") return IpAddress::ipv4(127, 0, 0, 1);
        if (const auto literal = IpAddress::parse(host)) return *literal;
        return Error{ErrorCode::unknown_host, "(-2) Name or service not known"};
    }
    std::vector<uri::NetworkInterface> interfaces() override {
        return {{.name = "lo",
                 .index = 1,
                 .address = IpAddress::ipv4(127, 0, 0, 1),
                 .prefix_length = 8,
                 .is_up = true,
                 .is_loopback = true}};
    }
};

}  // namespace tern::driver

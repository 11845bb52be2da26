#pragma once

/// For tests of the conductor: a network that opens sockets which do nothing, remembers how they
/// were asked for, and fails on demand. Names and interfaces are what the test says.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tern/driver/media/network.hpp"

namespace tern::driver {

class ScriptedNetwork final : public Network {
  public:
    class Socket final : public UdpSocket {
      public:
        Socket(const SocketSpec& spec, const SocketAddress& local, int& open_count)
            : spec_(spec), local_(local), open_count_(open_count) {
            ++open_count_;
        }
        ~Socket() override { --open_count_; }

        SendOutcome send(std::span<const ConstBytes> datagrams) override {
            return {.accepted = datagrams.size()};
        }
        SendOutcome send_to(const SocketAddress&, std::span<const ConstBytes> datagrams) override {
            return {.accepted = datagrams.size()};
        }
        int receive(ReceiveBatch&) override { return 0; }
        Result<void> connect(const SocketAddress&) override { return {}; }
        SocketAddress local_address() const override { return local_; }
        std::int32_t send_buffer_length() const override {
            return static_cast<std::int32_t>(spec_.send_buffer);
        }
        std::int32_t receive_buffer_length() const override {
            return static_cast<std::int32_t>(spec_.receive_buffer);
        }
        std::uint8_t multicast_ttl() const override { return spec_.multicast_ttl; }

      private:
        SocketSpec spec_;
        SocketAddress local_;
        int& open_count_;
    };

    Result<std::unique_ptr<UdpSocket>> open(const SocketSpec& spec) override {
        if (open_error) return *open_error;
        opened.push_back(spec);
        SocketAddress local = spec.bind.value_or(SocketAddress::wildcard(spec.family));
        if (local.port == 0) local.port = next_port++;
        return std::unique_ptr<UdpSocket>(std::make_unique<Socket>(spec, local, open_sockets));
    }
    std::unique_ptr<SocketPoller> make_poller(std::size_t) override { return nullptr; }
    SocketBufferLimits buffer_limits() override { return limits; }
    std::int64_t epoch_ns() override { return 0; }

    Result<IpAddress> resolve(std::string_view host) override {
        ++resolutions;
        if (const auto named = names.find(std::string(host)); named != names.end()) {
            return named->second;
        }
        if (const std::optional<IpAddress> literal = IpAddress::parse(host)) return *literal;
        return Error{ErrorCode::unknown_host, "(-2) Name or service not known"};
    }
    std::vector<uri::NetworkInterface> interfaces() override { return machine; }

    std::map<std::string, IpAddress> names{{"localhost", IpAddress::ipv4(127, 0, 0, 1)}};
    std::vector<uri::NetworkInterface> machine{{.name = "lo",
                                                .index = 1,
                                                .address = IpAddress::ipv4(127, 0, 0, 1),
                                                .prefix_length = 8,
                                                .is_up = true,
                                                .is_loopback = true},
                                               {.name = "eth0",
                                                .index = 2,
                                                .address = IpAddress::ipv4(192, 168, 0, 20),
                                                .prefix_length = 24,
                                                .is_up = true,
                                                .is_multicast_capable = true}};
    SocketBufferLimits limits{.default_send = 212'992,
                              .default_receive = 212'992,
                              .max_send = 4'194'304,
                              .max_receive = 4'194'304};
    std::optional<Error> open_error;  // of every socket from now on
    std::vector<SocketSpec> opened;   // in order
    int open_sockets = 0;
    int resolutions = 0;
    std::uint16_t next_port = 50'000;
};

}  // namespace tern::driver

#pragma once

/// A machine with the interfaces lo (127.0.0.1, ::1) and eth0, on which only "localhost" resolves.

#include "tern/uri/host_network.hpp"

namespace tern::uri {

class FakeNetwork final : public HostNetwork {
  public:
    Result<IpAddress> resolve(std::string_view host) override {
        if (host == "localhost") return IpAddress::ipv4(127, 0, 0, 1);
        if (const auto literal = IpAddress::parse(host)) return *literal;
        return Error{ErrorCode::unknown_host, "(-2) Name or service not known"};
    }

    std::vector<NetworkInterface> interfaces() override { return interfaces_; }

    static NetworkInterface loopback(std::string_view address, int prefix_length) {
        return {.name = "lo",
                .index = 1,
                .address = *IpAddress::parse(address),
                .prefix_length = prefix_length,
                .is_up = true,
                .is_loopback = true};
    }
    static NetworkInterface ethernet(std::string_view name, unsigned index,
                                     std::string_view address, int prefix_length) {
        return {.name = std::string{name},
                .index = index,
                .address = *IpAddress::parse(address),
                .prefix_length = prefix_length,
                .is_up = true,
                .is_multicast_capable = true};
    }

    std::vector<NetworkInterface> interfaces_{
        loopback("127.0.0.1", 8), ethernet("eth0", 2, "192.168.0.20", 24), loopback("::1", 128),
        ethernet("eth0", 2, "fe80::20", 64)};
};

}  // namespace tern::uri

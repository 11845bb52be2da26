#pragma once

/// A network without sockets: every channel over UDP is refused.

#include <memory>
#include <string>
#include <vector>

#include "tern/driver/media/network.hpp"

namespace tern::runtime {

class NoNetwork final : public driver::Network {
  public:
    Result<std::unique_ptr<driver::UdpSocket>> open(const driver::SocketSpec&) override {
        return refusal();
    }
    std::unique_ptr<driver::SocketPoller> make_poller(std::size_t) override { return nullptr; }
    driver::SocketBufferLimits buffer_limits() override { return {}; }
    std::int64_t epoch_ns() override { return 0; }
    Result<IpAddress> resolve(std::string_view) override { return refusal(); }
    std::vector<uri::NetworkInterface> interfaces() override { return {}; }

  private:
    static Error refusal() {
        return {ErrorCode::generic_error, "UDP is not supported yet, use aeron:ipc"};
    }
};

}  // namespace tern::runtime

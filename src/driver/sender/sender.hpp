#pragma once

/// The driver's sender: sends what publications have, and listens to their receivers (spec
/// wire-protocol.md 4.18). It learns of publications and endpoints by commands of the conductor.

#include <memory>
#include <string_view>

#include "tern/base/agent.hpp"
#include "tern/driver/driver_context.hpp"
#include "tern/driver/driver_memory.hpp"
#include "tern/driver/media/network.hpp"
#include "tern/driver/sender/sender_commands.hpp"
#include "tern/driver/sender/sender_context.hpp"

namespace tern::driver {

class Sender final : public Agent {
  public:
    /// All of them outlive the sender.
    Sender(const DriverContext& context, DriverMemory& memory, Network& network,
           SenderQueues& queues);
    ~Sender() override;

    int do_work(Nanos now) override;
    /// The earliest of: a publication's next SETUP or heartbeat, a retransmission, the next slow
    /// work.
    Nanos next_deadline() const override;
    std::string_view role_name() const override;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tern::driver

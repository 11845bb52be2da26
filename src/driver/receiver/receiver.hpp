#pragma once

/// The driver's receiver: reads what senders send, puts it into images, and answers them (spec
/// wire-protocol.md 5.2). It learns of endpoints and images by commands of the conductor.

#include <memory>

#include "tern/base/agent.hpp"
#include "tern/driver/driver_context.hpp"
#include "tern/driver/driver_memory.hpp"
#include "tern/driver/media/network.hpp"
#include "tern/driver/receiver/receiver_commands.hpp"

namespace tern::driver {

class Receiver final : public Agent {
  public:
    /// All of them outlive the receiver.
    Receiver(const DriverContext& context, DriverMemory& memory, Network& network,
             ReceiverQueues& queues);
    ~Receiver() override;

    int do_work(Nanos now) override;
    Nanos next_deadline() const override;
    std::string_view role_name() const override;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tern::driver

#pragma once

/// The driver's receiver: reads what senders send, puts it into images, and answers them (spec
/// wire-protocol.md 5.2). It learns of endpoints and images by commands of the conductor.

#include <memory>

#include "tern/base/agent.hpp"
#include "tern/driver/cached_time.hpp"
#include "tern/driver/driver_context.hpp"
#include "tern/driver/driver_memory.hpp"
#include "tern/driver/error_sink.hpp"
#include "tern/driver/media/network.hpp"
#include "tern/driver/receiver/receiver_commands.hpp"

namespace tern::driver {

/// What the parts of the receiver work with.
struct ReceiverContext {
    const Settings& settings;
    SystemCounters& system;
    ErrorSink& errors;
    HandOver<ReceiverEvent>& events;
    Network& network;  // only its epoch_ns and make_poller
    const CachedTime& time;
};

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

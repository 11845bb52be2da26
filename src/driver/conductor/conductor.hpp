#pragma once

/// The driver's conductor: obeys the clients' commands, keeps their resources from making to end,
/// moves publisher limits, and gives clients up that are silent (spec control-protocol.md). A state
/// machine: it reads the wall clock it was given, at most once per millisecond, and nothing else
/// of the outside; slow work goes to the executor. Everything happens on the thread that calls.

#include <cstdint>

#include "tern/base/agent.hpp"
#include "tern/driver/conductor/command_dispatch.hpp"
#include "tern/driver/conductor/conductor_parts.hpp"
#include "tern/driver/conductor/control_ring_watch.hpp"
#include "tern/driver/conductor/image_creation.hpp"
#include "tern/driver/conductor/image_responses.hpp"
#include "tern/driver/conductor/receiver_events.hpp"
#include "tern/driver/conductor/sender_events.hpp"
#include "tern/driver/driver_context.hpp"
#include "tern/driver/driver_memory.hpp"

namespace tern::driver {

class Conductor final : public Agent {
  public:
    /// All of them outlive the conductor. `memory` lies in the context's directory. The other ends
    /// of the queues are the sender's and the receiver's.
    Conductor(const DriverContext& context, DriverMemory& memory, Network& network,
              SenderQueues& sender_queues, ReceiverQueues& receiver_queues);

    int do_work(Nanos now) override;
    /// Of the next timer pass, or of a gap that is to be reported.
    Nanos next_deadline() const override;
    std::string_view role_name() const override;
    /// Deletes the log files, tells the clients by a heartbeat of -1, and sends no event. Whoever
    /// stops the driver has stopped the other agents before, and flushes cnc.dat after.
    void on_close() override;

  private:
    void begin_cycle(Nanos now);
    int on_timer();
    void end_expired_clients();
    void run_publication_timers();
    int track_publications();
    template <typename Publications, typename Publication>
    void reserve_blocks(Publications& publications, Publication& publication);
    void run_network_publication_timers();
    void run_image_timers();
    void end_receiving(NetworkImage& image);
    void dispose(std::unique_ptr<NetworkImage> image);
    int track_images();

    const DriverContext& context_;
    DriverMemory& memory_;
    ConductorParts parts_;
    CommandDispatch commands_;
    SenderEvents sender_events_;
    ImageResponses responses_;
    ImageCreation image_creation_;
    ReceiverEvents receiver_events_;
    ControlRingWatch ring_watch_;
    Counter max_cycle_time_;
    Counter slow_cycles_;
    bool is_first_cycle_ = true;
    Nanos epoch_read_at_{0};
    Nanos next_timer_{0};
};

}  // namespace tern::driver

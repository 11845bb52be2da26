#pragma once

/// A whole media driver on a host: production code from the directory to the sockets' interface.
/// Its agents run in turn with everybody else.

#include <memory>
#include <string>
#include <vector>

#include "delayed_executor.hpp"
#include "host.hpp"
#include "schedule.hpp"
#include "tern/driver/conductor/conductor.hpp"
#include "tern/driver/directory.hpp"
#include "tern/driver/driver_memory.hpp"
#include "tern/driver/receiver/receiver.hpp"
#include "tern/driver/sender/sender.hpp"

namespace tern::sim {

class SimDriver {
  public:
    /// An error where the directory is not free yet: somebody died there a moment ago.
    static Result<std::unique_ptr<SimDriver>> start(Host& host, Schedule& schedule,
                                                    const driver::Settings& settings, Dice dice);
    /// Dies as by kill -9: its files stay as they are.
    ~SimDriver();
    /// Ends in good order.
    void stop();

    const driver::Settings& settings() const { return settings_; }
    const CountersReader& counters() const { return memory_->counters; }
    const driver::DriverMemory& memory() const { return *memory_; }
    std::vector<std::string> logged_errors() const;
    /// Its agents, to pause one.
    std::vector<Party*> parties() const;

  private:
    class AgentParty;
    SimDriver(Host& host, Schedule& schedule, const driver::Settings& settings, Dice dice);
    Result<void> prepare();
    void make_parties();

    Host& host_;
    Schedule& schedule_;
    driver::Settings settings_;
    driver::Hooks hooks_;
    SeededRandom random_;
    DelayedExecutor executor_;
    std::optional<driver::PreparedDirectory> directory_;
    std::unique_ptr<driver::DriverMemory> memory_;
    std::unique_ptr<driver::DriverContext> context_;
    driver::SenderQueues sender_queues_;
    driver::ReceiverQueues receiver_queues_;
    std::unique_ptr<driver::Conductor> conductor_;
    std::unique_ptr<driver::Sender> sender_;
    std::unique_ptr<driver::Receiver> receiver_;
    std::vector<std::unique_ptr<AgentParty>> parties_;
};

}  // namespace tern::sim

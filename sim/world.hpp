#pragma once

/// One run: hosts, drivers, processes and the network between them, from chaos through healing
/// to an orderly end. Throws a Violation where something is wrong.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "checkers/ledger.hpp"
#include "checkers/position_checker.hpp"
#include "doom.hpp"
#include "findings.hpp"
#include "host.hpp"
#include "plan.hpp"
#include "schedule.hpp"
#include "sim_driver.hpp"
#include "sim_network.hpp"
#include "stranger.hpp"

namespace tern::sim {

class World {
  public:
    explicit World(const Plan& plan);
    ~World();

    /// All of it.
    void run();

    const Trace& trace() const { return trace_; }
    Nanos now() const { return schedule_.now(); }
    std::uint64_t steps() const { return schedule_.steps(); }
    std::uint64_t messages_received() const;
    std::uint64_t deaths_in_midst() const;
    /// For a failure: what each process and each driver's counters say.
    std::string state() const;

  private:
    template <typename Process, typename Planned>
    struct Slot {
        const Planned* planned = nullptr;
        std::size_t stream = 0;
        std::unique_ptr<Process> process;
        Nanos starts_at{0};
        int lives = 0;
    };
    using PublisherSlot = Slot<Publisher, PlannedPublisher>;
    using SubscriberSlot = Slot<Subscriber, PlannedSubscriber>;
    struct Pair {
        std::unique_ptr<Requester> requester;
        std::unique_ptr<Responder> responder;
        std::uint64_t needed = 0;  // responses, at the end
    };
    struct Station {
        std::unique_ptr<Host> host;
        std::unique_ptr<SimDriver> driver;
        std::unique_ptr<PositionChecker> checker;
        Nanos starts_at{0};
        Nanos disk_full_until{0};
        Doom* doom = nullptr;  // of a driver that has not started yet
    };

    void set_up();
    void run_until(Nanos until);
    /// Runs until `is_done`; a Violation that says `what` did not happen in time.
    template <typename Condition>
    void run_until(Condition&& is_done, Nanos patience, const std::string& what);
    void step();
    void tend();
    void start_what_is_due();
    void start_pairs();
    void start_driver(Station& station);
    void start(PublisherSlot& slot);
    void start(SubscriberSlot& slot);
    void happen(const PlannedEvent& event);
    void pause_somebody(const PlannedEvent& event);
    void end_driver(Station& station, const PlannedEvent& event);
    void bury_driver(Station& station, Nanos duration);
    template <typename SlotType>
    void crash(SlotType& slot, const PlannedEvent& event);
    template <typename SlotType>
    void bury(SlotType& slot, Nanos duration);
    Doom* make_doom(std::int64_t writes);
    /// They die as it says, and then `bury` is called.
    void condemn(const std::vector<Party*>& parties, Doom* doom, std::function<void()> bury);
    void condemn(Station& station, Doom* doom, Nanos duration);
    int run(Party& party, Nanos now);
    void remove(const Party& party);
    ProcessSetup setup_of(const std::string& kind, std::size_t index, int life,
                          std::size_t host) const;

    void heal();
    bool is_wired() const;
    bool has_delivered_all() const;
    void end_all();
    void check_nothing_left() const;
    void check_memory() const;
    template <typename Visit>
    void for_each_pair(Visit&& visit) const;

    struct Condemned {
        Doom* doom = nullptr;
        std::function<void()> bury;
    };

    const Plan plan_;
    Dice dice_;
    std::vector<std::unique_ptr<Doom>> dooms_;  // the stacks of the dead outlive what they used
    Schedule schedule_;
    Trace trace_;
    SimNetwork network_;
    Ledger ledger_;
    std::vector<Station> stations_;
    std::vector<PublisherSlot> publishers_;
    std::vector<SubscriberSlot> subscribers_;
    std::vector<Pair> pairs_;
    std::vector<std::unique_ptr<ClientProcess>> dead_;  // what was mapped stays so until the end
    std::unordered_map<const Party*, Condemned> condemned_;
    std::function<void()> bury_;  // one who has died just now
    std::unique_ptr<Stranger> stranger_;
    std::size_t next_event_ = 0;
    Nanos started_{0};
    Nanos next_due_{0};
    Nanos next_memory_check_{0};
    std::uint64_t next_writer_ = 1;
    bool is_healed_ = false;
};

}  // namespace tern::sim

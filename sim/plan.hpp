#pragma once

/// What one run is made of, all of it drawn from its seed: hosts and their settings, streams with
/// those who publish and subscribe, the network's faults, and what happens when. A plain value; a
/// hard scenario (scenarios.hpp) writes its own.

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "link_faults.hpp"
#include "publisher.hpp"
#include "responses.hpp"
#include "schedule.hpp"
#include "stranger.hpp"
#include "subscriber.hpp"
#include "tern/driver/settings.hpp"

namespace tern::sim {

struct PlannedPublisher {
    std::size_t host = 0;
    PublisherPlan plan;
    /// There is somebody who subscribes to it.
    bool is_wanted = true;
};

struct PlannedSubscriber {
    std::size_t host = 0;
    SubscriberPlan plan;
    /// Gets every message once all is well; not so one that may be put aside for being slow.
    bool must_get_all = true;
};

struct PlannedStream {
    std::string kind;  // for the description
    std::vector<PlannedPublisher> publishers;
    std::vector<PlannedSubscriber> subscribers;
};

enum class Happening {
    driver_crashes,
    driver_restarts,  // in good order
    publisher_crashes,
    publisher_reopens,
    publisher_revokes,
    subscriber_crashes,
    subscriber_reopens,
    party_pauses,
    wall_clock_jumps,
    link_is_cut,
    link_changes,
    name_changes,
    image_is_rejected,
    destination_goes,  // of a subscription, and comes back
    disk_is_full,
};

struct PlannedEvent {
    Nanos at{0};  // since the start
    Happening what = Happening::party_pauses;
    std::uint64_t whom = 0;   // of all there are, modulo their number
    Nanos duration{0};        // of a death, a pause, a cut
    std::int64_t amount = 0;  // of a jump: ms; of a death: writes until then, 0 none
    LinkFaults faults;        // of a link that changes
};

struct Plan {
    std::uint64_t seed = 0;
    std::string name;  // of a scenario
    Pace pace;
    std::vector<driver::Settings> hosts;
    std::vector<PlannedStream> streams;
    std::vector<ResponsePlan> responses;
    LinkFaults faults;                        // of all links, until the network heals
    StrangerPlan stranger;                    // until the network heals
    Nanos chaos{0};                           // how long it lasts
    std::vector<PlannedEvent> events;         // in order of time
    std::uint64_t messages_in_chaos = 1'000;  // of each publisher
    std::uint64_t messages_at_end = 100;      // that every subscriber must get
    bool is_quiet_while_healing = false;
};

/// For tests: a scenario is known by its name.
inline std::ostream& operator<<(std::ostream& out, const Plan& plan) {
    return out << plan.name;
}

Plan draw_plan(std::uint64_t seed);
/// The directory of the driver on every host.
inline constexpr const char* kDirectory = "/dev/shm/aeron";
/// "10.0.0.1" for host 0.
std::string address_of(std::size_t host);
/// Small buffers and short time-outs.
driver::Settings quick_settings();

/// Everything that is needed to understand a run, in lines.
std::string describe(const Plan& plan);

}  // namespace tern::sim

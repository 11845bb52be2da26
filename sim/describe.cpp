#include <sstream>

#include "plan.hpp"

namespace tern::sim {
namespace {

const char* name_of(Happening what) {
    switch (what) {
        case Happening::driver_crashes: return "driver crashes";
        case Happening::driver_restarts: return "driver restarts";
        case Happening::publisher_crashes: return "publisher crashes";
        case Happening::publisher_reopens: return "publisher reopens";
        case Happening::publisher_revokes: return "publisher revokes";
        case Happening::subscriber_crashes: return "subscriber crashes";
        case Happening::subscriber_reopens: return "subscriber reopens";
        case Happening::party_pauses: return "somebody pauses";
        case Happening::wall_clock_jumps: return "wall clock jumps";
        case Happening::link_is_cut: return "link is cut";
        case Happening::link_changes: return "link changes";
        case Happening::name_changes: return "name changes";
        case Happening::image_is_rejected: return "image is rejected";
        case Happening::destination_goes: return "destination goes";
        case Happening::disk_is_full: return "disk is full";
    }
    return "?";
}

void describe(std::ostream& out, const LinkFaults& faults) {
    out << "loss " << faults.loss << ", bursts " << faults.burst_start << ", of control "
        << faults.control_loss << ", duplicates " << faults.duplication << ", reordered "
        << faults.reordering << " by up to " << faults.reordering_delay.count() << " ns, delay "
        << faults.delay_low.count() << " to " << faults.delay_high.count() << " ns, "
        << faults.bytes_per_second << " bytes/s, failed sends " << faults.failed_sends << "\n";
}

void describe(std::ostream& out, const PlannedStream& stream) {
    out << "stream (" << stream.kind << ")\n";
    for (const PlannedPublisher& publisher : stream.publishers) {
        const PublisherPlan& plan = publisher.plan;
        out << "  publisher on host" << publisher.host << ": " << plan.channel << " "
            << plan.stream_id << (plan.is_exclusive ? " exclusive" : " shared") << ", up to "
            << plan.longest_message << " bytes (" << plan.large_share << " large), claims "
            << plan.claim_share << ", every " << plan.interval.count() << " ns";
        for (const std::string& destination : plan.destinations) out << " -> " << destination;
        out << "\n";
    }
    for (const PlannedSubscriber& subscriber : stream.subscribers) {
        out << "  subscriber on host" << subscriber.host << ": " << subscriber.plan.channel << " "
            << subscriber.plan.stream_id << ", laziness " << subscriber.plan.laziness;
        for (const std::string& destination : subscriber.plan.destinations)
            out << " <- " << destination;
        out << "\n";
    }
}

}  // namespace

std::string describe(const Plan& plan) {
    std::ostringstream out;
    out << "seed " << plan.seed << (plan.name.empty() ? "" : ", scenario " + plan.name) << "\n";
    for (std::size_t i = 0; i < plan.hosts.size(); ++i) {
        const driver::Settings& settings = plan.hosts[i];
        out << "host" << i << " (" << address_of(i) << "): mode "
            << static_cast<int>(settings.threading_mode) << ", term " << settings.term_buffer_length
            << ", mtu " << settings.mtu_length << ", window " << settings.initial_window_length
            << ", datagrams a send " << settings.max_messages_per_send << ", image liveness "
            << settings.image_liveness_timeout.count() << " ns\n";
    }
    for (const PlannedStream& stream : plan.streams) describe(out, stream);
    for (const ResponsePlan& each : plan.responses) {
        out << "requests from host" << each.requester_host << " to " << each.request_endpoint
            << ", responses from " << each.response_control << "\n";
    }
    out << "network for " << plan.chaos.count() << " ns: ";
    describe(out, plan.faults);
    if (plan.stranger.interval.count() > 0) {
        out << "a stranger acts every " << plan.stranger.interval.count() << " ns, floods "
            << plan.stranger.flood_share << "\n";
    }
    for (const PlannedEvent& event : plan.events) {
        out << "at " << event.at.count() << ": " << name_of(event.what) << " (" << event.whom
            << "), " << event.duration.count() << " ns, " << event.amount << "\n";
    }
    return out.str();
}

}  // namespace tern::sim

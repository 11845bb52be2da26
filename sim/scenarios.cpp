#include "scenarios.hpp"

#include <string>
#include <utility>

namespace tern::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::int32_t kStream = 1001;
constexpr LinkFaults kLossy{.loss = 0.05, .duplication = 0.01, .reordering = 0.02};

/// A plan with one stream, which a scenario then changes.
class Scenario {
  public:
    Scenario(std::string name, std::size_t hosts) {
        plan_.name = std::move(name);
        plan_.seed = std::hash<std::string>{}(plan_.name);
        plan_.hosts.assign(hosts, quick_settings());
        plan_.chaos = 3s;
        plan_.messages_in_chaos = 3'000;
        plan_.streams.resize(1);
        plan_.streams[0].kind = plan_.name;
    }

    Scenario& publish(std::size_t host, std::string channel) {
        PlannedPublisher publisher{host, {.channel = std::move(channel), .stream_id = kStream}};
        plan_.streams[0].publishers.push_back(std::move(publisher));
        return *this;
    }
    Scenario& subscribe(std::size_t host, std::string channel) {
        PlannedSubscriber subscriber{host, {.channel = std::move(channel), .stream_id = kStream}};
        plan_.streams[0].subscribers.push_back(std::move(subscriber));
        return *this;
    }
    Scenario& faults(const LinkFaults& faults) {
        plan_.faults = faults;
        return *this;
    }
    Scenario& at(Nanos when, Happening what, std::uint64_t whom, Nanos duration = Nanos{0},
                 std::int64_t amount = 0) {
        plan_.events.push_back(
            {.at = when, .what = what, .whom = whom, .duration = duration, .amount = amount});
        return *this;
    }
    template <typename Change>
    Scenario& with(Change&& change) {
        change(plan_);
        return *this;
    }
    Plan take() { return std::move(plan_); }

  private:
    Plan plan_;
};

const std::string kUnicast = "aeron:udp?endpoint=10.0.0.2:40100";
const std::string kMulticast = "aeron:udp?endpoint=224.20.30.39:40180|interface=10.0.0.0/24";

/// The charts of wire-protocol.md section 8.
void add_charts(std::vector<Plan>& plans) {
    plans.push_back(Scenario("chart-8.1-unicast", 2)
                        .publish(0, kUnicast)
                        .subscribe(1, kUnicast)
                        .faults(kLossy)
                        .at(1s, Happening::publisher_reopens, 0)
                        .take());
    plans.push_back(Scenario("chart-8.2-multicast-min", 3)
                        .publish(0, kMulticast + "|fc=min,t:2s")
                        .subscribe(1, kMulticast)
                        .subscribe(2, kMulticast)
                        .faults(kLossy)
                        .at(500ms, Happening::subscriber_crashes, 1, 1s)
                        .at(2s, Happening::subscriber_reopens, 0)
                        .take());
    const std::string dynamic = "control=10.0.0.1:40130";
    plans.push_back(Scenario("chart-8.3-dynamic-destinations", 3)
                        .publish(0, "aeron:udp?" + dynamic + "|control-mode=dynamic")
                        .subscribe(1, "aeron:udp?endpoint=10.0.0.2:40131|" + dynamic)
                        .subscribe(2, "aeron:udp?endpoint=10.0.0.3:40132|" + dynamic)
                        .faults(kLossy)
                        .at(1s, Happening::subscriber_crashes, 0, 1s)
                        .take());
    Scenario manual("chart-8.4-manual-destinations", 3);
    manual.publish(0, "aeron:udp?control-mode=manual|fc=min,t:2s")
        .subscribe(1, "aeron:udp?endpoint=10.0.0.2:40171")
        .subscribe(2, "aeron:udp?endpoint=10.0.0.3:40172")
        .faults(kLossy)
        .at(1s, Happening::subscriber_crashes, 1, 1s)
        .with([](Plan& plan) {
            plan.streams[0].publishers[0].plan.destinations = {"aeron:udp?endpoint=10.0.0.2:40171",
                                                               "aeron:udp?endpoint=10.0.0.3:40172"};
        });
    plans.push_back(manual.take());
    Scenario sources("chart-8.5-several-sources", 3);
    sources.publish(1, "aeron:udp?endpoint=10.0.0.1:40173")
        .publish(2, "aeron:udp?endpoint=10.0.0.1:40174")
        .subscribe(0, "aeron:udp?control-mode=manual")
        .faults(kLossy)
        .at(1s, Happening::publisher_reopens, 0)
        .with([](Plan& plan) {
            plan.streams[0].subscribers[0].plan.destinations = {
                "aeron:udp?endpoint=10.0.0.1:40173", "aeron:udp?endpoint=10.0.0.1:40174"};
        });
    plans.push_back(sources.take());
    Scenario responses("chart-8.6-response-channel", 2);
    responses.faults(kLossy).at(1s, Happening::driver_crashes, 0, 500ms).with([](Plan& plan) {
        plan.streams.clear();
        plan.responses.push_back(
            {.request_endpoint = "10.0.0.2:40150", .response_control = "10.0.0.2:40151"});
    });
    plans.push_back(responses.take());
}

/// What has to be survived on one way.
void add_hard_ways(std::vector<Plan>& plans) {
    const auto unicast = [](const char* name) {
        return Scenario(name, 2).publish(0, kUnicast).subscribe(1, kUnicast);
    };
    plans.push_back(unicast("heavy-loss").faults({.loss = 0.3}).take());
    plans.push_back(unicast("control-loss").faults({.loss = 0.01, .control_loss = 0.5}).take());
    plans.push_back(unicast("bursts").faults({.burst_start = 0.01, .burst_end = 0.05}).take());
    plans.push_back(unicast("reordering")
                        .faults({.duplication = 0.2, .reordering = 0.3, .reordering_delay = 3ms})
                        .take());
    plans.push_back(unicast("slow-way").faults({.bytes_per_second = 300'000}).take());
    plans.push_back(
        unicast("long-way").faults({.loss = 0.01, .delay_low = 50ms, .delay_high = 60ms}).take());
    plans.push_back(unicast("cut-for-long")
                        .at(1s, Happening::link_is_cut, 1, 3s)
                        .at(1s, Happening::link_is_cut, 2, 3s)
                        .with([](Plan& plan) { plan.chaos = 6s; })
                        .take());
    plans.push_back(unicast("one-way-cut").at(1s, Happening::link_is_cut, 2, 2s).take());
    // spec wire-protocol.md 5.11: the reference stands still here.
    plans.push_back(
        Scenario("window-as-small-as-the-mtu", 2)
            .publish(0, kUnicast + "|mtu=8k")
            .subscribe(1, kUnicast + "|rcv-wnd=8k")
            .faults({.loss = 0.01})
            .with([](Plan& plan) { plan.streams[0].publishers[0].plan.longest_message = 7'900; })
            .take());
}

/// Who else may be in the network, and what a machine may lack.
void add_enemies(std::vector<Plan>& plans) {
    const auto flooded = [](Plan& plan) {
        plan.stranger = {.interval = 1ms, .flood_share = 0.3};
        plan.chaos = 1s;
        plan.messages_in_chaos = 300;
        for (PlannedPublisher& each : plan.streams[0].publishers) each.plan.interval = 2ms;
    };
    const auto flooded_without_streams = [&](Plan& plan) {
        flooded(plan);
        plan.streams.clear();
    };
    const std::string dynamic = "control=10.0.0.1:40130";
    plans.push_back(Scenario("flooded-multicast-min", 2)
                        .publish(0, kMulticast + "|fc=min,t:2s")
                        .subscribe(1, kMulticast)
                        .with(flooded)
                        .take());
    plans.push_back(Scenario("flooded-unicast", 2)
                        .publish(0, kUnicast)
                        .subscribe(1, kUnicast)
                        .with(flooded)
                        .take());
    plans.push_back(Scenario("flooded-dynamic-destinations", 2)
                        .publish(0, "aeron:udp?" + dynamic + "|control-mode=dynamic")
                        .subscribe(1, "aeron:udp?endpoint=10.0.0.2:40131|" + dynamic)
                        .with(flooded)
                        .take());
    Scenario stolen("responses-are-redirected", 2);
    stolen.with(flooded_without_streams).with([](Plan& plan) {
        plan.responses.push_back(
            {.request_endpoint = "10.0.0.2:40150", .response_control = "10.0.0.2:40151"});
    });
    plans.push_back(stolen.take());
    // Sparse logs: the window cannot move into blocks that are not there.
    plans.push_back(Scenario("disk-of-the-receiver-is-full", 2)
                        .publish(0, kUnicast)
                        .subscribe(1, kUnicast)
                        .at(310ms, Happening::disk_is_full, 1, 2s)
                        .with([](Plan& plan) {
                            for (driver::Settings& each : plan.hosts)
                                each.term_buffer_length = 1024 * 1024;
                        })
                        .take());
    plans.push_back(Scenario("name-of-the-receiver-is-wrong", 2)
                        .publish(0, "aeron:udp?endpoint=host1:40100")
                        .subscribe(1, kUnicast)
                        .at(0ms, Happening::name_changes, 1)
                        .at(1s, Happening::publisher_reopens, 0)
                        .take());
}

/// Deaths and returns.
void add_deaths(std::vector<Plan>& plans) {
    const auto unicast = [](const char* name) {
        return Scenario(name, 2).publish(0, kUnicast).subscribe(1, kUnicast).faults(kLossy);
    };
    plans.push_back(
        unicast("sending-driver-dies").at(1s, Happening::driver_crashes, 0, 500ms).take());
    plans.push_back(
        unicast("receiving-driver-dies").at(1s, Happening::driver_crashes, 1, 500ms).take());
    plans.push_back(unicast("both-drivers-restart")
                        .at(1s, Happening::driver_restarts, 0, 10ms)
                        .at(1s, Happening::driver_restarts, 1, 10ms)
                        .take());
    plans.push_back(unicast("publisher-revokes").at(1s, Happening::publisher_revokes, 0).take());
    plans.push_back(Scenario("claims-of-the-dead", 1)
                        .publish(0, "aeron:ipc")
                        .publish(0, "aeron:ipc")
                        .subscribe(0, "aeron:ipc")
                        .at(500ms, Happening::publisher_crashes, 0, 100ms)
                        .at(900ms, Happening::publisher_crashes, 1, 100ms)
                        .with([](Plan& plan) {
                            for (PlannedPublisher& each : plan.streams[0].publishers)
                                each.plan.claim_share = 1.0;
                        })
                        .take());
    plans.push_back(Scenario("spies-without-receivers", 2)
                        .publish(0, kUnicast + "|ssc=true")
                        .subscribe(0, "aeron-spy:" + kUnicast)
                        .subscribe(1, kUnicast)
                        .at(1s, Happening::driver_crashes, 1, 1s)
                        .take());
}

}  // namespace

std::vector<Plan> hard_scenarios() {
    std::vector<Plan> plans;
    add_charts(plans);
    add_hard_ways(plans);
    add_deaths(plans);
    add_enemies(plans);
    return plans;
}

}  // namespace tern::sim

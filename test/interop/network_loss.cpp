// Scenarios of a bad network: losses of everything or of one kind of frame, and a relay in between
// that delays, swaps and doubles datagrams.

#include "interop/network_scenarios.hpp"

namespace tern::test {

namespace {

std::string to_host(World& world) { return "aeron:udp?endpoint=" + world.endpoint(1); }

void lose_both_ways(World& world, int percent, Frames frames = Frames::all) {
    for (int host = 0; host < world.hosts().size(); ++host) {
        world.hosts().lose(host, percent, frames);
    }
}

/// A scenario of losses without losses would prove nothing. On all hosts together: so few status
/// messages come back that now and then none of a hundred is lost.
void require_losses(World& world) {
    std::uint64_t lost = 0;
    for (int host = 0; host < world.hosts().size(); ++host) lost += world.hosts().lost(host);
    require(lost > 0, "no datagram was lost");
}

void unicast_with_losses(World& world, int percent) {
    lose_both_ways(world, percent);
    const std::string channel = to_host(world);
    pass_messages(world, {.publication = channel,
                          .subscription = channel,
                          .count = 6000,
                          .sizes = "20-1300,20,63,1377-4000"});
    require_losses(world);
}

void one_per_cent_lost(World& world) { unicast_with_losses(world, 1); }

void five_per_cent_lost(World& world) { unicast_with_losses(world, 5); }

/// Two receivers that lose different datagrams, each of which gets everything.
void multicast_with_losses(World& world) {
    lose_both_ways(world, 5);
    const std::string stream = std::to_string(world.stream());
    const std::string channel = "aeron:udp?endpoint=" + world.group() + "|interface=10.77.0.0/24";
    const auto near = world.client(1);
    const auto far = world.client(2);
    const auto publisher = world.client(0);
    near->ask("add-sub s " + channel + " " + stream);
    far->ask("add-sub s " + channel + " " + stream);
    publisher->ask("add-pub p " + channel + "|fc=min,g:/2 " + stream);
    publisher->ask("connected p");
    near->tell("receive s --count 1500");
    far->tell("receive s --count 1500");
    const Answer sent = publisher->ask("send p --count 1500 --sizes 20-1300,1377-4000");
    expect_same(sent, near->hear());
    expect_same(sent, far->hear());
    require_losses(world);
}

void control_frames_lost(World& world) {
    lose_both_ways(world, 30, Frames::control);
    world.hosts().lose(1, 2, Frames::data);  // so that NAKs are there to be lost
    const std::string channel = to_host(world);
    pass_messages(world, {.publication = channel,
                          .subscription = channel,
                          .count = 1500,
                          .sizes = "20-1300,20,63,1377-4000"});
    require(world.hosts().lost(0) > 0, "no control frame was lost");
}

void cubic_congestion_control(World& world) {
    const std::string channel = to_host(world);
    pass_messages(world, {.publication = channel + "|term-length=256k",
                          .subscription = channel + "|cc=cubic",
                          .count = 3000,
                          .sizes = "20-1300"});
    lose_both_ways(world, 1);
    const std::string other = to_host(world);
    pass_messages(world, {.publication = other + "|term-length=256k",
                          .subscription = other + "|cc=cubic",
                          .count = 6000,
                          .sizes = "20-1300"});
    require_losses(world);
}

/// A subscription that does not want missing data again gets what comes, in order, with gaps.
void unreliable_subscription(World& world) {
    world.hosts().lose(1, 5, Frames::data);
    const std::string stream = std::to_string(world.stream());
    const std::string channel = to_host(world);
    const auto subscriber = world.client(1);
    const auto publisher = world.client(0);
    subscriber->ask("add-sub s " + channel + "|reliable=false " + stream);
    publisher->ask("add-pub p " + channel + " " + stream);
    publisher->ask("connected p");
    subscriber->tell("receive s --until-eos --gaps");
    const long long sent = publisher->ask("send p --count 3000 --sizes 600-1300").number("count");
    publisher->ask("close p");
    const long long received = subscriber->hear().number("count");
    require(received > sent / 2 && received < sent,
            std::to_string(received) + " of " + std::to_string(sent) + " came");
}

/// A relay on the subscriber's host stands between the two, for the data and for the answers.
void through_a_relay(World& world, const std::string& disturbance) {
    const std::string entry = world.endpoint(1);
    const std::string exit = world.endpoint(1);
    const auto relay = world.start(
        1, {TERN_UDP_RELAY, "--listen", entry, "--to", exit, "--disturbance", disturbance});
    require(relay->read_until("ready").has_value(), "the relay: " + relay->errors());
    pass_messages(world, {.publication = "aeron:udp?endpoint=" + entry,
                          .subscription = "aeron:udp?endpoint=" + exit,
                          .count = 3000,
                          .sizes = "20-1300,20,63,1377-4000"});
}

void delayed(World& world) { through_a_relay(world, "delay-us=2000,seed=1"); }

void swapped_and_doubled(World& world) {
    through_a_relay(world, "delay-us=200,jitter-us=1000,double=10,seed=2");
}

void swapped_doubled_and_lost(World& world) {
    through_a_relay(world, "delay-us=100,jitter-us=3000,double=5,lose=5,seed=3");
}

void there_and_back_with_losses(World& world) { pass_through_loss(world, 1); }

}  // namespace

void pass_through_loss(World& world, int rounds) {
    lose_both_ways(world, 5);
    for (const auto& [from, to] : {std::pair{0, 1}, std::pair{1, 0}}) {
        const std::string channel = "aeron:udp?endpoint=" + world.endpoint(to);
        pass_messages(world,
                      {.publication = channel + "|term-length=1m",
                       .subscription = channel,
                       .count = 10'000,
                       .sizes = "20-600,20,63,1377-4000,32",
                       .rounds = rounds},
                      from, to);
    }
    require_losses(world);
}

std::vector<Scenario> loss_scenarios() {
    return {{"one_per_cent_lost", one_per_cent_lost},
            {"five_per_cent_lost", five_per_cent_lost},
            {"multicast_with_losses", multicast_with_losses, 3},
            {"control_frames_lost", control_frames_lost},
            {"cubic_congestion_control", cubic_congestion_control, 2, kMeasuredRtt},
            {"unreliable_subscription", unreliable_subscription},
            {"delayed", delayed},
            {"swapped_and_doubled", swapped_and_doubled},
            {"swapped_doubled_and_lost", swapped_doubled_and_lost},
            {"there_and_back_with_losses", there_and_back_with_losses}};
}

}  // namespace tern::test

// Scenarios of flow control: several receivers of one stream, and windows at their limits.

#include "interop/network_scenarios.hpp"

namespace tern::test {

namespace {

std::string group_channel(World& world) {
    return "aeron:udp?endpoint=" + world.group() + "|interface=10.77.0.0/24";
}

/// Both hosts get everything although one reads slowly.
void two_receivers(World& world, const std::string& publication, const std::string& slow_one,
                   const std::string& quick_one) {
    const std::string stream = std::to_string(world.stream());
    const auto slow = world.client(1);
    const auto quick = world.client(2);
    const auto publisher = world.client(0);
    publisher->ask("add-pub p " + publication + " " + stream);
    slow->ask("add-sub s " + slow_one + " " + stream);
    quick->ask("add-sub s " + quick_one + " " + stream);
    slow->ask("images s --count 1");
    quick->ask("images s --count 1");
    publisher->ask("connected p");
    slow->tell("receive s --until-eos --limit 4 --slow-us 300");
    quick->tell("receive s --until-eos");
    const Answer sent = publisher->ask("send p --count 2000 --sizes 20-1300");
    publisher->ask("close p");
    expect_same(sent, slow->hear());
    expect_same(sent, quick->hear());
}

void slowest_receiver_sets_the_pace(World& world) {
    const std::string channel = group_channel(world);
    two_receivers(world, channel + "|fc=min", channel, channel);
}

void slowest_of_the_tagged_sets_the_pace(World& world) {
    const std::string channel = group_channel(world);
    two_receivers(world, channel + "|fc=tagged,g:1234", channel + "|gtag=1234",
                  channel + "|gtag=1234");
}

/// Not connected before the group is complete.
void group_of_two(World& world) {
    const std::string stream = std::to_string(world.stream());
    const std::string channel = group_channel(world);
    const auto first = world.client(1);
    const auto second = world.client(2);
    const auto publisher = world.client(0);
    publisher->ask("add-pub p " + channel + "|fc=min,g:/2 " + stream);
    first->ask("add-sub s " + channel + " " + stream);
    first->ask("images s --count 1");
    publisher->ask("connected p --not");
    second->ask("add-sub s " + channel + " " + stream);
    publisher->ask("connected p");
    first->tell("receive s --count 100");
    second->tell("receive s --count 100");
    const Answer sent = publisher->ask("send p --count 100");
    expect_same(sent, first->hear());
    expect_same(sent, second->hear());
}

/// One that has no tag and reads nothing holds nobody up.
void idle_receiver_without_the_tag(World& world) {
    const std::string stream = std::to_string(world.stream());
    const std::string channel = group_channel(world);
    const auto tagged = world.client(1);
    const auto idle = world.client(2);
    const auto publisher = world.client(0);
    publisher->ask("add-pub p " + channel + "|fc=tagged,g:77 " + stream);
    idle->ask("add-sub s " + channel + " " + stream);
    tagged->ask("add-sub s " + channel + "|gtag=77 " + stream);
    idle->ask("images s --count 1");
    tagged->ask("images s --count 1");
    publisher->ask("connected p");
    tagged->tell("receive s --count 1000");
    const Answer sent = publisher->ask("send p --count 1000 --sizes 20-1300");
    expect_same(sent, tagged->hear());
}

/// A receiver that dies is given up after a while, and the others go on.
void dead_receiver(World& world) {
    const std::string stream = std::to_string(world.stream());
    const std::string channel = group_channel(world);
    const auto publisher = world.client(0);
    const auto survivor = world.client(1);
    const auto victim = world.client(2);
    publisher->ask("add-pub p " + channel + "|fc=min,t:1s " + stream);
    survivor->ask("add-sub s " + channel + " " + stream);
    victim->ask("add-sub s " + channel + " " + stream);
    victim->ask("images s --count 1");
    survivor->ask("images s --count 1");
    publisher->ask("connected p");
    world.kill_driver(2);
    survivor->tell("receive s --count 600");
    const Answer sent = publisher->ask("send p --count 600 --sizes 20-1300");
    expect_same(sent, survivor->hear());
    world.start_driver(2);
}

/// A slow reader of a unicast stream holds its publisher back, and nothing is lost.
void back_pressure(World& world) {
    const std::string channel = "aeron:udp?endpoint=" + world.endpoint(1);
    pass_messages(world, {.publication = channel,
                          .subscription = channel,
                          .count = 1500,
                          .sizes = "20-1300",
                          .receive = "--limit 4 --slow-us 400"});
}

// ---- Tern on both ends

/// A window of one datagram: the real drivers stall here.
void window_of_one_datagram(World& world) {
    for (const char* sizes : {"1k", "8k"}) {
        const std::string channel = "aeron:udp?endpoint=" + world.endpoint(1);
        pass_messages(world, {.publication = channel + "|mtu=8k",
                              .subscription = channel + "|rcv-wnd=8k",
                              .count = 300,
                              .sizes = sizes});
    }
}

/// A window of half a term, and at the end of each term padding of almost a datagram.
void window_of_half_a_term(World& world) {
    const std::string channel = "aeron:udp?endpoint=" + world.endpoint(1);
    pass_messages(world, {.publication = channel + "|mtu=8k|term-length=64k",
                          .subscription = channel + "|rcv-wnd=32k",
                          .count = 400,
                          .sizes = "7000"});
}

}  // namespace

std::vector<Scenario> flow_scenarios() {
    return {{"slowest_receiver_sets_the_pace", slowest_receiver_sets_the_pace, 3},
            {"slowest_of_the_tagged_sets_the_pace", slowest_of_the_tagged_sets_the_pace, 3},
            {"group_of_two", group_of_two, 3},
            {"idle_receiver_without_the_tag", idle_receiver_without_the_tag, 3},
            {"dead_receiver", dead_receiver, 3},
            {"back_pressure", back_pressure}};
}

std::vector<Scenario> own_scenarios() {
    return {{"window_of_one_datagram", window_of_one_datagram},
            {"window_of_half_a_term", window_of_half_a_term}};
}

}  // namespace tern::test

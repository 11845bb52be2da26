// Scenarios of whole streams: messages of all sizes, unicast and multicast, subscribers that come
// late, ends and restarts of either side.

#include "interop/network_scenarios.hpp"

namespace tern::test {

namespace {

std::string unicast(World& world) { return "aeron:udp?endpoint=" + world.endpoint(1); }

std::string multicast(World& world) {
    return "aeron:udp?endpoint=" + world.group() + "|interface=10.77.0.0/24";
}

void small_messages(World& world) {
    const std::string channel = unicast(world);
    pass_messages(world, {.publication = channel, .subscription = channel, .count = 2000});
}

void fragmented_messages(World& world) {
    const std::string channel = unicast(world);
    pass_messages(world, {.publication = channel,
                          .subscription = channel,
                          .count = 600,
                          .sizes = "20,1376,1377,2752-8000,8192"});
}

void jumbo_frames(World& world) {
    const std::string channel = unicast(world);
    pass_messages(world, {.publication = channel + "|mtu=8k",
                          .subscription = channel,
                          .count = 400,
                          .sizes = "20,1376,8000,8160,8161"});
}

void multicast_messages(World& world) {
    const std::string channel = multicast(world);
    pass_messages(world, {.publication = channel,
                          .subscription = channel,
                          .count = 800,
                          .sizes = "20,63,200-1300,1377-4000"});
}

void ip_version_6(World& world) {
    const std::string channel = "aeron:udp?endpoint=" + world.endpoint6(1);
    pass_messages(world, {.publication = channel, .subscription = channel});
    const std::string group =
        "aeron:udp?endpoint=[ff02::2077]:" + std::to_string(40001) + "|interface=[fd77::]/64";
    pass_messages(world, {.publication = group, .subscription = group});
}

void shared_publications(World& world) {
    const std::string stream = std::to_string(world.stream());
    const std::string channel = unicast(world);
    const auto subscriber = world.client(1);
    const auto first = world.client(0);
    const auto second = world.client(0);
    subscriber->ask("add-sub s " + channel + " " + stream);
    first->ask("add-pub p " + channel + " " + stream);
    second->ask("add-pub p " + channel + " " + stream);
    subscriber->tell("receive s --count 1000 --mixed");
    first->tell("send p --publisher 1 --count 500 --sizes 20-3000");
    second->tell("send p --publisher 2 --count 500 --sizes 20-3000");
    first->hear();
    second->hear();
    require(subscriber->hear().number("images") == 1, "two publications share one image");
}

void end_of_stream(World& world) {
    const std::string stream = std::to_string(world.stream());
    const std::string channel = unicast(world);
    const auto subscriber = world.client(1);
    const auto publisher = world.client(0);
    subscriber->ask("add-sub s " + channel + " " + stream);
    publisher->ask("add-pub p " + channel + " " + stream);
    publisher->ask("connected p");
    subscriber->tell("receive s --until-eos");
    const Answer sent = publisher->ask("send p --count 300 --sizes 20-3000");
    publisher->ask("close p");
    expect_same(sent, subscriber->hear());
    subscriber->ask("images s --count 0");
}

void revoked_stream(World& world) {
    const std::string stream = std::to_string(world.stream());
    const std::string channel = unicast(world);
    const auto subscriber = world.client(1);
    const auto publisher = world.client(0);
    subscriber->ask("add-sub s " + channel + " " + stream);
    publisher->ask("add-pub p " + channel + " " + stream + " --exclusive");
    publisher->ask("connected p");
    publisher->ask("send p --count 10");
    subscriber->ask("receive s --count 10");
    publisher->ask("close p --revoke");
    subscriber->ask("images s --count 0");
}

/// A second subscriber on the same host gets what is sent after it came, the first one gets all.
void late_subscriber(World& world) {
    const std::string stream = std::to_string(world.stream());
    const std::string channel = unicast(world);
    const auto early = world.client(1);
    const auto late = world.client(1);
    const auto publisher = world.client(0);
    early->ask("add-sub s " + channel + " " + stream);
    publisher->ask("add-pub p " + channel + " " + stream);
    early->tell("receive s --count 200");
    publisher->ask("send p --count 200 --sizes 20-1300");
    early->hear();
    late->ask("add-sub s " + channel + " " + stream);
    late->ask("images s --count 1");
    early->tell("receive s --count 200");
    late->tell("receive s --count 200 --join");
    const Answer sent = publisher->ask("send p --count 200 --sizes 20-1300");
    expect_same(sent, early->hear());
    require(late->hear().number("first") == 200, "the late one begins with the next message");
}

/// A second host joins a group while messages flow, and gets the rest without a gap.
void late_host_of_a_group(World& world) {
    const std::string stream = std::to_string(world.stream());
    const std::string channel = multicast(world);
    const auto early = world.client(1);
    const auto late = world.client(2);
    const auto publisher = world.client(0);
    early->ask("add-sub s " + channel + " " + stream);
    publisher->ask("add-pub p " + channel + "|fc=min " + stream);
    publisher->ask("connected p");
    early->tell("receive s --until-eos");
    publisher->tell("send p --count 1500 --rate 1500 --sizes 20-1300");
    late->ask("add-sub s " + channel + " " + stream);
    late->ask("images s --count 1");
    late->tell("receive s --until-eos --join");
    const Answer sent = publisher->hear();
    publisher->ask("close p");
    expect_same(sent, early->hear());
    const Answer rest = late->hear();
    require(rest.number("first") > 0 && rest.number("first") + rest.number("count") == 1500,
            "all from some message to the last: " + rest.text());
}

void publisher_restarts(World& world) {
    const std::string stream = std::to_string(world.stream());
    const std::string channel = unicast(world);
    const auto subscriber = world.client(1);
    subscriber->ask("add-sub s " + channel + " " + stream);
    for (int life = 0; life < 2; ++life) {
        const auto publisher = world.client(0);
        publisher->ask("add-pub p " + channel + " " + stream + " --exclusive");
        publisher->ask("connected p");
        subscriber->tell("receive s --count 300");
        publisher->ask("send p --count 300 --sizes 20-3000");
        subscriber->hear();
        if (life == 0) world.kill_driver(0);
        if (life == 0) world.start_driver(0);
    }
    subscriber->ask("images s --count 1");  // that of the first life is given up
}

/// The same session begins anew, with other term ids, when the receiver has given up the old one.
void publisher_returns_with_its_session(World& world) {
    const std::string stream = std::to_string(world.stream());
    const std::string channel = unicast(world);
    const auto publisher = world.client(0);
    const auto subscriber = world.client(1);
    subscriber->ask("add-sub s " + channel + " " + stream);
    int first = 0;
    for (const char* term : {"100", "-7"}) {
        const std::string position = "|session-id=4711|linger=0|init-term-id=" + std::string{term} +
                                     "|term-id=" + term + "|term-offset=64";
        publisher->ask("add-pub p " + channel + position + " " + stream + " --exclusive");
        publisher->ask("connected p");
        subscriber->tell("receive s --count 100");
        publisher->ask("send p --count 100 --sizes 20-3000 --first " + std::to_string(first));
        subscriber->hear();
        publisher->ask("close p");
        subscriber->ask("images s --count 0");
        first += 100;
    }
}

void receiver_restarts(World& world) {
    const std::string stream = std::to_string(world.stream());
    const std::string channel = unicast(world);
    const auto publisher = world.client(0);
    publisher->ask("add-pub p " + channel + " " + stream + " --exclusive");
    for (int life = 0; life < 2; ++life) {
        const auto subscriber = world.client(1);
        subscriber->ask("add-sub s " + channel + " " + stream);
        subscriber->ask("images s --count 1");
        publisher->ask("connected p");
        subscriber->tell("receive s --count 300 --join");
        publisher->ask("send p --count 300 --sizes 20-3000");
        require(subscriber->hear().number("first") == 300 * life, "what was sent since it came");
        if (life == 0) world.kill_driver(1);
        if (life == 0) publisher->ask("connected p --not");
        if (life == 0) world.start_driver(1);
    }
}

/// Spies beside a receiver, and alone where the publication lets them stand for one.
void spies(World& world) {
    const std::string stream = std::to_string(world.stream());
    const std::string channel = unicast(world);
    const auto publisher = world.client(0);
    const auto spy = world.client(0);
    const auto subscriber = world.client(1);
    spy->ask("add-sub s aeron-spy:" + channel + " " + stream);
    subscriber->ask("add-sub s " + channel + " " + stream);
    publisher->ask("add-pub p " + channel + " " + stream);
    publisher->ask("connected p");
    spy->tell("receive s --until-eos");
    subscriber->tell("receive s --until-eos");
    const Answer sent = publisher->ask("send p --count 400 --sizes 20-3000");
    publisher->ask("close p");
    expect_same(sent, subscriber->hear());
    expect_same(sent, spy->hear());

    const std::string lonely = unicast(world);
    spy->ask("add-sub lonely aeron-spy:" + lonely + " " + stream);
    publisher->ask("add-pub lonely " + lonely + "|ssc=true " + stream);
    publisher->ask("connected lonely");
    spy->tell("receive lonely --count 400");
    const Answer more = publisher->ask("send lonely --count 400 --sizes 20-3000");
    expect_same(more, spy->hear());
}

}  // namespace

std::vector<Scenario> stream_scenarios() {
    return {{"small_messages", small_messages},
            {"fragmented_messages", fragmented_messages},
            {"jumbo_frames", jumbo_frames},
            {"multicast_messages", multicast_messages},
            {"ip_version_6", ip_version_6},
            {"shared_publications", shared_publications},
            {"end_of_stream", end_of_stream, 2, {{"AERON_IMAGE_LIVENESS_TIMEOUT", "60s"}}},
            {"revoked_stream", revoked_stream, 2, {{"AERON_IMAGE_LIVENESS_TIMEOUT", "60s"}}},
            {"late_subscriber", late_subscriber},
            {"late_host_of_a_group", late_host_of_a_group, 3},
            {"publisher_restarts", publisher_restarts},
            {"publisher_returns_with_its_session", publisher_returns_with_its_session},
            {"receiver_restarts", receiver_restarts},
            {"spies", spies}};
}

}  // namespace tern::test

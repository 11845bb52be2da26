// Scenarios of many destinations and many sources: dynamic and manual multi-destination
// publications, multi-destination subscriptions, response channels, and images that are refused.

#include "interop/network_scenarios.hpp"

namespace tern::test {

namespace {

/// Two subscribers ask a publication for its stream; one leaves, the other goes on.
void dynamic_destinations(World& world) {
    const std::string stream = std::to_string(world.stream());
    const std::string control = "|control-mode=dynamic|control=" + world.endpoint(0);
    const auto publisher = world.client(0);
    const auto stays = world.client(1);
    const auto leaves = world.client(2);
    publisher->ask("add-pub p aeron:udp?fc=min" + control + " " + stream + " --exclusive");
    stays->ask("add-sub s aeron:udp?endpoint=" + world.endpoint(1) + control + " " + stream);
    leaves->ask("add-sub s aeron:udp?endpoint=" + world.endpoint(2) + control + " " + stream);
    stays->ask("images s --count 1");
    leaves->ask("images s --count 1");
    publisher->ask("connected p");
    stays->tell("receive s --count 1000");
    leaves->tell("receive s --count 500");
    const Answer some = publisher->ask("send p --count 500 --sizes 20-3000");
    expect_same(some, leaves->hear());
    leaves->ask("close s");
    const Answer sent = publisher->ask("send p --count 500 --sizes 20-3000");
    expect_same(sent, stays->hear());
}

void manual_destinations(World& world) {
    const std::string stream = std::to_string(world.stream());
    const std::string first = "aeron:udp?endpoint=" + world.endpoint(1);
    const std::string second = "aeron:udp?endpoint=" + world.endpoint(2);
    const auto publisher = world.client(0);
    const auto stays = world.client(1);
    const auto goes = world.client(2);
    publisher->ask("add-pub p aeron:udp?control-mode=manual|fc=min,t:1s " + stream +
                   " --exclusive");
    stays->ask("add-sub s " + first + " " + stream);
    goes->ask("add-sub s " + second + " " + stream);
    publisher->ask("destination p add " + first);
    publisher->ask("destination p add " + second);
    stays->ask("images s --count 1");
    goes->ask("images s --count 1");
    publisher->ask("connected p");
    stays->tell("receive s --count 800");
    goes->tell("receive s --count 400");
    const Answer some = publisher->ask("send p --count 400 --sizes 20-3000");
    expect_same(some, goes->hear());
    publisher->ask("destination p remove " + second);
    const Answer sent = publisher->ask("send p --count 400 --sizes 20-3000");
    expect_same(sent, stays->hear());
    goes->ask("receive s --until-eos");  // what came while the destination went, and has to be read
    goes->ask("images s --count 0");     // given up: nothing comes there any more
}

void destination_removed_by_id(World& world) {
    const std::string stream = std::to_string(world.stream());
    const std::string channel = "aeron:udp?endpoint=" + world.endpoint(1);
    const auto publisher = world.client(0);
    const auto subscriber = world.client(1);
    publisher->ask("add-pub p aeron:udp?control-mode=manual " + stream + " --exclusive");
    subscriber->ask("add-sub s " + channel + " " + stream);
    const std::string id = publisher->ask("destination p add " + channel).value("registration");
    subscriber->ask("images s --count 1");
    publisher->ask("destination p remove-id " + id);
    subscriber->ask("images s --count 0");
    publisher->ask("connected p --not");
}

/// One subscription takes two publications from two addresses, and later only one of them.
void many_sources(World& world) {
    const std::string stream = std::to_string(world.stream());
    const std::string first = "aeron:udp?endpoint=" + world.endpoint(1);
    const std::string second = "aeron:udp?endpoint=" + world.endpoint(1);
    const auto publisher = world.client(0);
    const auto subscriber = world.client(1);
    subscriber->ask("add-sub s aeron:udp?control-mode=manual " + stream);
    subscriber->ask("destination s add " + first);
    subscriber->ask("destination s add " + second);
    publisher->ask("add-pub a " + first + " " + stream + " --exclusive");
    publisher->ask("add-pub b " + second + " " + stream + " --exclusive");
    publisher->ask("connected a");
    publisher->ask("connected b");
    subscriber->ask("images s --count 2");
    subscriber->tell("receive s --count 600");
    publisher->ask("send a --publisher 1 --count 300 --sizes 20-3000");
    publisher->ask("send b --publisher 2 --count 300 --sizes 20-3000");
    subscriber->hear();
    subscriber->ask("destination s remove " + second);
    subscriber->ask("images s --count 1");
    subscriber->tell("receive s --count 100");
    publisher->ask("send a --count 100");
    subscriber->hear();
}

/// The same stream over two ways: a loss on one of them is not even noticed.
void two_ways(World& world) {
    const std::string stream = std::to_string(world.stream());
    const std::string first = "aeron:udp?endpoint=" + world.endpoint(1);
    const std::string second = "aeron:udp?endpoint=" + world.endpoint(1);
    const auto publisher = world.client(0);
    const auto subscriber = world.client(1);
    subscriber->ask("add-sub s aeron:udp?control-mode=manual " + stream);
    subscriber->ask("destination s add " + first);
    subscriber->ask("destination s add " + second);
    publisher->ask("add-pub p aeron:udp?control-mode=manual " + stream + " --exclusive");
    publisher->ask("destination p add " + first);
    publisher->ask("destination p add " + second);
    publisher->ask("connected p");
    world.hosts().lose(1, 5, Frames::data);
    subscriber->tell("receive s --count 1000");
    const Answer sent = publisher->ask("send p --count 1000 --sizes 20-3000");
    expect_same(sent, subscriber->hear());
    const Answer images = subscriber->ask("images s --count 1");
    require(images.value("transports") == "2", "two ways are in use: " + images.text());
}

/// A server answers its client on a stream of the client's own.
void response_channel(World& world) {
    const std::string requests = std::to_string(world.stream());
    const std::string answers = std::to_string(world.stream());
    const std::string request_channel = "aeron:udp?endpoint=" + world.endpoint(1);
    const std::string control = "|control=" + world.endpoint(1);
    const std::string response_channel = "aeron:udp?control-mode=response" + control;
    const auto client = world.client(0);
    const auto server = world.client(1);
    server->ask("add-sub requests " + request_channel + " " + requests);
    const Answer sub = client->ask("add-sub answers " + response_channel + " " + answers);
    client->ask("add-pub requests " + request_channel +
                "|response-correlation-id=" + sub.value("registration") + " " + requests);
    client->ask("connected requests");
    const Answer image = server->ask("images requests --count 1");
    server->ask("add-pub answers " + response_channel +
                "|response-correlation-id=" + image.value("correlation") + " " + answers);
    server->ask("connected answers");
    client->ask("images answers --count 1");
    server->tell("receive requests --count 200");
    const Answer asked = client->ask("send requests --count 200 --sizes 20-3000");
    expect_same(asked, server->hear());
    client->tell("receive answers --count 200");
    const Answer answered = server->ask("send answers --count 200 --sizes 20-3000");
    expect_same(answered, client->hear());
}

void refused_image(World& world) {
    const std::string stream = std::to_string(world.stream());
    const std::string channel = "aeron:udp?endpoint=" + world.endpoint(1);
    const auto publisher = world.client(0);
    const auto subscriber = world.client(1);
    subscriber->ask("add-sub s " + channel + "|rejoin=false " + stream);
    const Answer pub = publisher->ask("add-pub p " + channel + " " + stream);
    publisher->ask("connected p");
    subscriber->ask("images s --count 1");
    subscriber->ask("reject s " + pub.value("session") + " \"no more of these\"");
    const Answer errors = publisher->ask("pub-errors --count 1");
    require(errors.value("session") == pub.value("session") &&
                errors.text().find("text=no more of these") != std::string::npos,
            errors.text());
    subscriber->ask("images s --count 0");
}

}  // namespace

std::vector<Scenario> destination_scenarios() {
    return {{"dynamic_destinations", dynamic_destinations, 3},
            {"manual_destinations", manual_destinations, 3},
            {"destination_removed_by_id", destination_removed_by_id},
            {"many_sources", many_sources},
            {"two_ways", two_ways},
            {"response_channel", response_channel},
            {"refused_image", refused_image}};
}

}  // namespace tern::test

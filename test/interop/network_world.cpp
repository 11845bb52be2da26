#include "interop/network_world.hpp"

#include <csignal>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <gtest/gtest.h>

namespace tern::test {

namespace {

std::vector<std::string> driver_command(const std::string& kind) {
    if (kind == "tern") return {TERN_TERND};
    if (kind == "c") return {TERN_REAL_DRIVER};
    if (kind == "java") return {TERN_REAL_JAVA, "driver"};
    throw std::invalid_argument("no driver is called " + kind + ": tern, c or java");
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Pairing& pairing) {
    return out << pairing.name();
}

std::ostream& operator<<(std::ostream& out, const Scenario& scenario) {
    return out << scenario.name;
}

std::vector<Pairing> pairings(bool with_java) {
    const char* chosen = std::getenv("TERN_PAIRINGS");
    std::istringstream list{chosen != nullptr ? chosen
                                              : "tern-tern,tern-c,c-tern,tern-java,java-tern"};
    std::vector<Pairing> found;
    for (std::string item; std::getline(list, item, ',');) {
        const std::size_t dash = item.find('-');
        if (dash == std::string::npos) throw std::invalid_argument("TERN_PAIRINGS: " + item);
        const Pairing pairing{item.substr(0, dash), item.substr(dash + 1)};
        const bool has_java = pairing.publisher == "java" || pairing.subscriber == "java";
        if (has_java == with_java) found.push_back(pairing);
    }
    return found;
}

void require(bool fact, const std::string& what) {
    if (!fact) throw std::runtime_error(what);
}

std::string Answer::text() const {
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    return all;
}

std::string Answer::value(const std::string& name) const {
    const std::string wanted = " " + name + "=";
    for (const std::string& line : lines) {
        const std::size_t found = line.find(wanted);
        if (found == std::string::npos) continue;
        const std::size_t start = found + wanted.size();
        return line.substr(start, line.find(' ', start) - start);
    }
    throw std::runtime_error("no " + name + " in: " + text());
}

Client::Client(std::string name, ChildProcess::Options options)
    : name_(std::move(name)), process_(std::move(options)) {}

void Client::tell(const std::string& step) {
    told_.push_back(step);
    process_.send_line(step);
}

Answer Client::hear() {
    require(heard_ < told_.size(), name_ + " was asked nothing");
    const std::string& step = told_[heard_++];
    Answer answer;
    while (const std::optional<std::string> line = process_.read_line()) {
        answer.lines.push_back(*line);
        if (line->starts_with("ok") || line->starts_with("error")) {
            require(answer.is_ok(), name_ + ": " + step + ": " + answer.text());
            return answer;
        }
    }
    throw std::runtime_error(name_ + " did not answer: " + step + "\n" + process_.output() +
                             process_.errors());
}

Answer Client::ask(const std::string& step) {
    tell(step);
    return hear();
}

void Client::kill() {
    process_.signal(SIGKILL);
    process_.wait();
}

World::World(const Pairing& pairing, int hosts, const Settings& settings)
    : hosts_(hosts),
      settings_(settings),
      has_own_clients_(pairing.publisher == "tern" && pairing.subscriber == "tern"),
      drivers_(at(hosts)) {
    if (const char* clients = std::getenv("TERN_CLIENTS")) {
        has_own_clients_ = std::string{clients} == "tern";
    }
    for (int host = 0; host < hosts; ++host) {
        drivers_[at(host)].kind = host == 0 ? pairing.publisher : pairing.subscriber;
        drivers_[at(host)].directory = std::make_unique<TempDir>();
        start_driver(host);
    }
}

World::~World() {
    for (Driver& driver : drivers_) {
        if (driver.process != nullptr) driver.process->signal(SIGTERM);
    }
    for (Driver& driver : drivers_) {
        if (driver.process != nullptr) driver.process->wait();
    }
}

Settings World::environment(int host) const {
    Settings all{{"AERON_DIR", *drivers_[at(host)].directory / "aeron"},
                 {"AERON_THREADING_MODE", "SHARED"},
                 {"AERON_TERM_BUFFER_LENGTH", "65536"},
                 {"AERON_IPC_TERM_BUFFER_LENGTH", "65536"},
                 {"AERON_CLIENT_LIVENESS_TIMEOUT", "5s"},
                 {"AERON_IMAGE_LIVENESS_TIMEOUT", "3s"},
                 {"AERON_PUBLICATION_CONNECTION_TIMEOUT", "3s"},
                 {"AERON_TIMER_INTERVAL", "100ms"}};
    for (const auto& [name, value] : settings_) all[name] = value;
    return all;
}

void World::start_driver(int host) {
    Driver& driver = drivers_.at(at(host));
    driver.process.reset();
    driver.process = std::make_unique<ChildProcess>(
        hosts_.on(host, {.argv = driver_command(driver.kind), .env = environment(host)}));
    require(driver.process->read_until("ready").has_value(),
            driver.kind + " driver: " + driver.process->output() + driver.process->errors());
}

void World::kill_driver(int host) {
    Driver& driver = drivers_.at(at(host));
    driver.process->signal(SIGKILL);
    driver.process->wait();
    // A directory of its own for the next one, which need not find out that this one is dead.
    driver.directory = std::make_unique<TempDir>();
}

std::unique_ptr<ChildProcess> World::start(int host, std::vector<std::string> argv) {
    return std::make_unique<ChildProcess>(
        hosts_.on(host, {.argv = std::move(argv), .env = environment(host)}));
}

Finished World::run(int host, std::vector<std::string> argv) {
    return test::run(hosts_.on(host, {.argv = std::move(argv), .env = environment(host)}));
}

std::unique_ptr<Client> World::client(int host) {
    const std::string program = has_own_clients_ ? TERN_PEER : TERN_REAL_CLIENT;
    return std::make_unique<Client>(
        (has_own_clients_ ? "Tern's client" : "the C client") + std::string{" of the "} +
            drivers_.at(at(host)).kind + " driver on host " + std::to_string(host),
        hosts_.on(
            host,
            {.argv = {program, "script"}, .env = environment(host), .stderr_to_stdout = true}));
}

std::string World::report() {
    std::string all;
    for (int host = 0; host < hosts_.size(); ++host) {
        Driver& driver = drivers_[at(host)];
        all += "---- host " + std::to_string(host) + ", " + driver.kind + " driver, lost " +
               std::to_string(hosts_.lost(host)) + "\n";
        if (driver.process == nullptr || !driver.process->running()) {
            all += driver.process == nullptr ? "never started\n" : "not running\n";
        } else {
            for (const char* command : {"counters", "errors"}) {
                all += run(host, {TERN_REAL_CLIENT, command, "--timeout-ms", "2000"}).output;
            }
        }
        if (driver.process != nullptr) all += driver.process->output() + driver.process->errors();
    }
    return all;
}

namespace {

void play_in(World& world, const Scenario& scenario, const Pairing& pairing) {
    try {
        scenario.play(world);
    } catch (const Hosts::Forbidden&) { throw; } catch (const std::exception& failure) {
        ADD_FAILURE() << pairing.name() << ": " << scenario.name << ": " << failure.what() << "\n"
                      << world.report();
    }
    world.hosts().heal();
}

}  // namespace

void play(const Pairing& pairing, const std::vector<Scenario>& scenarios) {
    int hosts = 2;
    Settings settings;
    for (const Scenario& scenario : scenarios) {
        hosts = std::max(hosts, scenario.hosts);
        settings.insert(scenario.settings.begin(), scenario.settings.end());
    }
    try {
        World world{pairing, hosts, settings};
        for (const Scenario& scenario : scenarios) play_in(world, scenario, pairing);
    } catch (const Hosts::Forbidden& reason) { GTEST_SKIP() << reason.what(); }
}

void expect_same(const Answer& sent, const Answer& received) {
    for (const char* name : {"count", "digest"}) {
        require(sent.value(name) == received.value(name),
                std::string{name} + " differs: " + sent.text() + received.text());
    }
}

void pass_messages(World& world, const Transfer& transfer, int from, int to) {
    const std::string stream = std::to_string(world.stream());
    const auto subscriber = world.client(to);
    const auto publisher = world.client(from);
    subscriber->ask("add-sub s " + transfer.subscription + " " + stream);
    publisher->ask("add-pub p " + transfer.publication + " " + stream + " --exclusive");
    publisher->ask("connected p");
    const std::string count = " --count " + std::to_string(transfer.count) + " ";
    for (int round = 0; round < transfer.rounds; ++round) {
        subscriber->tell("receive s" + count + transfer.receive);
        publisher->tell("send p" + count + "--sizes " + transfer.sizes + " " + transfer.send);
        const Answer sent = publisher->hear();
        expect_same(sent, subscriber->hear());
    }
}

}  // namespace tern::test

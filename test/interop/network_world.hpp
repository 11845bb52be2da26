#pragma once

/// Hosts with a driver each, Tern's or a real one, and clients that are told step by step what to
/// do. A scenario is a function of such a world: it reads the same whichever drivers are in it.
/// What goes wrong is thrown as an exception that says what all sides said.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/child_process.hpp"
#include "support/temp_dir.hpp"
#include "support/two_hosts.hpp"

namespace tern::test {

using Settings = std::map<std::string, std::string>;

/// Whose drivers: "tern", "c" or "java". Host 0 has the publisher's, all others the subscriber's.
struct Pairing {
    std::string publisher, subscriber;
    std::string name() const { return publisher + "_to_" + subscriber; }
};

std::ostream& operator<<(std::ostream& out, const Pairing& pairing);

/// The pairings that involve Tern's driver, those with Java's or the others; from the variable
/// TERN_PAIRINGS, such as "c-c,java-c", where it is set (to try the scenarios on real drivers).
std::vector<Pairing> pairings(bool with_java = false);

/// What a client answered to one step.
struct Answer {
    std::vector<std::string> lines;  // the last begins with ok or error

    bool is_ok() const { return lines.back().starts_with("ok"); }
    std::string text() const;
    /// The value of `name=` in the first line that has it; throws where none has.
    std::string value(const std::string& name) const;
    long long number(const std::string& name) const { return std::stoll(value(name)); }
};

/// A client of the driver of its host that does the steps of peers/README.md.
class Client {
  public:
    Client(std::string name, ChildProcess::Options options);

    /// Does a step and gives its answer, which must be ok.
    Answer ask(const std::string& step);
    /// Begins a step; its answer is fetched with hear(), in order.
    void tell(const std::string& step);
    Answer hear();
    /// Dies at once, without a word to its driver.
    void kill();

  private:
    std::string name_;
    ChildProcess process_;
    std::vector<std::string> told_;
    std::size_t heard_ = 0;
};

class World {
  public:
    /// `settings` are added to the drivers' environment.
    explicit World(const Pairing& pairing, int hosts = 2, const Settings& settings = {});
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    Hosts& hosts() { return hosts_; }
    std::string address(int host) const { return hosts_.address(host); }
    /// "address:port" with a port that nothing in this world has had before.
    std::string endpoint(int host) { return address(host) + ":" + std::to_string(next_port_++); }
    std::string endpoint6(int host) {
        return "[" + hosts_.address6(host) + "]:" + std::to_string(next_port_++);
    }
    std::string group() { return "224.20.30.39:" + std::to_string(next_port_++); }
    int stream() { return next_stream_++; }

    /// A client on that host: Tern's where all drivers are Tern's, else that of the real C library;
    /// or everywhere the one that TERN_CLIENTS names, tern or c.
    std::unique_ptr<Client> client(int host);
    /// Another program on that host, told of its driver.
    std::unique_ptr<ChildProcess> start(int host, std::vector<std::string> argv);
    Finished run(int host, std::vector<std::string> argv);
    const std::string& driver_kind(int host) const { return drivers_.at(at(host)).kind; }

    /// Ends the driver of a host without warning, as a crash would; then a new one may start.
    void kill_driver(int host);
    void start_driver(int host);

    /// What the drivers say of themselves: counters, errors, output.
    std::string report();

  private:
    struct Driver {
        std::string kind;
        std::unique_ptr<TempDir> directory;
        std::unique_ptr<ChildProcess> process;
    };
    static std::size_t at(int host) { return static_cast<std::size_t>(host); }
    Settings environment(int host) const;

    Hosts hosts_;
    Settings settings_;
    bool has_own_clients_;
    std::vector<Driver> drivers_;
    int next_port_ = 40401;
    int next_stream_ = 1001;
};

/// A scenario, or several in one world: they must not depend on each other's leftovers.
struct Scenario {
    std::string name;
    void (*play)(World&);
    int hosts = 2;
    Settings settings = {};
};

std::ostream& operator<<(std::ostream& out, const Scenario& scenario);

/// Plays scenarios one after the other and turns what is thrown into test failures.
void play(const Pairing& pairing, const std::vector<Scenario>& scenarios);

/// `count` messages of these sizes over a fresh publication and subscription, checked to the byte.
struct Transfer {
    std::string publication, subscription;  // channels
    int count = 400;
    std::string sizes = "20,63,200-1300";
    std::string receive = "";  // more options of the receiving side
    std::string send = "";
    int rounds = 1;  // of `count` messages each, on one stream
};
void pass_messages(World& world, const Transfer& transfer, int from = 0, int to = 1);

/// That a sender's and a receiver's account of one stream agree.
void expect_same(const Answer& sent, const Answer& received);
/// Throws with `what` where `fact` is false.
void require(bool fact, const std::string& what);

}  // namespace tern::test

#pragma once

/// What `tern demo` shows while it runs, and at its end.

#include <string>
#include <vector>

#include "tern/cli/output.hpp"

namespace tern::cli {

/// What one transport came to: as fast as can be, then at a steady rate.
struct DemoRound {
    std::string transport;  // "ipc", "udp", "multicast"
    std::string name;       // for people
    std::string channel;
    std::string skipped;  // why it was left out; empty where it ran
    struct Phase {
        double rate = 0;  // messages a second; 0: as fast as can be
        Json total;       // of the subscriber
        Json sent;        // of the publisher
    };
    std::vector<Phase> phases;
};

/// Shows one line after another; on a terminal one that changes.
class DemoDisplay {
  public:
    explicit DemoDisplay(bool is_quiet) : is_quiet_(is_quiet) {}

    void begin_round(const DemoRound& round);
    void begin_phase(double rate);
    void show(const Json& interval);
    void end_phase(const Json& total);
    void skip(const DemoRound& round);
    void summarise(const std::vector<DemoRound>& rounds);

  private:
    void show_line(const Json& tally, const char* after);

    bool is_quiet_;
    std::string phase_;
};

Json json_of_demo(std::uint64_t size, const std::vector<DemoRound>& rounds);

}  // namespace tern::cli

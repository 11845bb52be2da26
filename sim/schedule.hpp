#pragma once

/// Virtual time: everybody who does something runs in turn on one thread, and time is that of
/// whoever runs next.

#include <cstdint>
#include <functional>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "dice.hpp"
#include "tern/base/clock.hpp"

namespace tern::sim {

struct Host;

/// Somebody who runs: an agent of a driver, a client process.
class Party {
  public:
    explicit Party(std::string name) : name_(std::move(name)) {}
    virtual ~Party() = default;
    Party(const Party&) = delete;
    Party& operator=(const Party&) = delete;

    /// One duty cycle; how much was done.
    virtual int run(Nanos now) = 0;
    /// When it has to run again even if nobody gives it work.
    virtual Nanos next_deadline() const { return kNever; }
    /// Where it runs, and so whose shared memory it may have written.
    virtual const Host& host() const = 0;
    const std::string& name() const { return name_; }

  private:
    std::string name_;
};

/// How quick everybody is, drawn for each run.
struct Pace {
    Nanos busy_low{500};  // between two cycles with work
    Nanos busy_high{3'000};
    Nanos longest_idle{200'000};  // between two cycles without
};

class Schedule {
  public:
    Schedule(Dice dice, Pace pace) : dice_(dice), pace_(pace) {}

    Nanos now() const { return now_; }
    void add(Party& party);
    void remove(const Party& party);
    /// It does not run until then: a process that the system has put aside.
    void pause(Party& party, Nanos until);
    /// Whoever is due next is run by `run`; null where there is nobody.
    Party* step(const std::function<int(Party&, Nanos)>& run);
    /// From now on; where little happens, a long time costs little.
    void set_longest_idle(Nanos time) { pace_.longest_idle = time; }
    /// Time passes without anybody.
    void pass(Nanos time) { now_ += time; }
    std::uint64_t steps() const { return steps_; }

  private:
    struct Turn {
        Nanos at;
        std::uint64_t order;
        Party* party;
        std::uint64_t ticket;
        bool operator>(const Turn& other) const {
            return at != other.at ? at > other.at : order > other.order;
        }
    };
    struct Standing {
        std::uint64_t ticket = 0;  // of its next turn: others are stale
        int idle_cycles = 0;
        Nanos paused_until{0};
    };
    void give_turn(Party& party, Standing& standing, Nanos at);

    Dice dice_;
    Pace pace_;
    Nanos now_{1'000'000'000};
    std::uint64_t order_ = 0;
    std::uint64_t steps_ = 0;
    std::unordered_map<const Party*, Standing> parties_;
    std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns_;
};

}  // namespace tern::sim

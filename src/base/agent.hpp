#pragma once

/// A role that some thread runs: one duty cycle after another, with an idle strategy in between.

#include <string_view>

#include "tern/base/clock.hpp"

namespace tern {

class Agent {
  public:
    virtual ~Agent() = default;
    /// One duty cycle. Returns how much was done; 0 lets the idle strategy back off.
    virtual int do_work(Nanos now) = 0;
    /// When the next timer is due, on the same clock; kNever if there is none. A thread with
    /// nothing to do may sleep until then if something else wakes it for work.
    virtual Nanos next_deadline() const = 0;
    /// A thread name of at most 15 characters.
    virtual std::string_view role_name() const = 0;
    /// Called once on the agent's thread, after its last duty cycle.
    virtual void on_close() {}
};

}  // namespace tern

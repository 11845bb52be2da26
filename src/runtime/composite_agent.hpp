#pragma once

/// Several agents that share a thread, in a fixed order, under the name that the mode gives the
/// thread.

#include <algorithm>
#include <string>
#include <vector>

#include "tern/base/agent.hpp"

namespace tern::runtime {

class CompositeAgent final : public Agent {
  public:
    /// The agents must outlive it.
    CompositeAgent(std::string role_name, std::vector<Agent*> agents)
        : role_name_(std::move(role_name)),
          agents_(std::move(agents)) {}

    int do_work(Nanos now) override {  // hot:
        int work = 0;
        for (Agent* agent : agents_) work += agent->do_work(now);
        return work;
    }
    Nanos next_deadline() const override {
        Nanos soonest = kNever;
        for (const Agent* agent : agents_) soonest = std::min(soonest, agent->next_deadline());
        return soonest;
    }
    std::string_view role_name() const override { return role_name_; }
    void on_close() override {
        for (Agent* agent : agents_) agent->on_close();
    }

  private:
    std::string role_name_;
    std::vector<Agent*> agents_;
};

}  // namespace tern::runtime

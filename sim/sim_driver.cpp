#include "sim_driver.hpp"

#include <algorithm>

#include "tern/base/assert.hpp"

namespace tern::sim {
namespace {

constexpr Nanos kLongestSlowWork{2'000'000};
constexpr std::int64_t kPid = 4711;

}  // namespace

/// What one thread of a driver runs, which depends on the threading mode.
class SimDriver::AgentParty final : public Party {
  public:
    AgentParty(const Host& host, const char* role, std::vector<Agent*> agents)
        : Party(host.name + "/" + role), host_(host), agents_(std::move(agents)) {}
    const Host& host() const override { return host_; }
    int run(Nanos now) override {
        int work = 0;
        for (Agent* agent : agents_) work += agent->do_work(now);
        return work;
    }
    Nanos next_deadline() const override {
        Nanos first = kNever;
        for (const Agent* agent : agents_) first = std::min(first, agent->next_deadline());
        return first;
    }
    void close() {
        for (Agent* agent : agents_) agent->on_close();
    }

  private:
    const Host& host_;
    std::vector<Agent*> agents_;
};

Result<std::unique_ptr<SimDriver>> SimDriver::start(Host& host, Schedule& schedule,
                                                    const driver::Settings& settings, Dice dice) {
    std::unique_ptr<SimDriver> started(new SimDriver(host, schedule, settings, dice));
    if (auto prepared = started->prepare(); !prepared) return std::move(prepared).error();
    started->make_parties();
    return started;
}

SimDriver::SimDriver(Host& host, Schedule& schedule, const driver::Settings& settings, Dice dice)
    : host_(host),
      schedule_(schedule),
      settings_(settings),
      random_(dice.next()),
      executor_(host.clock, dice.split(), kLongestSlowWork) {}

SimDriver::~SimDriver() {
    for (const auto& party : parties_) schedule_.remove(*party);
}

// Nobody else runs while we wait, as on a machine that stands still.
Result<void> SimDriver::prepare() {
    const auto wait = [this](Nanos period) { schedule_.pass(period); };
    auto prepared = driver::prepare_directory(
        settings_, host_.files, host_.clock, wait, [](std::string_view) {}, kPid);
    if (!prepared) return std::move(prepared).error();
    directory_ = *std::move(prepared);
    memory_ =
        std::make_unique<driver::DriverMemory>(directory_->cnc, settings_, host_.clock.epoch_now());
    context_.reset(new driver::DriverContext{settings_, hooks_, host_.clock, host_.files, random_,
                                             executor_, executor_, *directory_});
    driver::Network& network = *host_.network;
    conductor_ = std::make_unique<driver::Conductor>(*context_, *memory_, network, sender_queues_,
                                                     receiver_queues_);
    sender_ = std::make_unique<driver::Sender>(*context_, *memory_, network, sender_queues_);
    receiver_ = std::make_unique<driver::Receiver>(*context_, *memory_, network, receiver_queues_);
    driver::publish(*directory_, host_.clock);
    return {};
}

void SimDriver::make_parties() {
    const auto add = [this](const char* role, std::vector<Agent*> agents) {
        parties_.push_back(std::make_unique<AgentParty>(host_, role, std::move(agents)));
        schedule_.add(*parties_.back());
    };
    switch (settings_.threading_mode) {
        case driver::ThreadingMode::dedicated:
            add("sender", {sender_.get()});
            add("receiver", {receiver_.get()});
            add("conductor", {conductor_.get()});
            break;
        case driver::ThreadingMode::shared_network:
            add("network", {sender_.get(), receiver_.get()});
            add("conductor", {conductor_.get()});
            break;
        case driver::ThreadingMode::shared:
        case driver::ThreadingMode::invoker:
            add("driver", {sender_.get(), receiver_.get(), conductor_.get()});
            break;
    }
}

void SimDriver::stop() {
    for (const auto& party : parties_) {
        party->close();
        schedule_.remove(*party);
    }
    parties_.clear();
    executor_.run_all();
    conductor_.reset();
    sender_.reset();
    receiver_.reset();
    memory_.reset();
    auto closed = driver::close_directory(*std::move(directory_), settings_, host_.files);
    TERN_ASSERT(closed);
    directory_.reset();
}

std::vector<std::string> SimDriver::logged_errors() const {
    std::vector<std::string> texts;
    read_error_log(memory_->cnc.error_log(),
                   [&](const ErrorObservation& seen) { texts.emplace_back(seen.text); });
    return texts;
}

std::vector<Party*> SimDriver::parties() const {
    std::vector<Party*> all;
    for (const auto& party : parties_) all.push_back(party.get());
    return all;
}

}  // namespace tern::sim

#include "world.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace tern::sim {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kSettling = 12s;  // longer than all time-outs of quick_settings
constexpr Nanos kPatience = 60s;  // virtual: to find each other, and to deliver
constexpr Nanos kLongestSending = 30s;  // well within kPatience
constexpr Nanos kPaceOfHealing = 1ms;
constexpr Nanos kPaceOfClearing = 5ms;
constexpr Nanos kClearing = 20s;  // after which nothing of a stream may be left
constexpr std::uint64_t kMostMemory = 512 * 1024 * 1024;  // bytes of files on one host
constexpr std::uint64_t kDisk = std::uint64_t{1} << 40;   // bytes, but for while it is full
constexpr std::uint64_t kMostLeftOnFullDisk = 300'000;

}  // namespace

World::World(const Plan& plan)
    : plan_(plan),
      dice_(plan.seed ^ 0x5eedULL),
      schedule_(dice_.split(), plan.pace),
      network_(schedule_, dice_.split()) {}

// What the dead held when they died is never destroyed, and may have mapped files.
World::~World() {
    dead_.clear();
    pairs_.clear();
    subscribers_.clear();
    publishers_.clear();
    for (Station& station : stations_) {
        station.driver.reset();
        if (!dooms_.empty()) station.host->files.drop_contents();
    }
}

void World::run() {
    set_up();
    run_until(started_ + plan_.chaos);
    heal();
    run_until(schedule_.now() + kSettling);
    run_until([this] { return is_wired(); }, kPatience, "everybody is connected again");
    for (PublisherSlot& slot : publishers_) slot.process->allow(plan_.messages_at_end);
    for (Pair& pair : pairs_) pair.needed = pair.requester->responses() + plan_.messages_at_end;
    run_until([this] { return has_delivered_all(); }, kPatience, "all messages arrive");
    end_all();
    run_until(schedule_.now() + kClearing);
    check_nothing_left();
    for (Station& station : stations_) {
        station.driver->stop();
        station.driver.reset();
    }
    if (network_.open_sockets() != 0) throw Violation("sockets are open after the end");
}

void World::set_up() {
    started_ = schedule_.now();
    for (std::size_t i = 0; i < plan_.hosts.size(); ++i) {
        Station station;
        station.host = std::make_unique<Host>("host" + std::to_string(i), schedule_,
                                              network_.add_host(address_of(i)));
        stations_.push_back(std::move(station));
    }
    network_.set_faults(plan_.faults);
    if (plan_.stranger.interval.count() > 0)
        stranger_ = std::make_unique<Stranger>(plan_.stranger, network_, dice_.split());
    for (std::size_t stream = 0; stream < plan_.streams.size(); ++stream) {
        for (const PlannedPublisher& planned : plan_.streams[stream].publishers)
            publishers_.push_back({.planned = &planned, .stream = stream});
        for (const PlannedSubscriber& planned : plan_.streams[stream].subscribers)
            subscribers_.push_back({.planned = &planned, .stream = stream});
    }
    for (PublisherSlot& slot : publishers_) slot.starts_at = started_ + dice_.between(0ms, 300ms);
    for (SubscriberSlot& slot : subscribers_) slot.starts_at = started_ + dice_.between(0ms, 300ms);
    start_pairs();
}

void World::start_pairs() {
    for (const ResponsePlan& planned : plan_.responses) {
        const std::size_t index = pairs_.size();
        Pair pair;
        pair.requester =
            std::make_unique<Requester>(setup_of("requester", index, 0, planned.requester_host),
                                        planned, trace_, dice_.split());
        pair.responder =
            std::make_unique<Responder>(setup_of("responder", index, 0, planned.responder_host),
                                        planned, trace_, dice_.split());
        schedule_.add(*pair.requester);
        schedule_.add(*pair.responder);
        pairs_.push_back(std::move(pair));
    }
}

void World::run_until(Nanos until) {
    while (schedule_.now() < until) step();
}

template <typename Condition>
void World::run_until(Condition&& is_done, Nanos patience, const std::string& what) {
    const Nanos deadline = schedule_.now() + patience;
    while (!is_done()) {
        if (schedule_.now() > deadline) throw Violation("not in time: " + what);
        for (int i = 0; i < 100; ++i) step();
    }
}

void World::step() {
    tend();
    const Party* const who =
        schedule_.step([this](Party& party, Nanos now) { return run(party, now); });
    if (who == nullptr) {
        schedule_.pass(1ms);  // all are dead for the moment
        return;
    }
    if (bury_) {
        std::exchange(bury_, nullptr)();
        return;
    }
    for (Station& station : stations_) {
        if (station.driver && station.host.get() == &who->host())
            station.checker->check(station.driver->counters(), schedule_.now());
    }
}

void World::tend() {
    const Nanos now = schedule_.now();
    while (next_event_ < plan_.events.size() && started_ + plan_.events[next_event_].at <= now &&
           !is_healed_) {
        happen(plan_.events[next_event_++]);
    }
    if (stranger_ && !is_healed_) stranger_->act(now);
    if (now >= next_due_) start_what_is_due();
    if (now >= next_memory_check_) {
        check_memory();
        next_memory_check_ = now + 100ms;
    }
}

void World::start_what_is_due() {
    const Nanos now = schedule_.now();
    next_due_ = now + 1ms;
    for (Station& station : stations_) {
        if (station.disk_full_until <= now) station.host->files.set_capacity(kDisk);
        if (station.driver == nullptr && station.starts_at <= now) start_driver(station);
    }
    for (PublisherSlot& slot : publishers_) {
        if (slot.process == nullptr && slot.starts_at <= now) start(slot);
    }
    for (SubscriberSlot& slot : subscribers_) {
        if (slot.process == nullptr && slot.starts_at <= now) start(slot);
    }
}

// The driver before may look alive for a while.
void World::start_driver(Station& station) {
    const auto index = static_cast<std::size_t>(&station - stations_.data());
    std::optional<Result<std::unique_ptr<SimDriver>>> driver;
    const auto start = [&] {
        driver = SimDriver::start(*station.host, schedule_, plan_.hosts[index], dice_.split());
    };
    station.starts_at = schedule_.now() + 50ms;  // again, where it does not now
    if (station.doom == nullptr) {
        start();
    } else if (station.doom->strikes(start)) {
        station.doom = nullptr;
        bury_driver(station, 50ms);
        return;
    }
    if (!*driver) return;
    station.driver = **std::move(driver);
    const std::int64_t longest =
        std::max(plan_.hosts[index].term_buffer_length, plan_.hosts[index].ipc_term_buffer_length);
    station.checker = std::make_unique<PositionChecker>(station.host->name, longest);
    trace_.add(schedule_.now(), station.host->name + " has a driver");
    if (station.doom != nullptr) condemn(station, std::exchange(station.doom, nullptr), 50ms);
}

ProcessSetup World::setup_of(const std::string& kind, std::size_t index, int life,
                             std::size_t host) const {
    const driver::Settings& settings = plan_.hosts[host];
    return {.name = kind + std::to_string(index) + "." + std::to_string(life) + "@host" +
                    std::to_string(host),
            .host = stations_[host].host.get(),
            .directory = kDirectory,
            .driver_timeout = settings.driver_timeout,
            .keepalive_interval = settings.client_liveness_timeout / 10};
}

void World::start(PublisherSlot& slot) {
    const auto index = static_cast<std::size_t>(&slot - publishers_.data());
    slot.process = std::make_unique<Publisher>(
        setup_of("publisher", index, slot.lives++, slot.planned->host), slot.planned->plan,
        next_writer_++, ledger_, trace_, dice_.split());
    if (!is_healed_) {
        const auto most = static_cast<std::uint64_t>(kLongestSending / slot.planned->plan.interval);
        slot.process->allow(std::min(plan_.messages_in_chaos, most));
    }
    schedule_.add(*slot.process);
}

void World::start(SubscriberSlot& slot) {
    const auto index = static_cast<std::size_t>(&slot - subscribers_.data());
    slot.process = std::make_unique<Subscriber>(
        setup_of("subscriber", index, slot.lives++, slot.planned->host), slot.planned->plan,
        ledger_, trace_, dice_.split());
    if (is_healed_) slot.process->be_diligent();
    schedule_.add(*slot.process);
}

int World::run(Party& party, Nanos now) {
    const auto found = condemned_.find(&party);
    if (found == condemned_.end()) return party.run(now);
    int work = 0;
    if (!found->second.doom->strikes([&] { work = party.run(now); })) return work;
    bury_ = std::move(found->second.bury);
    return 1;  // who has died has no deadline
}

Doom* World::make_doom(std::int64_t writes) {
    dooms_.push_back(std::make_unique<Doom>(static_cast<std::uint64_t>(writes)));
    return dooms_.back().get();
}

void World::condemn(const std::vector<Party*>& parties, Doom* doom, std::function<void()> bury) {
    for (const Party* party : parties) condemned_[party] = {doom, bury};
}

void World::condemn(Station& station, Doom* doom, Nanos duration) {
    condemn(station.driver->parties(), doom,
            [this, &station, duration] { bury_driver(station, duration); });
}

void World::remove(const Party& party) {
    schedule_.remove(party);
    condemned_.erase(&party);
}

template <typename SlotType>
void World::crash(SlotType& slot, const PlannedEvent& event) {
    if (slot.process == nullptr) return;
    const auto bury_it = [this, &slot, duration = event.duration] { bury(slot, duration); };
    if (event.amount == 0) return bury_it();
    condemn({slot.process.get()}, make_doom(event.amount), bury_it);
}

template <typename SlotType>
void World::bury(SlotType& slot, Nanos duration) {
    trace_.add(schedule_.now(), slot.process->name() + " dies");
    slot.process->on_death();
    remove(*slot.process);
    dead_.push_back(std::move(slot.process));
    slot.starts_at = schedule_.now() + duration;
}

// One that dies in the middle may do so while it runs, while it ends, or when it starts again.
void World::end_driver(Station& station, const PlannedEvent& event) {
    if (station.driver == nullptr) return;
    for (const Party* party : station.driver->parties()) condemned_.erase(party);
    Doom* const doom = event.amount > 0 ? make_doom(event.amount) : nullptr;
    if (event.what == Happening::driver_restarts) {
        const auto stop = [&] { station.driver->stop(); };
        if (doom == nullptr) {
            stop();
        } else if (!doom->strikes(stop)) {
            station.doom = doom;
        }
    } else if (doom != nullptr) {
        return condemn(station, doom, event.duration);
    }
    bury_driver(station, event.duration);
}

void World::bury_driver(Station& station, Nanos duration) {
    trace_.add(schedule_.now(), station.host->name + ": its driver ends");
    if (station.driver) {
        for (const Party* party : station.driver->parties()) condemned_.erase(party);
    }
    station.driver.reset();
    station.host->files.break_locks();
    network_.close_sockets_of(static_cast<std::size_t>(&station - stations_.data()));
    station.starts_at = schedule_.now() + duration;
}

void World::happen(const PlannedEvent& event) {
    const Nanos now = schedule_.now();
    Station& station = stations_[event.whom % stations_.size()];
    PublisherSlot* const publisher =
        publishers_.empty() ? nullptr : &publishers_[event.whom % publishers_.size()];
    SubscriberSlot* const subscriber =
        subscribers_.empty() ? nullptr : &subscribers_[event.whom % subscribers_.size()];
    switch (event.what) {
        case Happening::driver_crashes:
        case Happening::driver_restarts: end_driver(station, event); return;
        case Happening::publisher_crashes:
            if (publisher) crash(*publisher, event);
            return;
        case Happening::subscriber_crashes:
            if (subscriber) crash(*subscriber, event);
            return;
        case Happening::publisher_reopens:
        case Happening::publisher_revokes:
            if (publisher && publisher->process)
                publisher->process->reopen(event.what == Happening::publisher_revokes);
            return;
        case Happening::subscriber_reopens:
            if (subscriber && subscriber->process) subscriber->process->reopen();
            return;
        case Happening::party_pauses: pause_somebody(event); return;
        case Happening::wall_clock_jumps:
            trace_.add(now, station.host->name + ": its clock jumps by " +
                                std::to_string(event.amount) + " ms");
            station.host->clock.jump(Millis{event.amount});
            return;
        case Happening::link_is_cut:
            trace_.add(now, "a link is cut");
            network_.cut(event.whom, now + event.duration);
            return;
        case Happening::link_changes: network_.set_faults(event.whom, event.faults); return;
        case Happening::name_changes: network_.confuse_name(event.whom); return;
        case Happening::image_is_rejected:
            if (subscriber && subscriber->process) subscriber->process->reject_image();
            return;
        case Happening::destination_goes:
            if (subscriber && subscriber->process) subscriber->process->change_destination();
            return;
        case Happening::disk_is_full:
            trace_.add(now, station.host->name + ": its disk is full");
            station.host->files.set_capacity(station.host->files.used() +
                                             dice_.below(kMostLeftOnFullDisk));
            station.disk_full_until = now + event.duration;
            return;
    }
}

void World::pause_somebody(const PlannedEvent& event) {
    std::vector<Party*> parties;
    for (const Station& each : stations_) {
        if (!each.driver) continue;
        for (Party* party : each.driver->parties()) parties.push_back(party);
    }
    for (const PublisherSlot& slot : publishers_)
        if (slot.process) parties.push_back(slot.process.get());
    for (const SubscriberSlot& slot : subscribers_)
        if (slot.process) parties.push_back(slot.process.get());
    if (parties.empty()) return;
    Party& party = *parties[event.whom % parties.size()];
    trace_.add(schedule_.now(),
               party.name() + " pauses for " + std::to_string(event.duration.count()) + " ns");
    schedule_.pause(party, schedule_.now() + event.duration);
}

void World::heal() {
    is_healed_ = true;
    condemned_.clear();
    for (Station& station : stations_) station.doom = nullptr;
    schedule_.set_longest_idle(std::max(plan_.pace.longest_idle, kPaceOfHealing));
    trace_.add(schedule_.now(), "all heals");
    network_.heal();
    const Nanos now = schedule_.now();
    for (Station& station : stations_) {
        station.starts_at = std::min(station.starts_at, now);
        station.disk_full_until = now;
        station.host->files.set_capacity(kDisk);
    }
    for (PublisherSlot& slot : publishers_) {
        slot.starts_at = std::min(slot.starts_at, now);
        if (slot.process && plan_.is_quiet_while_healing) slot.process->stop_sending();
    }
    for (SubscriberSlot& slot : subscribers_) {
        slot.starts_at = std::min(slot.starts_at, now);
        if (slot.process) slot.process->be_diligent();
    }
}

/// Calls `visit` for each publisher and subscriber of one stream, of those that must get all.
template <typename Visit>
void World::for_each_pair(Visit&& visit) const {
    for (const PublisherSlot& publisher : publishers_) {
        for (const SubscriberSlot& subscriber : subscribers_) {
            if (publisher.stream != subscriber.stream || !subscriber.planned->must_get_all ||
                !publisher.planned->is_wanted)
                continue;
            // A spy sees what is published on its own host.
            const bool is_spy = subscriber.planned->plan.channel.starts_with("aeron-spy:");
            if (is_spy && publisher.planned->host != subscriber.planned->host) continue;
            visit(publisher.process.get(), subscriber.process.get());
        }
    }
}

bool World::is_wired() const {
    bool is_wired = true;
    for_each_pair([&](const Publisher* publisher, const Subscriber* subscriber) {
        is_wired = is_wired && publisher && subscriber && publisher->is_publishing() &&
                   subscriber->has_image_of(publisher->session_id());
    });
    return is_wired;
}

bool World::has_delivered_all() const {
    bool has_delivered = true;
    for_each_pair([&](const Publisher* publisher, const Subscriber* subscriber) {
        has_delivered = has_delivered && publisher->has_sent_all() &&
                        subscriber->has_got(publisher->last_message());
    });
    for (const Pair& pair : pairs_)
        has_delivered = has_delivered && pair.requester->responses() >= pair.needed;
    return has_delivered;
}

void World::end_all() {
    schedule_.set_longest_idle(kPaceOfClearing);
    const auto end = [this](auto& slot) {
        if (slot.process == nullptr) return;
        slot.process->close();
        remove(*slot.process);
        dead_.push_back(std::move(slot.process));
        slot.starts_at = kNever;
    };
    for (PublisherSlot& slot : publishers_) end(slot);
    for (SubscriberSlot& slot : subscribers_) end(slot);
    const auto end_one = [this](auto& process) {
        process->close();
        remove(*process);
        dead_.push_back(std::move(process));
    };
    for (Pair& pair : pairs_) {
        end_one(pair.requester);
        end_one(pair.responder);
    }
    pairs_.clear();
}

void World::check_nothing_left() const {
    for (const Station& station : stations_) {
        station.driver->counters().for_each([&](const CounterView& counter) {
            if (counter.type_id == 0) return;
            throw Violation(station.host->name +
                            ": a counter is left: " + std::string(counter.label) + ", value " +
                            std::to_string(counter.value));
        });
        for (const std::string& file : station.host->files.file_names()) {
            if (file.ends_with(".logbuffer"))
                throw Violation(station.host->name + ": a file is left: " + file);
        }
        for (const std::string& file : station.host->files.written_without_blocks())
            throw Violation(station.host->name + ": written where no block was reserved: " + file);
    }
}

void World::check_memory() const {
    for (const Station& station : stations_) {
        if (station.host->files.used() > kMostMemory)
            throw Violation(station.host->name + " holds more memory than all its streams need");
    }
}

std::uint64_t World::messages_received() const {
    std::uint64_t all = 0;
    const auto add = [&all](const ClientProcess* process) {
        if (const auto* subscriber = dynamic_cast<const Subscriber*>(process))
            all += subscriber->messages();
        if (const auto* requester = dynamic_cast<const Requester*>(process))
            all += requester->responses();
    };
    for (const auto& process : dead_) add(process.get());
    for (const SubscriberSlot& slot : subscribers_) add(slot.process.get());
    return all;
}

std::uint64_t World::deaths_in_midst() const {
    return static_cast<std::uint64_t>(
        std::ranges::count_if(dooms_, [](const auto& doom) { return doom->has_struck(); }));
}

std::string World::state() const {
    std::string text;
    for (const Pair& pair : pairs_)
        text += pair.requester->name() + ": " + std::to_string(pair.requester->responses()) +
                " responses\n";
    for (const PublisherSlot& slot : publishers_) {
        if (!slot.process) continue;
        text += slot.process->name() + ": sent " + std::to_string(slot.process->sent()) +
                (slot.process->is_publishing() ? ", connected" : ", not connected") + ", session " +
                std::to_string(slot.process->session_id()) + "\n";
    }
    for (const SubscriberSlot& slot : subscribers_) {
        if (!slot.process) continue;
        text += slot.process->name() + ": got " + std::to_string(slot.process->messages()) + ", " +
                std::to_string(slot.process->image_count()) + " images\n";
    }
    for (const Station& station : stations_) {
        if (!station.driver) continue;
        station.driver->counters().for_each([&](const CounterView& counter) {
            if (counter.value == 0) return;
            text += station.host->name + ": " + std::string(counter.label) + " = " +
                    std::to_string(counter.value) + "\n";
        });
        for (const std::string& error : station.driver->logged_errors())
            text += station.host->name + ": error: " + error + "\n";
    }
    return text;
}

}  // namespace tern::sim

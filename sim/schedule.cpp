#include "schedule.hpp"

#include <algorithm>

namespace tern::sim {
namespace {

constexpr Nanos kFirstIdle{2'000};
constexpr int kMostDoublings = 20;

}  // namespace

void Schedule::add(Party& party) {
    Standing& standing = parties_[&party];
    standing = {};
    give_turn(party, standing, now_ + dice_.between(Nanos{0}, pace_.busy_high));
}

void Schedule::remove(const Party& party) { parties_.erase(&party); }

void Schedule::pause(Party& party, Nanos until) {
    const auto found = parties_.find(&party);
    if (found == parties_.end()) return;
    found->second.paused_until = std::max(found->second.paused_until, until);
}

void Schedule::give_turn(Party& party, Standing& standing, Nanos at) {
    standing.ticket = ++order_;
    turns_.push({at, order_, &party, standing.ticket});
}

Party* Schedule::step(const std::function<int(Party&, Nanos)>& run) {
    while (!turns_.empty()) {
        const Turn turn = turns_.top();
        turns_.pop();
        const auto found = parties_.find(turn.party);
        if (found == parties_.end() || found->second.ticket != turn.ticket) continue;
        now_ = std::max(now_, turn.at);
        if (found->second.paused_until > now_) {
            give_turn(*turn.party, found->second, found->second.paused_until);
            continue;
        }
        ++steps_;
        const int work = run(*turn.party, now_);
        // It may have been removed meanwhile, or have removed others.
        const auto after = parties_.find(turn.party);
        if (after == parties_.end()) return turn.party;
        Nanos next = now_ + dice_.between(pace_.busy_low, pace_.busy_high);
        if (work > 0) {
            after->second.idle_cycles = 0;
        } else {
            const int doublings = std::min(after->second.idle_cycles++, kMostDoublings);
            next += std::min(kFirstIdle * (std::int64_t{1} << doublings), pace_.longest_idle);
            next = std::min(next, std::max(turn.party->next_deadline(), now_ + pace_.busy_low));
        }
        give_turn(*turn.party, after->second, next);
        return turn.party;
    }
    return nullptr;
}

}  // namespace tern::sim

#include "position_checker.hpp"

#include <algorithm>

namespace tern::sim {
namespace {

// spec counters.md, 7
constexpr std::int32_t kPublisherLimit = 1;
constexpr std::int32_t kSenderPosition = 2;
constexpr std::int32_t kReceiverHighWaterMark = 3;
constexpr std::int32_t kSubscriberPosition = 4;
constexpr std::int32_t kReceiverPosition = 5;
constexpr std::int32_t kSenderLimit = 9;
constexpr std::int32_t kPublisherPosition = 12;

constexpr Nanos kSearchInterval{1'000'000};

bool never_goes_back(std::int32_t type_id) {
    return type_id == kSenderPosition || type_id == kReceiverHighWaterMark ||
           type_id == kSubscriberPosition || type_id == kReceiverPosition ||
           type_id == kPublisherPosition;
}

std::int32_t limit_of(std::int32_t type_id) {
    if (type_id == kSenderPosition) return kSenderLimit;
    if (type_id == kPublisherPosition) return kPublisherLimit;
    return kNullCounterId;
}

}  // namespace

void PositionChecker::check(const CountersReader& counters, Nanos now) {
    if (now >= next_search_) {
        find_counters(counters);
        next_search_ = now + kSearchInterval;
    }
    for (Watched& watched : watched_) check_one(counters, watched);
}

void PositionChecker::find_counters(const CountersReader& counters) {
    std::erase_if(watched_, [&](const Watched& watched) {
        return counters.state(watched.id) != CounterState::allocated ||
               counters.registration_id(watched.id) != watched.registration_id;
    });
    for (std::int32_t id = 0; counters.state(id) != CounterState::unused; ++id) {
        if (counters.state(id) != CounterState::allocated) continue;
        const std::int32_t type = counters.type_id(id);
        if (!never_goes_back(type)) continue;
        const auto same = [&](const Watched& watched) { return watched.id == id; };
        if (std::ranges::any_of(watched_, same)) continue;
        Watched watched{.id = id,
                        .type_id = type,
                        .registration_id = counters.registration_id(id),
                        .highest = counters.value(id)};
        if (const std::int32_t limit = limit_of(type); limit != kNullCounterId)
            watched.limit_id = counters.find_by_registration(limit, watched.registration_id);
        watched_.push_back(watched);
    }
}

void PositionChecker::note_limit(const CountersReader& counters, Watched& watched) {
    watched.highest_limit = std::max(watched.highest_limit, counters.value(watched.limit_id));
}

// A counter that was freed since the last search is looked at no more; its id may be somebody
// else's.
void PositionChecker::check_one(const CountersReader& counters, Watched& watched) const {
    const std::int64_t value = counters.value(watched.id);
    if (value == watched.highest) {  // as after most steps: only its limit may have moved
        if (watched.limit_id != kNullCounterId) note_limit(counters, watched);
        return;
    }
    if (counters.state(watched.id) != CounterState::allocated ||
        counters.registration_id(watched.id) != watched.registration_id) {
        return;
    }
    const auto fail = [&](const std::string& what) {
        throw Violation(who_ + ": " + what + ": counter " + std::to_string(watched.id) + " '" +
                        std::string(counters.label(watched.id)) + "' is " + std::to_string(value) +
                        ", was " + std::to_string(watched.highest) + ", limit " +
                        std::to_string(watched.highest_limit));
    };
    // An untethered subscriber that comes back, and a spy, may be put anywhere ahead, never behind.
    if (value < watched.highest) fail("a position went back");
    watched.highest = value;
    if (watched.limit_id == kNullCounterId) return;
    note_limit(counters, watched);
    if (value > watched.highest_limit + longest_step_) fail("a position is beyond its limit");
}

}  // namespace tern::sim

#pragma once

/// The counters of one driver's life: positions never go back, and no publication runs past its
/// limits.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "findings.hpp"
#include "tern/base/clock.hpp"
#include "tern/shm/counters.hpp"

namespace tern::sim {

class PositionChecker {
  public:
    /// `longest_step`: bytes that a publisher may go beyond its limit, as the last message that
    /// began below it may be that long; and a sender, as padding is not transmitted.
    PositionChecker(std::string who, std::int64_t longest_step)
        : who_(std::move(who)), longest_step_(longest_step) {}

    /// After each step of somebody on the driver's host. Looks for new counters now and then only.
    void check(const CountersReader& counters, Nanos now);

  private:
    struct Watched {
        std::int32_t id;
        std::int32_t type_id;
        std::int64_t registration_id;
        std::int64_t highest;
        std::int64_t highest_limit = INT64_MIN;  // of what bounds it
        std::int32_t limit_id = kNullCounterId;
    };
    void find_counters(const CountersReader& counters);
    static void note_limit(const CountersReader& counters, Watched& watched);
    void check_one(const CountersReader& counters, Watched& watched) const;

    std::string who_;
    std::int64_t longest_step_;
    Nanos next_search_{0};
    std::vector<Watched> watched_;
};

}  // namespace tern::sim

#pragma once

/// What a way through the network does to datagrams: loses them, singly or in bursts, doubles,
/// delays and reorders them, or lets only so many bytes through. One direction.

#include <cstdint>
#include <vector>

#include "dice.hpp"
#include "tern/base/bytes.hpp"
#include "tern/base/clock.hpp"

namespace tern::sim {

struct LinkFaults {
    double loss = 0;          // of single datagrams
    double burst_start = 0;   // that from here on all are lost ...
    double burst_end = 0.2;   // ... and no longer
    double control_loss = 0;  // of all but data and padding, in addition
    double duplication = 0;
    double reordering = 0;    // share that takes much longer
    double failed_sends = 0;  // that the system takes only in part; on all hosts alike
    Nanos delay_low{10'000};
    Nanos delay_high{30'000};
    Nanos reordering_delay{500'000};
    std::int64_t bytes_per_second = 0;  // 0: no limit
};

class Link {
  public:
    void set(const LinkFaults& faults) { faults_ = faults; }
    void cut_until(Nanos until) { cut_until_ = until; }
    void heal() {
        faults_ = {};
        cut_until_ = Nanos{0};
    }

    /// When copies of this datagram arrive: none of a lost one.
    void carry(ConstBytes datagram, Nanos now, Dice& dice, std::vector<Nanos>& arrivals);

  private:
    bool is_lost(ConstBytes datagram, Nanos now, Dice& dice);
    Nanos delay(Dice& dice) const;

    LinkFaults faults_;
    Nanos cut_until_{0};
    bool is_in_burst_ = false;
    Nanos busy_until_{0};  // of a limited link
};

}  // namespace tern::sim

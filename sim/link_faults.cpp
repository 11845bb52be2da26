#include "link_faults.hpp"

#include <algorithm>

#include "tern/protocol/network_frames.hpp"

namespace tern::sim {
namespace {

constexpr Nanos kLongestQueue{50'000'000};  // more than that is dropped

bool is_data(ConstBytes datagram) {
    const auto type = protocol::check_datagram(datagram);
    return type == protocol::FrameType::data || type == protocol::FrameType::padding;
}

}  // namespace

void Link::carry(ConstBytes datagram, Nanos now, Dice& dice, std::vector<Nanos>& arrivals) {
    arrivals.clear();
    if (is_lost(datagram, now, dice)) return;
    Nanos leaves = now;
    if (faults_.bytes_per_second > 0) {
        const auto size = static_cast<std::int64_t>(datagram.size());
        const Nanos takes{size * 1'000'000'000 / faults_.bytes_per_second};
        leaves = std::max(now, busy_until_) + takes;
        if (leaves - now > kLongestQueue) return;
        busy_until_ = leaves;
    }
    arrivals.push_back(leaves + delay(dice));
    if (faults_.duplication > 0 && dice.chance(faults_.duplication)) {
        arrivals.push_back(leaves + delay(dice));
    }
}

bool Link::is_lost(ConstBytes datagram, Nanos now, Dice& dice) {
    if (now < cut_until_) return true;
    if (is_in_burst_) {
        is_in_burst_ = !dice.chance(faults_.burst_end);
    } else if (faults_.burst_start > 0) {
        is_in_burst_ = dice.chance(faults_.burst_start);
    }
    if (is_in_burst_) return true;
    if (faults_.loss > 0 && dice.chance(faults_.loss)) return true;
    return faults_.control_loss > 0 && dice.chance(faults_.control_loss) && !is_data(datagram);
}

Nanos Link::delay(Dice& dice) const {
    Nanos delay = dice.between(faults_.delay_low, faults_.delay_high);
    if (faults_.reordering > 0 && dice.chance(faults_.reordering)) {
        delay += dice.between(Nanos{0}, faults_.reordering_delay);
    }
    return delay;
}

}  // namespace tern::sim

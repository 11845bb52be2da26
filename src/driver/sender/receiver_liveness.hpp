#pragma once

/// The receivers of one publication that were heard from lately (spec wire-protocol.md 4.7). At
/// most kMaxReceivers, since any peer can invent receiver ids. Sender thread.

#include <algorithm>
#include <cstdint>

#include "tern/base/dense_map.hpp"
#include "tern/driver/sender/flow_control.hpp"

namespace tern::driver {

class ReceiverLiveness {
  public:
    explicit ReceiverLiveness(Nanos timeout) : timeout_(std::min(timeout, kNever / 2)) {}

    bool is_empty() const { return last_heard_.is_empty(); }
    std::size_t size() const { return last_heard_.size(); }

    /// hot: false where there are too many already.
    bool heard_from(std::int64_t receiver_id, Nanos now) {
        if (Nanos* const last = last_heard_.find(receiver_id)) {
            *last = now;
            return true;
        }
        if (last_heard_.size() == kMaxReceivers) return false;
        last_heard_.add(receiver_id, now);
        next_expiry_ = std::min(next_expiry_, now + timeout_);
        return true;
    }
    /// False where it was not known.
    bool remove(std::int64_t receiver_id) { return last_heard_.remove(receiver_id); }

    /// hot: those last heard from `timeout` ago or earlier. How many.
    std::size_t drop_silent(Nanos now) {
        if (now < next_expiry_) return 0;
        next_expiry_ = kNever;
        return last_heard_.remove_if([&](const auto& entry) {
            const Nanos expiry = entry.value + timeout_;
            if (now >= expiry) return true;
            next_expiry_ = std::min(next_expiry_, expiry);
            return false;
        });
    }

  private:
    Nanos timeout_;
    DenseMap<std::int64_t, Nanos> last_heard_;  // by receiver id
    Nanos next_expiry_ = kNever;                // nobody is silent for too long before then
};

}  // namespace tern::driver

#pragma once

/// Which NAKs of one publication are answered, and when (spec wire-protocol.md 4.11): a pool of
/// actions, each of which covers a range of a term, waits out a delay, and then lingers, so that
/// the same request is not answered again at once. Sending is the publication's. Sender thread;
/// allocates only when made.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tern/base/clock.hpp"
#include "tern/protocol/network_frames.hpp"

namespace tern::driver {

/// A part of a term. Lengths are bytes.
struct TermRange {
    std::int32_t term_id = 0;
    std::int32_t offset = 0;
    std::int32_t length = 0;

    bool operator==(const TermRange&) const = default;
};

/// What is granted of a NAK that asks for `asked` (4.10): it stays in its term and is at most
/// `window_multiple` default receiver windows long.
TermRange clamp_retransmission(const TermRange& asked, std::int32_t term_length,
                               std::int32_t window_multiple);

class RetransmitHandler {
  public:
    struct Config {
        bool is_group = false;  // else: one action, which the next NAK takes over
        std::size_t max_actions = 1;
        Nanos delay{0};
        Nanos linger{10'000'000};
    };
    enum class Decision : std::uint8_t {
        resend_now,
        delayed,
        already_covered,  // an action begins no later and is not over yet
        pool_overflow,    // all actions are in use
    };

    explicit RetransmitHandler(const Config& config);

    /// hot: of a range that was checked and clamped, not empty.
    Decision on_nak(const TermRange& range, Nanos now);
    /// hot: ends actions that have lingered, and calls `resend(const TermRange&)` for those whose
    /// delay is over. A duty cycle.
    template <typename Resend>
    void process_timeouts(Nanos now, Resend&& resend) {
        if (now <= next_expiry_) return;
        next_expiry_ = kNever;
        for (std::size_t i = active_.size(); i-- > 0;) {
            Action& action = active_[i];
            if (now > action.expiry) {
                if (!action.is_delayed) {
                    action = active_.back();
                    active_.pop_back();
                    continue;
                }
                action.is_delayed = false;
                action.expiry = now + config_.linger;
                resend(action.range);
            }
            next_expiry_ = action.expiry < next_expiry_ ? action.expiry : next_expiry_;
        }
    }
    /// `process_timeouts` has nothing to do until the time is past it; kNever: no timer runs.
    Nanos next_expiry() const { return next_expiry_; }

  private:
    struct Action {
        TermRange range;
        Nanos expiry;
        bool is_delayed;  // else it lingers
    };

    Config config_;
    std::vector<Action> active_;  // in no order; at most max_actions
    Nanos next_expiry_ = kNever;
};

}  // namespace tern::driver

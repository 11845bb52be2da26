#include "tern/driver/sender/retransmit_handler.hpp"

#include <algorithm>

#include "tern/base/assert.hpp"

namespace tern::driver {
namespace {

constexpr std::int32_t kDefaultReceiverWindow = 131'072;

}  // namespace

TermRange clamp_retransmission(const TermRange& asked, std::int32_t term_length,
                               std::int32_t window_multiple) {
    const std::int64_t window = std::min(kDefaultReceiverWindow, term_length / 2);
    const std::int64_t granted = std::min<std::int64_t>(
        {asked.length, term_length - asked.offset, window * window_multiple});
    return {asked.term_id, asked.offset, static_cast<std::int32_t>(granted)};
}

RetransmitHandler::RetransmitHandler(const Config& config) : config_(config) {
    TERN_ASSERT(config.max_actions > 0);
    if (!config_.is_group) config_.max_actions = 1;
    config_.delay = std::min(config.delay, kLongestTimeout);
    config_.linger = std::min(config.linger, kLongestTimeout);
    active_.reserve(config_.max_actions);
}

// hot: the pool is small (256 at most), and an overlap cannot be looked up by key.
RetransmitHandler::Decision RetransmitHandler::on_nak(const TermRange& range, Nanos now) {
    for (const Action& action : active_) {
        const std::int64_t into = std::int64_t{range.offset} - action.range.offset;
        if (action.range.term_id == range.term_id && into >= 0 && into < action.range.length) {
            return Decision::already_covered;
        }
    }
    if (!config_.is_group) active_.clear();
    if (active_.size() == config_.max_actions) return Decision::pool_overflow;

    const bool is_delayed = config_.delay > Nanos{0};
    const Nanos expiry = now + (is_delayed ? config_.delay : config_.linger);
    active_.push_back({range, expiry, is_delayed});
    next_expiry_ = std::min(next_expiry_, expiry);
    return is_delayed ? Decision::delayed : Decision::resend_now;
}

}  // namespace tern::driver

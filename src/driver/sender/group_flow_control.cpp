#include "tern/driver/sender/group_flow_control.hpp"

#include <algorithm>
#include <limits>

#include "tern/base/coverage_mark.hpp"

namespace tern::driver {
namespace {

constexpr Position kNoLimit = std::numeric_limits<Position>::max();

}  // namespace

GroupFlowControl::GroupFlowControl(const FlowControlConfig& config, Counter receivers)
    : config_(config), count_(receivers), has_required_receivers_(config.group_min_size <= 0) {
    config_.receiver_timeout = std::min(config.receiver_timeout, kLongestTimeout);
}

// hot:
Position GroupFlowControl::on_status_message(const protocol::StatusMessage& message,
                                             Position position, Position limit, Nanos now) {
    const Position window_end = position + message.window;
    const bool is_wanted = matches(message);
    Receiver* const known = is_wanted ? receivers_.find(message.receiver_id) : nullptr;
    if (known != nullptr) {
        known->is_ending = message.is_end_of_stream;
        known->last_position = std::max(known->last_position, position);
        known->last_heard = now;
        has_ending_ = has_ending_ || known->is_ending;
        update_window_end(*known, window_end);
    }
    Position allowed = current_limit(now);
    if (known == nullptr && is_wanted && !message.is_end_of_stream) {
        if (receivers_.is_empty() || window_end >= allowed - message.window) {
            if (receivers_.size() < kMaxReceivers) {
                receivers_.add(message.receiver_id, {position, window_end, now, false});
                slowest_ = receivers_.size() == 1 ? window_end : std::min(slowest_, window_end);
                next_expiry_ = std::min(next_expiry_, now + config_.receiver_timeout);
                allowed = std::min(allowed, window_end);
                held_.reset();
                publish_count();
            } else {
                TERN_MARK(flow_control_receiver_table_full);
            }
        } else {
            TERN_MARK(flow_control_newcomer_too_far_behind);
        }
    }
    if (!has_required_receivers_) return limit;
    return receivers_.is_empty() ? std::max(limit, window_end) : std::max(limit, allowed);
}

// hot:
Position GroupFlowControl::on_idle(Position limit, bool /*is_end_of_stream*/, Nanos now) {
    if (has_ending_ || now > next_expiry_) drop_receivers(now);
    const Position allowed = current_limit(now);
    return !has_required_receivers_ || receivers_.is_empty() ? limit : allowed;
}

Position GroupFlowControl::on_elicited_setup(Position limit, Nanos now) {
    if (is_setup_wanted_ && !receivers_.is_empty()) {
        TERN_MARK(flow_control_hold);
        held_ = HeldLimit{limit, now};
    }
    is_setup_wanted_ = false;
    return limit;
}

void GroupFlowControl::on_setup_triggered(const protocol::StatusMessage& message) {
    if (matches(message)) is_setup_wanted_ = true;
}

void GroupFlowControl::on_error(const protocol::ErrorFrame& error, Nanos /*now*/) {
    if (Receiver* const receiver = receivers_.find(error.receiver_id)) {
        receiver->is_ending = true;
        has_ending_ = true;
    }
}

bool GroupFlowControl::matches(const protocol::StatusMessage& message) const {
    return config_.strategy == FlowControlStrategy::min || message.group_tag == config_.group_tag;
}

// What all tracked receivers and a held limit leave.
Position GroupFlowControl::current_limit(Nanos now) {
    if (held_ && now > held_->since + config_.receiver_timeout) {
        TERN_MARK(flow_control_hold_expired);
        held_.reset();
    }
    return std::min(held_ ? held_->limit : kNoLimit, slowest_window_end());
}

Position GroupFlowControl::slowest_window_end() {
    if (receivers_.is_empty()) return kNoLimit;
    if (!is_slowest_known_) {
        slowest_ = kNoLimit;
        for (const auto& entry : receivers_.entries()) {
            slowest_ = std::min(slowest_, entry.value.window_end);
        }
        is_slowest_known_ = true;
    }
    return slowest_;
}

void GroupFlowControl::update_window_end(Receiver& receiver, Position window_end) {
    if (receiver.window_end == slowest_ && window_end > slowest_) is_slowest_known_ = false;
    slowest_ = std::min(slowest_, window_end);
    receiver.window_end = window_end;
}

void GroupFlowControl::drop_receivers(Nanos now) {
    next_expiry_ = kNever;
    const std::size_t dropped = receivers_.remove_if([&](const auto& entry) {
        const Nanos expiry = entry.value.last_heard + config_.receiver_timeout;
        if (entry.value.is_ending || now > expiry) return true;
        next_expiry_ = std::min(next_expiry_, expiry);
        return false;
    });
    has_ending_ = false;
    if (dropped == 0) return;
    TERN_MARK(flow_control_receiver_dropped);
    is_slowest_known_ = false;
    publish_count();
}

void GroupFlowControl::publish_count() {
    const auto count = static_cast<std::int64_t>(receivers_.size());
    has_required_receivers_ = count >= config_.group_min_size;
    if (count_.valid()) count_.set(count);
}

}  // namespace tern::driver

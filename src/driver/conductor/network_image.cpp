#include "tern/driver/conductor/network_image.hpp"

#include <algorithm>
#include <utility>

#include "tern/base/coverage_mark.hpp"
#include "tern/driver/receiver/status_schedule.hpp"
#include "tern/logbuffer/term_cleaner.hpp"

namespace tern::driver {
namespace {

/// Whoever reads up to the end of the data looks at the header behind it.
constexpr std::int64_t kReadAhead = kFrameAlignment;
constexpr std::int64_t kFirstLead = 1024 * 1024;  // bytes
constexpr int kStatusMessagesOfEnd = 5;

}  // namespace

NetworkImage::NetworkImage(Identity identity, const Config& config, LogBuffers log,
                           const Counters& counters,
                           std::unique_ptr<CongestionControl> congestion_control,
                           ReceiveChannel& channel, Position reserved, ImageLosses losses,
                           RandomSource& random, Nanos now)
    : LocalStream(std::move(identity)),
      config_(config),
      log_(std::move(log)),
      counters_(counters),
      congestion_control_(std::move(congestion_control)),
      channel_(&channel),
      reserve_(log_.geometry(), config.join_position, kReadAhead),
      loss_detector_(config.feedback, random),
      losses_(std::move(losses)),
      since_(now),
      rebuild_position_(config.join_position),
      clean_position_(config.join_position),
      status_{config.join_position, congestion_control_->initial_window()} {
    signals_.last_packet_ns.store_release(now.count());
    blocks_reserved(config.is_sparse ? reserved : reserve_.end());
}

void NetworkImage::blocks_reserved(Position to) {
    reserve_.on_reserved(to);
    signals_.writable_to.store_release(reserve_.limit_cap());
}

std::vector<FileRange> NetworkImage::request_blocks(Position to) {
    reserve_.on_requested();
    return reserve_.pieces(to);
}

// The counter lies where clients can write: nothing is believed beyond what the receiver may have
// accepted.
Position NetworkImage::high_water_mark() const {
    const Position most =
        std::min<Position>(status_.position + log_.term_length() / 2, reserve_.limit_cap());
    const Position known = counters_.high_water_mark.value.get() & kFrameMask;
    return std::clamp(known, rebuild_position_, std::max(rebuild_position_, most & kFrameMask));
}

// Positions first: what was read had been received before.
SubscriberPositions::Range NetworkImage::readers() const {
    SubscriberPositions::Range range = subscribers().working_range({clean_position_, INT64_MAX});
    const Position most = high_water_mark();
    range.min = std::min(range.min, most);
    range.max = std::min(range.max, most);
    return range;
}

void NetworkImage::publish_position() { counters_.position.value.propose_max(rebuild_position_); }

bool NetworkImage::is_rebuilt() const {
    return (state_ == State::active || state_ == State::draining) && !log_.is_revoked();
}

Nanos NetworkImage::next_deadline() const {
    const Nanos deadline = loss_detector_.next_deadline();
    return deadline != kNever && is_rebuilt() && subscribers().has_working() ? deadline : kNever;
}

// hot: 5.8.
int NetworkImage::track(Nanos now, Millis epoch_now) {
    blocks_due_ = 0;
    if (!is_rebuilt()) return 0;
    const SubscriberPositions::Range read = readers();
    if (read.is_empty) return 0;
    const LossDetector::Scan scan =
        loss_detector_.scan(log_, std::max(rebuild_position_, read.max), high_water_mark(), now);
    if (scan.rebuild_position > rebuild_position_) {
        rebuild_position_ = scan.rebuild_position;
        publish_position();
    }
    if (scan.report) {
        losses_.on_gap(*scan.report, epoch_now);
        signals_.gap.set(*scan.report);
    }
    const CongestionControl::Window window =
        congestion_control_->on_rebuild(now, read.min, status_.position, scan.has_found_loss);
    const bool is_scheduled = schedule_status(read.min, window, now);
    return is_scheduled || scan.report ? 1 : 0;
}

// hot: a window is granted only over zeroes and blocks; until these are there the last one stands.
bool NetworkImage::schedule_status(Position min_position, const CongestionControl::Window& window,
                                   Nanos now) {
    const Position position = std::max(min_position, status_.position);
    blocks_due_ = blocks_for(position, window.length, now);
    if (!is_status_due({.min_position = position,
                        .scheduled_position = status_.position,
                        .window = window.length,
                        .scheduled_window = status_.window,
                        .mtu_length = config_.mtu_length,
                        .is_forced = window.forces_status})) {
        return false;
    }
    if (position + window.length > reserve_.limit_cap()) {
        TERN_MARK(window_waits_for_blocks);
        return false;
    }
    clean_to(position - log_.term_length());
    status_ = {position, window.length};
    signals_.status.set(status_);
    return true;
}

// hot: for the window, and for what has come from beyond it.
Position NetworkImage::blocks_for(Position position, std::int32_t window, Nanos now) const {
    if (reserve_.is_complete()) return 0;
    const std::int64_t half = log_.term_length() / 2;
    const Position wanted =
        std::min<Position>(signals_.wanted_to.load_acquire(), status_.position + half);
    const Position grown = std::max(position, wanted) - config_.join_position;
    const std::int64_t lead =
        std::max(std::min<std::int64_t>(kFirstLead, window), std::min(2 * grown, half));
    return reserve_.due_for_window(std::max(position + window, wanted), lead, now);
}

void NetworkImage::clean_to(Position position) {
    while (clean_position_ < position) {
        clean_position_ = tern::clean_to(log_, clean_position_, position);
    }
}

bool NetworkImage::is_drained() const {
    const SubscriberPositions::Range read = readers();
    return read.is_empty || read.min >= rebuild_position_;
}

bool NetworkImage::is_complete() const {
    return signals_.is_end_of_stream.load_acquire() != 0 && rebuild_position_ >= high_water_mark();
}

bool NetworkImage::accepts_subscribers() const {
    if (!subscribers().has_working()) return false;
    return state_ == State::active || (state_ == State::draining && !is_drained());
}

Position NetworkImage::join_position() const {
    const SubscriberPositions::Range read = readers();
    return read.is_empty ? rebuild_position_ : std::min(rebuild_position_, read.min);
}

NetworkImage::Outcome NetworkImage::on_timer(SubscriptionLinker& linker, Nanos now) {
    switch (state_) {
        case State::active: return on_timer_active(linker, now);
        case State::draining: return on_timer_draining(linker, now);
        case State::linger: return on_timer_linger(now);
        case State::done: return is_released_ ? Outcome::ended : Outcome::goes_on;
    }
    return Outcome::goes_on;
}

NetworkImage::Outcome NetworkImage::on_timer_active(SubscriptionLinker& linker, Nanos now) {
    if (log_.is_revoked()) {
        TERN_MARK(image_of_a_revoked_publication);
        drain(now);
        return Outcome::goes_on;
    }
    check_untethered(linker);
    const Nanos last_packet{signals_.last_packet_ns.load_acquire()};
    if (!subscribers().has_working() || now - last_packet > config_.liveness_timeout ||
        is_complete()) {
        drain(now);
    }
    return Outcome::goes_on;
}

void NetworkImage::drain(Nanos now) {
    state_ = State::draining;
    since_ = now;
    tell_of_end();
}

// A sender whose stream is at its end, or was taken back, hears of it at once.
void NetworkImage::tell_of_end() {
    signals_.is_ending.store_release(1);
    if (log_.is_revoked()) signals_.deadline_resets.store_release(++deadline_resets_);
}

NetworkImage::Outcome NetworkImage::on_timer_draining(SubscriptionLinker& linker, Nanos now) {
    check_untethered(linker);
    const bool is_revoked = log_.is_revoked();
    const bool has_told_senders =
        now - since_ > kStatusMessagesOfEnd * config_.status_message_timeout;
    if (!is_revoked && !(has_told_senders && is_drained())) return Outcome::goes_on;
    if (is_revoked) tell_of_end();
    state_ = State::linger;
    since_ = now;
    return Outcome::lingers;
}

NetworkImage::Outcome NetworkImage::on_timer_linger(Nanos now) {
    if (subscribers().has_working() && now - since_ <= config_.liveness_timeout) {
        return Outcome::goes_on;
    }
    state_ = State::done;
    return is_released_ ? Outcome::ended : Outcome::goes_on;
}

void NetworkImage::check_untethered(SubscriptionLinker& linker) {
    const SubscriberPositions::Range read = readers();
    linker.check_untethered(*this, {.reference = read.is_empty ? rebuild_position_ : read.max,
                                    .window = status_.window,
                                    .is_draining = state_ == State::draining,
                                    .timeouts = config_.untethered});
}

ReceiveChannel& NetworkImage::leave_channel() { return *std::exchange(channel_, nullptr); }

bool NetworkImage::may_rejoin() const {
    const SubscriberPositions::List& list = subscribers().list();
    return list.empty() || list.back().link->is_rejoin;
}

void NetworkImage::set_response_session(std::int32_t session_id) {
    signals_.response_session_id.store_release(session_id);
    signals_.has_response_session.store_release(1);
    signals_.deadline_resets.store_release(++deadline_resets_);
}

}  // namespace tern::driver

#include "tern/driver/conductor/network_publication.hpp"

#include <algorithm>
#include <utility>

#include "tern/driver/conductor/publication_log.hpp"
#include "tern/driver/conductor/send_channels.hpp"
#include "tern/logbuffer/publication_limit.hpp"
#include "tern/logbuffer/term_cleaner.hpp"

namespace tern::driver {
namespace {

Position start_of(const LogBuffers& log, const NetworkPublication::Config& config) {
    return log.geometry().position(config.start_term_id, config.start_term_offset);
}

}  // namespace

NetworkPublication::NetworkPublication(Identity identity, Config config, LogBuffers log,
                                       const Counters& counters, SendChannel& channel,
                                       Position reserved, Nanos now)
    : ClientPublication(std::move(identity)),
      config_(std::move(config)),
      log_(std::move(log)),
      counters_(counters),
      channel_(channel),
      reserve_(log_.geometry(), start_of(log_, config_),
               publisher_overshoot(log_, config_.is_exclusive)),
      linger_since_(now),
      sender_position_(start_of(log_, config_)),
      clean_position_(sender_position_),
      limit_(sender_position_),
      published_position_(sender_position_),
      spy_position_(sender_position_),
      blocked_(sender_position_, now) {
    reserve_.on_reserved(config_.is_sparse ? reserved : reserve_.end());
    signals_.spy_position.store_release(spy_position_);
}

std::int32_t NetworkPublication::channel_status_id() const { return channel_.status_id; }

// Tails are written by clients: what they say is a position of this stream, and never behind what
// was sent already.
Position NetworkPublication::producer_position() const {
    return std::max(log_.producer_position() & kFrameMask, sender_position_);
}

// The sender's position first: what was sent had been produced before.
Position NetworkPublication::refresh_positions() {
    const Position sent = counters_.sender_position.value.get() & kFrameMask;
    const Position producer = producer_position();
    sender_position_ = std::clamp(sent, sender_position_, producer);
    return producer;
}

// An idle stream leaves the counter's cache line to its readers.
void NetworkPublication::publish_position(Position producer) {
    if (producer == published_position_) return;
    published_position_ = producer;
    counters_.position.value.set(producer);
}

void NetworkPublication::set_limit(Position limit) {
    limit_ = limit;
    counters_.limit.value.set(limit);  // sync[publisher-limit] release
}

// The log keeps one term behind the sender for retransmissions.
void NetworkPublication::clean_to(Position position) {
    if (position <= clean_position_) return;
    clean_position_ = tern::clean_to(log_, clean_position_, position);
}

bool NetworkPublication::has_subscribers(bool has_spies) const {
    if (signals_.has_receivers.load_acquire() != 0 &&
        signals_.has_required_receivers.load_acquire() != 0) {
        return true;
    }
    return config_.spies_simulate_connection && has_spies;
}

void NetworkPublication::update_connected() {
    const bool is_connected = has_subscribers(subscribers().has_working());
    if (is_connected != log_.is_connected()) log_.set_connected(is_connected);
}

// hot: where nobody is connected but spies, the sender follows the furthest of them.
void NetworkPublication::tell_spies(const SubscriberPositions::Range& spies) {
    if (spies.is_empty || spies.max <= spy_position_) return;
    spy_position_ = spies.max;
    signals_.spy_position.store_release(spy_position_);
}

// hot:
int NetworkPublication::track(Nanos now) {
    if (state_ != State::active && state_ != State::draining) return 0;
    const Position producer = refresh_positions();
    const SubscriberPositions::Range readers = spies(producer);
    tell_spies(readers);
    if (state_ != State::active) return 0;
    publish_position(producer);
    if (has_subscribers(!readers.is_empty)) {
        const Position slowest =
            readers.is_empty ? sender_position_ : std::min(sender_position_, readers.min);
        return raise_limit(slowest, producer, now);
    }
    blocks_due_ = 0;
    if (limit_ <= sender_position_) return 0;
    log_.set_connected(false);
    set_limit(sender_position_);
    clean_to(sender_position_ - log_.term_length());
    return 1;
}

// hot:
int NetworkPublication::raise_limit(Position slowest, Position producer, Nanos now) {
    const Position wanted = slowest + config_.window;
    blocks_due_ = reserve_.due(producer, wanted, config_.window, now);
    const Position limit = std::min(wanted, reserve_.limit_cap());
    if (limit <= limit_) return 0;
    clean_to(slowest - log_.term_length());
    if (!does_cleaning_keep_up(log_.geometry(), clean_position_, limit)) return 1;
    set_limit(limit);
    return 1;
}

std::vector<FileRange> NetworkPublication::request_blocks(Position to) {
    reserve_.on_requested();
    return reserve_.pieces(to);
}

bool NetworkPublication::accepts_subscribers() const {
    if (state_ == State::active) return true;
    return state_ == State::draining && subscribers().has_working() &&
           producer_position() > sender_position_;
}

Position NetworkPublication::join_position() const { return sender_position_; }

void NetworkPublication::on_subscribers_changed() {
    const bool has_spies = subscribers().has_working();
    signals_.has_working_spies.store_release(has_spies ? 1 : 0);
    const bool may_connect = state_ == State::active || state_ == State::draining;
    if (config_.spies_simulate_connection && may_connect) update_connected();
}

void NetworkPublication::drop_reference(Nanos now) {
    if (--references_ > 0) return;
    const Position producer = refresh_positions();
    linger_since_ = now;
    if (state_ != State::active) return;  // revoked, and noticed
    set_limit(producer);
    log_.set_end_of_stream_position(producer);
    if (is_revoked_) return;
    if (sender_position_ >= producer) signals_.is_end_of_stream.store_release(1);
    state_ = State::draining;
}

void NetworkPublication::revoke() {
    is_revoked_ = true;
    log_.set_revoked();
}

NetworkPublication::Outcome NetworkPublication::on_timer(SubscriptionLinker& linker,
                                                         SystemCounters& system, Nanos now) {
    switch (state_) {
        case State::active: on_timer_active(linker, system, now); break;
        case State::draining: on_timer_draining(linker, system, now); break;
        case State::linger: return on_timer_linger(now);
        case State::done: break;
    }
    return Outcome::goes_on;
}

void NetworkPublication::on_timer_active(SubscriptionLinker& linker, SystemCounters& system,
                                         Nanos now) {
    if (is_revoked_) return end_revoked(linker, system);
    const Position producer = refresh_positions();
    check_untethered(linker);
    update_connected();
    publish_position(producer);
    if (config_.is_exclusive) return;
    if (blocked_.is_over(log_, sender_position_, producer, config_.unblock_timeout, now)) {
        unblock(Publishers::may_be_alive, system);
    }
}

// The linger time counts from when the last link was dropped.
void NetworkPublication::end_revoked(SubscriptionLinker& linker, SystemCounters& system) {
    const Position producer = refresh_positions();
    set_limit(producer);
    log_.set_end_of_stream_position(producer);
    log_.set_connected(false);
    signals_.is_end_of_stream.store_release(1);
    state_ = State::linger;
    end_spies(linker);
    system[SystemCounter::publications_revoked].increment();
}

void NetworkPublication::end_spies(SubscriptionLinker& linker) {
    linker.announce_unavailable_to_all(*this);
    linker.unlink_all(*this);
}

// No publisher is left: whatever the sender waits for will never be written. A stream that nobody
// receives any more ends with what was not sent.
void NetworkPublication::on_timer_draining(SubscriptionLinker& linker, SystemCounters& system,
                                           Nanos now) {
    const Position producer = refresh_positions();
    check_untethered(linker);
    publish_position(producer);
    if (producer > sender_position_) {
        if (unblock(Publishers::are_gone, system)) return;
        if (signals_.has_receivers.load_acquire() != 0) return;
    } else {
        signals_.is_end_of_stream.store_release(1);
    }
    const SubscriberPositions::Range readers = spies(producer);
    if (!readers.is_empty && readers.min < producer) return;
    state_ = State::linger;
    linger_since_ = now;
    end_spies(linker);
}

NetworkPublication::Outcome NetworkPublication::on_timer_linger(Nanos now) {
    if (references_ > 0) return Outcome::goes_on;
    const bool is_acknowledged = signals_.has_unicast_end_of_stream.load_acquire() != 0;
    if (!is_acknowledged && now - linger_since_ <= config_.linger_timeout) return Outcome::goes_on;
    state_ = State::done;
    return Outcome::ended;
}

void NetworkPublication::check_untethered(SubscriptionLinker& linker) {
    linker.check_untethered(*this, {.reference = sender_position_,
                                    .window = config_.window,
                                    .is_draining = state_ == State::draining,
                                    .timeouts = config_.untethered});
}

bool NetworkPublication::unblock(Publishers publishers, SystemCounters& system) {
    if (unblock_log(log_, sender_position_, publishers) == UnblockOutcome::no_action) return false;
    system[SystemCounter::unblocked_publications].increment();
    return true;
}

}  // namespace tern::driver

#include "tern/driver/conductor/ipc_publication.hpp"

#include <algorithm>
#include <utility>

#include "tern/driver/conductor/publication_log.hpp"
#include "tern/logbuffer/log_unblocker.hpp"
#include "tern/logbuffer/publication_limit.hpp"
#include "tern/logbuffer/term_cleaner.hpp"

namespace tern::driver {
namespace {

constexpr std::string_view kIpcChannel = "aeron:ipc";

Position start_of(const LogBuffers& log, const IpcPublication::Config& config) {
    return log.geometry().position(config.start_term_id, config.start_term_offset);
}

}  // namespace

IpcPublication::IpcPublication(Identity identity, Config config, LogBuffers log,
                               OwnCounter position, OwnCounter limit, Position reserved, Nanos now)
    : ClientPublication(std::move(identity)),
      config_(std::move(config)),
      log_(std::move(log)),
      position_counter_(position),
      limit_counter_(limit),
      reserve_(log_.geometry(), start_of(log_, config_),
               publisher_overshoot(log_, config_.is_exclusive)),
      is_open_(false),
      consumer_position_(start_of(log_, config_)),
      clean_position_(consumer_position_),
      limit_(consumer_position_),
      published_position_(consumer_position_),
      blocked_(consumer_position_, now) {
    reserve_.on_reserved(config_.is_sparse ? reserved : reserve_.end());
    is_open_ = reserve_.is_complete();
}

// Tails are written by clients: what they say is a position of this stream, and never behind what
// was cleaned already.
Position IpcPublication::producer_position() const {
    const Position claimed = log_.producer_position() & kFrameMask;
    return std::max(claimed, clean_position_);
}

// An idle stream leaves the counter's cache line to its readers.
void IpcPublication::publish_position(Position producer) {
    if (producer == published_position_) return;
    published_position_ = producer;
    position_counter_.value.set(producer);
}

void IpcPublication::set_limit(Position limit, Position trip_limit) {
    limit_ = limit;
    trip_limit_ = trip_limit;
    limit_counter_.value.set(limit);  // sync[publisher-limit] release
}

void IpcPublication::clean_to(Position position) {
    clean_position_ = tern::clean_to(log_, clean_position_, position);
}

// hot:
int IpcPublication::track(Nanos now) {
    if (state_ != State::active) return 0;
    const Position producer = producer_position();
    publish_position(producer);
    const SubscriberPositions::Range readers = subscribers().working_range(bounds(producer));
    if (!readers.is_empty) {
        consumer_position_ = std::max(consumer_position_, readers.max);
        return raise_limit(readers.min, producer, now);
    }
    blocks_due_ = 0;
    if (limit_ <= consumer_position_) return 0;
    clean_to(consumer_position_);
    set_limit(consumer_position_, consumer_position_);
    return 1;
}

// hot:
int IpcPublication::raise_limit(Position slowest, Position producer, Nanos now) {
    const Position wanted = slowest + config_.window;
    blocks_due_ = reserve_.due(producer, wanted, config_.window, now);
    const Position limit = std::min(wanted, reserve_.limit_cap());
    const bool is_capped = limit < wanted;
    if (limit <= (is_capped ? limit_ : trip_limit_)) return 0;
    clean_to(slowest);
    set_limit(limit, is_capped ? limit : limit + limit_trip_gain(config_.window));
    if (!is_open_) open();
    return 1;
}

// A publisher that waits for subscribers finds room as soon as it sees one, not back pressure.
void IpcPublication::open() {
    is_open_ = true;
    on_subscribers_changed();
}

std::vector<FileRange> IpcPublication::request_blocks(Position to) {
    reserve_.on_requested();
    return reserve_.pieces(to);
}

void IpcPublication::blocks_refused(Nanos retry_at) {
    reserve_.on_failed(retry_at);
    if (!is_open_) open();
}

bool IpcPublication::is_drained(Position producer) const {
    const SubscriberPositions::Range readers = subscribers().working_range(bounds(producer));
    return readers.is_empty || readers.min >= producer;
}

bool IpcPublication::accepts_subscribers() const {
    if (is_in_cool_down_) return false;
    return state_ == State::active ||
           (state_ == State::draining && !is_drained(producer_position()));
}

Position IpcPublication::join_position() const {
    const SubscriberPositions::Range readers =
        subscribers().working_range(bounds(producer_position()));
    return readers.is_empty ? consumer_position_ : std::min(consumer_position_, readers.min);
}

void IpcPublication::on_subscribers_changed() {
    const bool may_connect = is_open_ && state_ != State::linger && !is_in_cool_down_;
    log_.set_connected(may_connect && subscribers().has_working());
}

void IpcPublication::drop_reference() {
    if (--references_ > 0) return;
    const Position producer = producer_position();
    if (limit_ > producer) set_limit(producer, producer);
    log_.set_end_of_stream_position(producer);
    if (!is_revoked_) state_ = State::draining;
}

void IpcPublication::revoke() {
    is_revoked_ = true;
    log_.set_revoked();
}

void IpcPublication::reject(SubscriptionLinker& linker, Nanos now, Nanos cool_down) {
    if (!is_in_cool_down_) {
        is_in_cool_down_ = true;
        log_.set_connected(false);
        linker.announce_unavailable_to_all(*this);
        linker.unlink_all(*this);
    }
    cool_down_end_ = now + cool_down;
}

IpcPublication::Outcome IpcPublication::on_timer(SubscriptionLinker& linker, SystemCounters& system,
                                                 Nanos now) {
    switch (state_) {
        case State::active: return on_timer_active(linker, system, now);
        case State::draining: on_timer_draining(linker, system); return Outcome::goes_on;
        case State::linger:
            if (references_ > 0) return Outcome::goes_on;
            linker.unlink_all(*this);
            return Outcome::ended;
    }
    return Outcome::goes_on;
}

IpcPublication::Outcome IpcPublication::on_timer_active(SubscriptionLinker& linker,
                                                        SystemCounters& system, Nanos now) {
    if (is_revoked_) {
        end_revoked(linker, system);
        return Outcome::goes_on;
    }
    check_untethered(linker);
    on_subscribers_changed();
    publish_position(producer_position());
    if (!config_.is_exclusive) check_blocked(system, now);
    if (!is_in_cool_down_ || now <= cool_down_end_) return Outcome::goes_on;
    is_in_cool_down_ = false;
    return Outcome::cool_down_over;
}

void IpcPublication::end_revoked(SubscriptionLinker& linker, SystemCounters& system) {
    const Position producer = producer_position();
    set_limit(producer, producer);
    log_.set_end_of_stream_position(producer);
    state_ = State::linger;
    log_.set_connected(false);
    linker.announce_unavailable_to_all(*this, kIpcChannel);
    system[SystemCounter::publications_revoked].increment();
}

void IpcPublication::on_timer_draining(SubscriptionLinker& linker, SystemCounters& system) {
    check_untethered(linker);
    const Position producer = producer_position();
    publish_position(producer);
    const SubscriberPositions::Range readers = subscribers().working_range(bounds(producer));
    if (readers.is_empty || readers.min >= producer) {
        state_ = State::linger;
        on_subscribers_changed();
        linker.announce_unavailable_to_all(*this, kIpcChannel);
        return;
    }
    // No publisher is left: whatever the furthest reader waits for will never be written.
    consumer_position_ = std::max(consumer_position_, readers.max);
    unblock(Publishers::are_gone, system);
}

void IpcPublication::check_untethered(SubscriptionLinker& linker) {
    linker.check_untethered(*this, {.reference = consumer_position_,
                                    .window = config_.window,
                                    .is_draining = state_ == State::draining,
                                    .timeouts = config_.untethered});
}

void IpcPublication::check_blocked(SystemCounters& system, Nanos now) {
    if (blocked_.is_over(log_, consumer_position_, producer_position(), config_.unblock_timeout,
                         now)) {
        unblock(Publishers::may_be_alive, system);
    }
}

void IpcPublication::unblock(Publishers publishers, SystemCounters& system) {
    if (unblock_log(log_, consumer_position_, publishers) == UnblockOutcome::no_action) return;
    system[SystemCounter::unblocked_publications].increment();
}

}  // namespace tern::driver

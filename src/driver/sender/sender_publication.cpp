#include "tern/driver/sender/sender_publication.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "tern/base/coverage_mark.hpp"
#include "tern/driver/sender/datagram_batch.hpp"
#include "tern/driver/sender/send_timestamps.hpp"
#include "tern/driver/sender/sender_context.hpp"

namespace tern::driver {
namespace {

constexpr Nanos kSetupInterval{100'000'000};
constexpr Nanos kHeartbeatInterval{100'000'000};
constexpr Nanos kLongAgo = -(kNever / 2);
// When a sleeping sender looks again at what the socket did not take.
constexpr Nanos kFullSocketRetry{50'000};
constexpr Nanos kFailedSendRetry{10'000'000};

}  // namespace

SenderPublication::SenderPublication(const Config& config, LogBuffers log, const Counters& counters,
                                     SendEndpoint& endpoint, PublicationSignals& signals,
                                     const Settings& settings)
    : config_(config),
      log_(std::move(log)),
      geometry_(log_.geometry()),
      counters_(counters),
      endpoint_(endpoint),
      signals_(signals),
      max_datagrams_(
          std::clamp<std::size_t>(settings.max_messages_per_send, 1, DatagramBatch::kCapacity)),
      is_group_(endpoint.channel().has_group_semantics()),
      flow_control_(make_flow_control(config.flow_control, counters.receivers)),
      retransmits_({.is_group = is_group_,
                    .max_actions = std::max<std::size_t>(config.max_resend, 1),
                    .delay = settings.retransmit_unicast_delay,
                    .linger = settings.retransmit_unicast_linger}),
      receivers_(settings.publication_connection_timeout),
      position_(config.start_position),
      limit_(config.start_position),
      last_setup_(kLongAgo),
      last_sent_(kLongAgo),
      has_required_receivers_(flow_control_->has_required_receivers()) {
    signals_.has_required_receivers.store_release(has_required_receivers_ ? 1 : 0);
}

SenderPublication::~SenderPublication() = default;

// hot:
std::int64_t SenderPublication::send(SenderContext& context) {
    last_cycle_ = context.time.now;
    if (is_setup_wanted() && !send_setup_if_due(context)) return 0;
    const Position before = position_;
    std::int64_t bytes = send_data(context);
    if (position_ == before) {
        bytes += send_heartbeat_if_due(context);
        on_idle(context);
    }
    retransmits_.process_timeouts(context.time.now,
                                  [&](const TermRange& range) { resend(range, context); });
    return bytes;
}

Nanos SenderPublication::next_deadline() const {
    Nanos due = retransmits_.next_expiry();
    if (backlog_retry_ > Nanos{0}) due = std::min(due, last_cycle_ + backlog_retry_);
    if (is_setup_wanted()) due = std::min(due, last_setup_ + kSetupInterval);
    if (has_initial_connection_) due = std::min(due, last_sent_ + kHeartbeatInterval);
    return due == kNever ? kNever : due + Nanos{1};
}

// False after a hard error: the publication does nothing else in this cycle.
bool SenderPublication::send_setup_if_due(SenderContext& context) {
    const Nanos now = context.time.now;
    if (now <= last_setup_ + kSetupInterval) return true;
    if (is_setup_elicited_) {
        if (has_initial_connection_) TERN_MARK(setup_elicited_after_connection);
        set_limit(flow_control_->on_elicited_setup(limit_, now));
    }
    const protocol::Setup setup{
        .wants_response = !config_.is_response && config_.response_correlation_id != -1,
        .is_group = is_group_,
        .term_offset = geometry_.offset_at(position_),
        .session_id = config_.session_id,
        .stream_id = config_.stream_id,
        .initial_term_id = geometry_.initial_term_id(),
        .active_term_id = geometry_.term_id_at(position_),
        .term_length = geometry_.term_length(),
        .mtu_length = log_.mtu_length(),
        .ttl = config_.ttl,
    };
    std::array<std::byte, protocol::Setup::kLength> bytes;
    const ConstBytes frame = Bytes(bytes).first(protocol::encode(setup, bytes));
    const SendResult result = endpoint_.send({&frame, 1}, response_destination_, context);
    last_setup_ = now;
    if (result.system_error != 0) return false;
    if (has_receivers_) is_setup_elicited_ = false;
    return true;
}

// hot:
std::int64_t SenderPublication::send_data(SenderContext& context) {
    DatagramBatch& batch = context.batch;
    batch.clear();
    const bool is_blocked = collect_new_data(batch);
    backlog_retry_ = Nanos{0};
    std::int64_t bytes = 0;
    if (!batch.is_empty()) {
        const SendResult result = hand_over(batch, context);
        bytes = result.bytes;
        if (result.accepted < batch.size()) {
            backlog_retry_ = result.system_error == 0 ? kFullSocketRetry : kFailedSendRetry;
        }
        if (result.accepted > 0) {
            last_sent_ = context.time.now;
            is_tracking_limit_ = true;
            set_position(position_ + batch.advance(result.accepted));
        }
    }
    const bool is_at_limit = batch.is_empty() && limit_ <= position_;
    if ((is_blocked && backlog_retry_ == Nanos{0}) || is_at_limit) on_back_pressure(context);
    return bytes;
}

// hot: true where a frame is there that is longer than the rest of the window or the MTU.
bool SenderPublication::collect_new_data(DatagramBatch& batch) const {
    const Bytes term = log_.term_bytes(geometry_.partition_at(position_));
    const std::int32_t start = geometry_.offset_at(position_);
    std::int32_t offset = start;
    std::int64_t window = limit_ - position_;
    while (batch.size() < max_datagrams_ && window > 0 && offset < geometry_.term_length()) {
        const auto limit = static_cast<std::int32_t>(
            std::min<std::int64_t>({window, log_.mtu_length(), geometry_.term_length() - offset}));
        Availability found = scan_for_availability(term, offset, limit);
        if (found.padding > 0 &&
            is_padding_early(position_ + (offset - start) + found.available + found.padding)) {
            TERN_MARK(padding_held_back);
            const std::int32_t before_padding = found.available - kDataHeaderLength;
            if (before_padding == 0) return false;
            found = scan_for_availability(term, offset, before_padding);
        }
        if (found.available <= 0) return found.available < 0;
        batch.add(term.subspan(static_cast<std::size_t>(offset)), found);
        window -= found.available + found.padding;
        offset += found.available + found.padding;
    }
    return false;
}

// hot: whether a receiver with a large window would drop it as over-run (4.4). Only unicast knows
// its receiver, and padding longer than half a term could wait for ever.
bool SenderPublication::is_padding_early(Position padding_end) const {
    const std::int32_t half = geometry_.term_length() / 2;
    return !is_group_ && padding_end > limit_ - receiver_window_ + half &&
           padding_end - position_ <= half;
}

void SenderPublication::on_back_pressure(SenderContext& context) {
    if (!is_tracking_limit_) return;
    TERN_MARK(sender_back_pressure);
    is_tracking_limit_ = false;
    counters_.back_pressure_events.increment();
    context.system[SystemCounter::sender_flow_control_limits].increment();
}

std::int64_t SenderPublication::send_heartbeat_if_due(SenderContext& context) {
    const Nanos now = context.time.now;
    if (!has_initial_connection_ || now <= last_sent_ + kHeartbeatInterval) return 0;
    const protocol::Heartbeat heartbeat{.flags = heartbeat_flags(),
                                        .session_id = config_.session_id,
                                        .stream_id = config_.stream_id,
                                        .term_id = geometry_.term_id_at(position_),
                                        .term_offset = geometry_.offset_at(position_)};
    std::array<std::byte, kDataHeaderLength> bytes;
    const ConstBytes frame = Bytes(bytes).first(protocol::encode(heartbeat, bytes));
    const SendResult result = endpoint_.send({&frame, 1}, response_destination_, context);
    last_sent_ = now;
    context.system[SystemCounter::heartbeats_sent].increment();
    return result.bytes;
}

std::uint8_t SenderPublication::heartbeat_flags() const {
    if (log_.is_revoked()) return kEndOfStream | kRevoked;
    return config_.signals_end_of_stream && is_ended() ? kEndOfStream : 0;
}

// hot: nothing was sent.
void SenderPublication::on_idle(SenderContext& context) {
    Position limit = limit_;
    if (config_.spies_simulate_connection && !has_receivers_ &&
        signals_.has_working_spies.load_acquire() != 0) {
        follow_spies();
        limit = position_;
    }
    set_limit(flow_control_->on_idle(limit, is_ended(), context.time.now));
    if (receivers_.drop_silent(context.time.now) > 0) TERN_MARK(receiver_silent);
    update_receivers(context);
}

// A spy's position is a counter that its client writes: it does not carry the stream beyond what
// was published.
void SenderPublication::follow_spies() {
    const Position seen = signals_.spy_position.load_acquire();
    if (seen <= position_) return;
    const Position reachable = std::min(seen, log_.producer_position());
    const Position position = reachable & kFrameMask;
    if (position <= position_) return;
    TERN_MARK(spies_simulate_connection);
    set_position(position);
}

// hot: new data and retransmissions.
SendResult SenderPublication::hand_over(const DatagramBatch& batch, SenderContext& context) {
    if (const std::optional<std::int32_t> offset = endpoint_.channel().timestamps.channel_send) {
        stamp_frames(batch.frames(), *offset, context.network.epoch_ns());
    }
    return endpoint_.send(batch.datagrams(), response_destination_, context);
}

void SenderPublication::set_position(Position position) {
    position_ = position;
    counters_.position.set(position);
}

void SenderPublication::set_limit(Position limit) {
    if (limit == limit_) return;
    limit_ = limit;
    counters_.limit.set(limit);
}

}  // namespace tern::driver

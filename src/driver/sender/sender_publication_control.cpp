// What a publication does with what its receivers send: status messages, NAKs, errors, RTT
// requests. Datagrams were validated before (SendEndpoint::dispatch), as far as that goes without
// the publication's position.

#include <algorithm>
#include <array>
#include <string>

#include "tern/base/coverage_mark.hpp"
#include "tern/driver/sender/datagram_batch.hpp"
#include "tern/driver/sender/sender_context.hpp"
#include "tern/driver/sender/sender_publication.hpp"

namespace tern::driver {
namespace {

constexpr std::size_t kResendBatch = 16;  // datagrams of one call
constexpr std::int32_t kMaxResendMargin = 16 * 1024 * 1024;
// Error reports that may wait for the conductor; who makes more of them is not heard.
constexpr std::size_t kMaxWaitingErrors = 64;

}  // namespace

// hot:
void SenderPublication::on_status_message(const protocol::StatusMessage& message,
                                          const SocketAddress& source, SenderContext& context) {
    if (message.elicits_setup) {
        on_setup_elicited(message, source);
        return;
    }
    const Position consumed = geometry_.position(message.term_id, message.term_offset);
    if (!is_plausible(consumed)) {
        TERN_MARK(status_message_rejected);
        context.system[SystemCounter::status_messages_rejected].increment();
        return;
    }
    const Nanos now = context.time.now;
    if (message.is_end_of_stream) {
        receivers_.remove(message.receiver_id);
        if (!is_group_) signals_.has_unicast_end_of_stream.store_release(1);
    } else if (!receivers_.heard_from(message.receiver_id, now)) {
        TERN_MARK(receiver_table_full);
    }
    if (!has_initial_connection_) {
        has_initial_connection_ = true;
        signals_.has_initial_connection.store_release(1);
    }
    receiver_window_ = message.window;
    set_limit(flow_control_->on_status_message(message, consumed, limit_, now));
    update_receivers(context);
    update_connected();
}

void SenderPublication::on_setup_elicited(const protocol::StatusMessage& message,
                                          const SocketAddress& source) {
    if (is_ended()) return;
    is_setup_elicited_ = true;
    flow_control_->on_setup_triggered(message);
    if (!config_.is_response || source.port == 0) return;
    if (response_destination_ && *response_destination_ != source) {
        TERN_MARK(response_destination_redirected);
    }
    response_destination_ = source;
}

// 2.16: not from another life of this session, or a liar.
bool SenderPublication::is_plausible(Position consumed) const {
    const Position term_length = geometry_.term_length();
    return consumed >= position_ - term_length / 2 &&
           consumed <= position_ + term_length + term_length / 2;
}

void SenderPublication::update_receivers(SenderContext& context) {
    const bool has_receivers = !receivers_.is_empty();
    if (has_receivers != has_receivers_) {
        has_receivers_ = has_receivers;
        signals_.has_receivers.store_release(has_receivers ? 1 : 0);
        // At the end of a stream its receivers go, and are not to be called back.
        is_connection_untold_ = config_.is_response && config_.response_correlation_id != -1 &&
                                (has_receivers || !is_ended());
    }
    const bool has_required = flow_control_->has_required_receivers();
    if (has_required != has_required_receivers_) {
        has_required_receivers_ = has_required;
        signals_.has_required_receivers.store_release(has_required ? 1 : 0);
    }
    if (is_connection_untold_ && context.events.waiting() == 0) {
        is_connection_untold_ = false;
        context.events.put(ResponseConnection{.response_correlation_id =
                                                  config_.response_correlation_id,
                                              .session_id = config_.session_id,
                                              .is_connected = has_receivers_});
    }
}

// Losing its last receiver is noticed by the conductor (4.7).
void SenderPublication::update_connected() {
    if (log_.is_revoked()) return;
    const bool has_subscribers =
        (has_receivers_ && has_required_receivers_) ||
        (config_.spies_simulate_connection && signals_.has_working_spies.load_acquire() != 0);
    if (has_subscribers != log_.is_connected()) log_.set_connected(has_subscribers);
}

// hot:
void SenderPublication::on_nak(const protocol::Nak& nak, SenderContext& context) {
    context.system[SystemCounter::naks_received].increment();
    counters_.naks_received.increment();
    if (nak.length == 0) return;
    const TermRange range =
        clamp_retransmission({nak.term_id, nak.term_offset, nak.length}, geometry_.term_length(),
                             config_.flow_control.retransmit_window_multiple);
    if (!may_resend(range, context)) return;
    switch (retransmits_.on_nak(range, context.time.now)) {
        case RetransmitHandler::Decision::resend_now: resend(range, context); break;
        case RetransmitHandler::Decision::delayed: TERN_MARK(retransmit_delayed); break;
        case RetransmitHandler::Decision::already_covered: TERN_MARK(nak_repeated); break;
        case RetransmitHandler::Decision::pool_overflow:
            TERN_MARK(retransmit_pool_overflow);
            context.system[SystemCounter::retransmit_overflow].increment();
            break;
    }
}

// A range that cannot be sent takes no action of the pool, whoever asks for it.
bool SenderPublication::may_resend(const TermRange& range, SenderContext& context) const {
    if (!is_within_reach(range)) {
        TERN_MARK(nak_out_of_reach);
        return false;
    }
    if (!begins_with_frame(range)) {
        TERN_MARK(nak_into_a_frame);
        context.system[SystemCounter::invalid_packets].increment();
        return false;
    }
    return true;
}

// 4.11: sent before, and not cleaned yet.
bool SenderPublication::is_within_reach(const TermRange& range) const {
    const Position at = geometry_.position(range.term_id, range.offset);
    const std::int32_t term_length = geometry_.term_length();
    const Position back = term_length / 2 + std::min(term_length / 8, kMaxResendMargin);
    return at >= std::max<Position>(position_ - back, 0) && at < position_;
}

// Nothing in a NAK proves that a frame begins where it says, and payload may look like a header.
bool SenderPublication::begins_with_frame(const TermRange& range) const {
    const std::int32_t room = geometry_.term_length() - range.offset;
    if (room < kDataHeaderLength) return false;
    const int partition = partition_of_count(geometry_.term_count(range.term_id));
    const std::byte* const frame = log_.term(partition) + range.offset;
    if (!is_complete_frame(frame_length_acquire(frame), room)) return false;
    const DataHeader& header = header_at(frame);
    return header.version == 0 && (header.type == kDataFrame || header.type == kPaddingFrame) &&
           header.term_offset == range.offset && header.term_id == range.term_id &&
           header.session_id == config_.session_id && header.stream_id == config_.stream_id;
}

// What lies beyond the sender position is not for a NAK to ask for.
void SenderPublication::resend(const TermRange& range, SenderContext& context) {
    if (!may_resend(range, context)) return;  // a delay may have gone by
    const Position at = geometry_.position(range.term_id, range.offset);
    if (range.term_id != geometry_.term_id_at(position_)) TERN_MARK(retransmit_in_earlier_term);
    const Bytes term = log_.term_bytes(geometry_.partition_at(at));
    std::int64_t remaining = std::min<std::int64_t>(range.length, position_ - at);
    std::int64_t sent = 0;
    for (std::int32_t offset = range.offset; remaining > 0;) {
        DatagramBatch& batch = context.batch;
        batch.clear();
        while (batch.size() < kResendBatch && remaining > 0 && offset < geometry_.term_length()) {
            const auto limit = static_cast<std::int32_t>(std::min<std::int64_t>(
                {remaining, log_.mtu_length(), geometry_.term_length() - offset}));
            const Availability found = scan_for_availability(term, offset, limit);
            if (found.available <= 0) {
                TERN_MARK(retransmit_range_ends_in_a_frame);
                remaining = 0;
                break;
            }
            batch.add(term.subspan(static_cast<std::size_t>(offset)), found);
            remaining -= found.available + found.padding;
            offset += found.available + found.padding;
        }
        if (batch.is_empty()) break;
        const SendResult result = hand_over(batch, context);
        sent += batch.advance(result.accepted);
        if (result.accepted < batch.size()) {
            TERN_MARK(retransmit_cut_short);
            break;
        }
    }
    if (sent > 0) {
        context.system[SystemCounter::retransmits_sent].increment();
        context.system[SystemCounter::retransmitted_bytes].add(sent);
    }
}

void SenderPublication::on_error(const protocol::ErrorFrame& error, const SocketAddress& source,
                                 std::int64_t destination_registration_id, SenderContext& context) {
    flow_control_->on_error(error, context.time.now);
    if (!receivers_.remove(error.receiver_id)) return;
    TERN_MARK(receiver_reports_error);
    update_receivers(context);
    if (context.events.waiting() >= kMaxWaitingErrors ||
        !endpoint_.may_tell_error(context.time.now)) {
        TERN_MARK(receiver_error_not_told);
        return;
    }
    context.events.put(PublicationErrorReceived{
        .registration_id = config_.registration_id,
        .destination_registration_id = destination_registration_id,
        .session_id = config_.session_id,
        .stream_id = config_.stream_id,
        .receiver_id = error.receiver_id,
        .group_tag = error.group_tag,
        .source = source,
        .error_code = error.error_code,
        .text = std::string(error.text),
    });
}

void SenderPublication::on_rtt_request(const protocol::RttMeasurement& request,
                                       SenderContext& context) {
    const protocol::RttMeasurement reply{.session_id = config_.session_id,
                                         .stream_id = config_.stream_id,
                                         .echo_timestamp = request.echo_timestamp,
                                         .receiver_id = request.receiver_id};
    std::array<std::byte, protocol::RttMeasurement::kLength> bytes;
    const ConstBytes frame = Bytes(bytes).first(protocol::encode(reply, bytes));
    endpoint_.send({&frame, 1}, response_destination_, context);
}

// Repeated by the receiver, so one that finds the conductor standing still may be left out.
void SenderPublication::on_response_setup(const protocol::ResponseSetup& setup,
                                          SenderContext& context) {
    if (config_.is_response || config_.response_correlation_id == -1) return;
    if (context.events.waiting() > 0) {
        TERN_MARK(response_setup_not_told);
        return;
    }
    context.events.put(
        ResponseSetupReceived{config_.response_correlation_id, setup.response_session_id});
}

}  // namespace tern::driver

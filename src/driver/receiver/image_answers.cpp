#include <algorithm>
#include <array>
#include <string>

#include "tern/base/coverage_mark.hpp"
#include "tern/driver/receiver/receiver_context.hpp"
#include "tern/driver/receiver/receiver_image.hpp"
#include "tern/logbuffer/gap_filler.hpp"

// What an image answers to its senders (spec wire-protocol.md 5.10 to 5.13, 5.16, 5.17).

namespace tern::driver {

bool send_control(ReceiveDestination& destination, const SocketAddress& to, ConstBytes frame,
                  ReceiverContext& context) {
    const SendOutcome outcome = destination.socket().send_to(to, {&frame, 1});
    if (outcome.accepted == 1) return true;
    context.system[SystemCounter::short_sends].increment();
    if (outcome.system_error != 0 && context.reports.allows(context.time.now)) {
        context.errors.report(ErrorCode::generic_error,
                              "cannot answer a sender from " +
                                  destination.socket().local_address().text() + ": errno " +
                                  std::to_string(outcome.system_error) +
                                  ": channel=" + destination.channel().uri.text());
    }
    return false;
}

// hot: looked at in every pass; mostly nothing is due.
int ReceiverImage::send_pending(ReceiverContext& context) {
    if (const std::int64_t resets = signals_.deadline_resets.load_acquire();
        resets != deadline_resets_) {
        deadline_resets_ = resets;
        status_deadline_ = context.time.now - Nanos{1};
    }
    // A publisher takes no error of a receiver that it has not heard of.
    if (rejection_) return has_sent_status_ ? send_errors(context) : send_status(context);
    return send_status(context) + send_nak_or_fill(context) + send_rtt_request(context);
}

int ReceiverImage::send_to_alive(ConstBytes frame, ReceiverContext& context) {
    int sent = 0;
    for (const Connection& connection : connections_) {
        if (!connection.is_alive(context.time.now)) continue;
        sent += send_control(*connection.destination, *connection.control_address, frame, context)
                    ? 1
                    : 0;
    }
    return sent;
}

int ReceiverImage::send_errors(ReceiverContext& context) {
    if (signals_.is_silent.load_acquire() != 0 || status_deadline_ >= context.time.now) return 0;
    status_deadline_ = context.time.now + config_.status_message_timeout;
    std::array<std::byte, protocol::ErrorFrame::kMaxLength> frame{};
    const std::size_t length = protocol::encode(
        protocol::ErrorFrame{.session_id = config_.session_id,
                             .stream_id = config_.stream_id,
                             .receiver_id = endpoint_.config().receiver_id,
                             .group_tag = endpoint_.config().group_tag,
                             .error_code = static_cast<std::int32_t>(ErrorCode::image_rejected),
                             .text = *rejection_},
        frame);
    int sent = 0;
    for (const Connection& connection : connections_) {
        if (!connection.control_address) continue;
        if (send_control(*connection.destination, *connection.control_address,
                         ConstBytes(frame).first(length), context)) {
            context.system[SystemCounter::error_frames_sent].increment();
            ++sent;
        }
    }
    return sent;
}

// hot:
int ReceiverImage::send_status(ReceiverContext& context) {
    const Nanos now = context.time.now;
    const bool is_new = [this] {
        const std::optional<ScheduledStatus> status = signals_.status.take_new();
        if (status) status_ = *status;
        return status.has_value();
    }();
    if (signals_.is_silent.load_acquire() != 0) return 0;
    const bool is_due = status_deadline_ < now;
    if (!is_new && !is_due) return 0;
    int sent = is_due ? send_response_setup(context) : 0;
    const TermGeometry& geometry = log_.geometry();
    std::array<std::byte, protocol::StatusMessage::kLengthWithTag> frame{};
    const std::size_t length = protocol::encode(
        protocol::StatusMessage{.is_end_of_stream = signals_.is_ending.load_acquire() != 0,
                                .session_id = config_.session_id,
                                .stream_id = config_.stream_id,
                                .term_id = geometry.term_id_at(status_.position),
                                .term_offset = geometry.offset_at(status_.position),
                                .window = status_.window,
                                .receiver_id = endpoint_.config().receiver_id,
                                .group_tag = endpoint_.config().group_tag},
        frame);
    const int messages = send_to_alive(ConstBytes(frame).first(length), context);
    context.system[SystemCounter::status_messages_sent].add(messages);
    has_sent_status_ = has_sent_status_ || messages > 0;
    last_sent_position_ = status_.position;
    overrun_threshold_ = status_.position + log_.term_length() / 2;
    status_deadline_ = now + config_.status_message_timeout;
    publish_transport_count(now);
    return sent + messages;
}

int ReceiverImage::send_response_setup(ReceiverContext& context) {
    if (signals_.has_response_session.load_acquire() == 0) return 0;
    std::array<std::byte, protocol::ResponseSetup::kLength> frame{};
    protocol::encode(
        protocol::ResponseSetup{.session_id = config_.session_id,
                                .stream_id = config_.stream_id,
                                .response_session_id = signals_.response_session_id.load_acquire()},
        frame);
    return send_to_alive(frame, context);
}

// hot:
int ReceiverImage::send_nak_or_fill(ReceiverContext& context) {
    const std::optional<Gap> gap = signals_.gap.take_new();
    if (!gap || log_.is_revoked()) return 0;
    if (!config_.is_reliable) {
        const int partition = partition_of_count(log_.geometry().term_count(gap->term_id));
        if (fill_gap(log_.term_bytes(partition), log_.metadata().default_header, *gap)) {
            TERN_MARK(gap_filled);
            context.system[SystemCounter::loss_gap_fills].increment();
        }
        return 1;
    }
    std::array<std::byte, protocol::Nak::kLength> frame{};
    protocol::encode(protocol::Nak{.session_id = config_.session_id,
                                   .stream_id = config_.stream_id,
                                   .term_id = gap->term_id,
                                   .term_offset = gap->offset,
                                   .length = gap->length},
                     frame);
    const int sent = send_to_alive(frame, context);
    context.system[SystemCounter::naks_sent].add(sent);
    counters_.naks_sent.add(sent);
    return sent;
}

int ReceiverImage::send_rtt_request(ReceiverContext& context) {
    const Nanos now = context.time.now;
    if (!congestion_control_.should_measure_rtt(now)) return 0;
    std::array<std::byte, protocol::RttMeasurement::kLength> frame{};
    protocol::encode(protocol::RttMeasurement{.is_request = true,
                                              .session_id = config_.session_id,
                                              .stream_id = config_.stream_id,
                                              .echo_timestamp = now.count(),
                                              .receiver_id = endpoint_.config().receiver_id},
                     frame);
    congestion_control_.on_rtt_request_sent(now);
    return send_to_alive(frame, context);
}

void ReceiverImage::on_rtt_measurement(const protocol::RttMeasurement& frame,
                                       ReceiveDestination& destination, const SocketAddress& source,
                                       ReceiverContext& context) {
    const Nanos now = context.time.now;
    if (!frame.is_request) {
        const std::int64_t elapsed =
            static_cast<std::int64_t>(static_cast<std::uint64_t>(now.count()) -
                                      static_cast<std::uint64_t>(frame.echo_timestamp));
        // Both numbers are a stranger's: a measurement that cannot be is none.
        if (elapsed < 0 || elapsed > kLongestRtt.count() || frame.reception_delta < 0 ||
            frame.reception_delta > elapsed) {
            TERN_MARK(rtt_that_cannot_be);
            return;
        }
        const Nanos rtt{elapsed - frame.reception_delta};
        congestion_control_.on_rtt(now, rtt);
        signals_.rtt_ns.store_release(rtt.count());
        return;
    }
    protocol::RttMeasurement reply = frame;
    reply.is_request = false;
    reply.reception_delta = 0;
    reply.receiver_id = endpoint_.config().receiver_id;
    std::array<std::byte, protocol::RttMeasurement::kLength> bytes{};
    protocol::encode(reply, bytes);
    const bool is_multicast = destination.channel().is_multicast && destination.control_address;
    send_control(destination, is_multicast ? *destination.control_address : source, bytes, context);
}

}  // namespace tern::driver

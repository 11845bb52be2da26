#include "tern/driver/receiver/receive_endpoint.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "tern/base/coverage_mark.hpp"
#include "tern/driver/receiver/receive_timestamps.hpp"
#include "tern/driver/receiver/receiver_context.hpp"

namespace tern::driver {
namespace {

constexpr Nanos kPeriodicSetup{1'000'000'000};
constexpr Nanos kSilence{5'000'000'000};  // after which a name is looked up again

}  // namespace

ReceiveEndpoint::ReceiveEndpoint(uri::UdpChannel channel, const Config& config)
    : channel_(std::move(channel)), config_(config), dispatcher_(*this) {}

ReceiveEndpoint::~ReceiveEndpoint() = default;

void ReceiveEndpoint::add_destination(ReceiveDestination& destination, ReceiverContext& context) {
    const Nanos now = context.time.now;
    destination.last_activity = now;
    destinations_.push_back(&destination);
    if (destination.control_address) {
        for (ReceiverImage* image : images_)
            image->refresh_connection(destination, std::nullopt, now);
    }
    if (!destination.channel().has_explicit_control || !destination.control_address) return;
    periodic_setups_.push_back({&destination, now + kPeriodicSetup});
    ask_for_setup(destination, *destination.control_address, 0, 0, context);
}

bool ReceiveEndpoint::remove_destination(ReceiveDestination& destination,
                                         ReceiverContext& context) {
    if (std::erase(destinations_, &destination) == 0) return false;
    std::erase_if(periodic_setups_,
                  [&](const PeriodicSetup& setup) { return setup.destination == &destination; });
    for (ReceiverImage* image : images_) image->remove_connection(destination, context.time.now);
    return true;
}

void ReceiveEndpoint::add_interest(std::int32_t stream_id, std::optional<std::int32_t> session_id,
                                   ReceiverContext& context) {
    dispatcher_.add_interest(stream_id, session_id);
    if (session_id) ask_sources_for_setup(stream_id, *session_id, context);
}

void ReceiveEndpoint::remove_interest(std::int32_t stream_id,
                                      std::optional<std::int32_t> session_id) {
    dispatcher_.remove_interest(stream_id, session_id);
}

// A destination that is gone by now was the first connection's, perhaps.
void ReceiveEndpoint::add_image(ReceiverImage& image, ReceiverContext& context) {
    images_.push_back(&image);
    dispatcher_.add_image(image);
    image.keep_connections_of(destinations_, context.time.now);
}

void ReceiveEndpoint::remove_image(ReceiverImage& image, bool is_end_of_stream) {
    std::erase(images_, &image);
    dispatcher_.remove_image(image, is_end_of_stream);
}

// hot:
std::int64_t ReceiveEndpoint::on_arrivals(std::span<ReceivedDatagram> arrivals,
                                          ReceiveDestination& destination,
                                          ReceiverContext& context) {
    std::int64_t bytes = 0;
    for (const ReceivedDatagram& arrival : arrivals) {
        bytes += static_cast<std::int64_t>(arrival.bytes.size());
        const std::size_t length =
            arrival.segment_length == 0 ? arrival.bytes.size() : arrival.segment_length;
        Bytes rest = arrival.bytes;
        do {
            const std::size_t taken = std::min(length, rest.size());
            on_datagram(rest.first(taken), arrival.source, arrival.kernel_time_ns, destination,
                        context);
            rest = rest.subspan(taken);
        } while (!rest.empty());
    }
    return bytes;
}

// hot: a frame that nobody handles here is dropped without a word (2.5).
void ReceiveEndpoint::on_datagram(Bytes datagram, const SocketAddress& source,
                                  std::int64_t kernel_time_ns, ReceiveDestination& destination,
                                  ReceiverContext& context) {
    const std::optional<protocol::FrameType> type = protocol::check_datagram(datagram);
    if (!type) {
        context.system[SystemCounter::invalid_packets].increment();
        return;
    }
    switch (*type) {
        case protocol::FrameType::data:
        case protocol::FrameType::padding:
            destination.last_activity = context.time.now;
            stamp(datagram, kernel_time_ns, context);
            dispatcher_.on_data(protocol::read_data_header(datagram), datagram, destination, source,
                                context);
            return;
        case protocol::FrameType::setup: {
            const protocol::Setup setup = protocol::read_setup(datagram);
            if (!protocol::is_valid(setup)) {
                context.system[SystemCounter::invalid_packets].increment();
                return;
            }
            destination.last_activity = context.time.now;
            dispatcher_.on_setup(setup, destination, source, context);
            return;
        }
        case protocol::FrameType::rtt_measurement: {
            const protocol::RttMeasurement frame = protocol::read_rtt_measurement(datagram);
            if (frame.receiver_id != config_.receiver_id && frame.receiver_id != 0) return;
            destination.last_activity = context.time.now;
            dispatcher_.on_rtt_measurement(frame, destination, source, context);
            return;
        }
        default: return;
    }
}

// hot:
void ReceiveEndpoint::stamp(Bytes datagram, std::int64_t kernel_time_ns,
                            ReceiverContext& context) const {
    const uri::TimestampOffsets& offsets = channel_.timestamps;
    if (offsets.media_receive && kernel_time_ns != 0)
        stamp_arrivals(datagram, *offsets.media_receive, kernel_time_ns);
    if (offsets.channel_receive)
        stamp_arrivals(datagram, *offsets.channel_receive, context.network.epoch_ns());
}

void ReceiveEndpoint::ask_for_setup(ReceiveDestination& destination, const SocketAddress& to,
                                    std::int32_t stream_id, std::int32_t session_id,
                                    ReceiverContext& context) {
    std::array<std::byte, protocol::StatusMessage::kLengthWithTag> frame{};
    const std::size_t length =
        protocol::encode(protocol::StatusMessage{.elicits_setup = true,
                                                 .session_id = session_id,
                                                 .stream_id = stream_id,
                                                 .receiver_id = config_.receiver_id,
                                                 .group_tag = config_.group_tag},
                         frame);
    send_control(destination, to, ConstBytes(frame).first(length), context);
}

void ReceiveEndpoint::ask_sources_for_setup(std::int32_t stream_id, std::int32_t session_id,
                                            ReceiverContext& context) {
    for (ReceiveDestination* destination : destinations_) {
        if (destination->channel().has_explicit_control && destination->control_address)
            ask_for_setup(*destination, *destination->control_address, stream_id, session_id,
                          context);
    }
}

void ReceiveEndpoint::on_control_address_resolved(ReceiveDestination& destination,
                                                  const SocketAddress& address,
                                                  ReceiverContext& context) {
    if (std::ranges::find(destinations_, &destination) == destinations_.end()) return;
    if (destination.control_address == address) return;
    destination.control_address = address;
    for (ReceiverImage* image : images_) image->set_control_address(destination, address);
    context.system[SystemCounter::resolution_changes].increment();
}

// Without the session and its source, which strangers choose: one text in the error log.
void ReceiveEndpoint::report_session_limit(std::int32_t stream_id, ReceiverContext& context) {
    if (!session_limit_reports_.allows(context.time.now)) return;
    context.errors.report(
        ErrorCode::generic_error,
        "exceeded session limit, streamId=" + std::to_string(stream_id) + " sessionLimit=" +
            std::to_string(config_.stream_session_limit) + " channel=" + channel_.uri.text() +
            ": raise aeron.driver.stream.session.limit, or end streams that nobody needs");
}

int ReceiveEndpoint::do_timers(ReceiverContext& context) {
    const Nanos now = context.time.now;
    dispatcher_.expire_pending_setups(now);
    int sent = 0;
    for (PeriodicSetup& setup : periodic_setups_) {
        if (now < setup.deadline) continue;
        setup.deadline = now + kPeriodicSetup;
        if (!dispatcher_.has_interest() || !setup.destination->control_address) continue;
        ask_for_setup(*setup.destination, *setup.destination->control_address, 0, 0, context);
        ++sent;
    }
    return sent;
}

void ReceiveEndpoint::check_names(ReceiverContext& context) {
    const Nanos now = context.time.now;
    for (ReceiveDestination* destination : destinations_) {
        if (!destination->channel().has_explicit_control || !destination->control_address) continue;
        if (now - destination->last_activity <= kSilence) continue;
        TERN_MARK(control_address_is_looked_up_again);
        destination->last_activity = now;
        context.events.put(ReResolveReceive{this, destination, *destination->control_address});
    }
}

Nanos ReceiveEndpoint::next_deadline() const {
    Nanos first = dispatcher_.next_deadline();
    for (const PeriodicSetup& setup : periodic_setups_) first = std::min(first, setup.deadline);
    return first;
}

}  // namespace tern::driver

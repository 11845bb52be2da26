#include "tern/driver/receiver/receiver_image.hpp"

#include <algorithm>
#include <utility>

#include "tern/base/coverage_mark.hpp"
#include "tern/driver/receiver/receiver_context.hpp"
#include "tern/logbuffer/term_rebuilder.hpp"

// What arrives, and what is known of where it comes from. What is answered: image_answers.cpp.

namespace tern::driver {
namespace {

constexpr Nanos kConnectionTimeout{5'000'000'000};

}  // namespace

bool ReceiverImage::Connection::is_alive(Nanos now) const {
    return control_address.has_value() && now < last_activity + kConnectionTimeout;
}

ReceiverImage::ReceiverImage(const Config& config, LogBuffers log, const Counters& counters,
                             ImageSignals& signals, CongestionControl& congestion_control,
                             ReceiveEndpoint& endpoint, ReceiveDestination& destination,
                             const SocketAddress& control_address, Nanos now)
    : config_(config),
      log_(std::move(log)),
      counters_(counters),
      signals_(signals),
      congestion_control_(congestion_control),
      endpoint_(endpoint),
      status_{config.join_position, congestion_control.initial_window()},
      last_sent_position_(config.join_position),
      overrun_threshold_(config.join_position + log_.term_length() / 2) {
    connections_.push_back({.destination = &destination,
                            .control_address = control_address,
                            .last_activity = now,
                            .last_frame = now,
                            .has_frame = true});
    signals_.last_packet_ns.store_release(now.count());
}

ReceiverImage::~ReceiverImage() = default;

// hot: an image has few connections, most often one.
ReceiverImage::Connection& ReceiverImage::connection_of(ReceiveDestination& destination,
                                                        const SocketAddress& source, Nanos now) {
    for (Connection& connection : connections_) {
        if (connection.destination != &destination) continue;
        if (!connection.control_address) connection.control_address = source;
        connection.last_activity = connection.last_frame = now;
        connection.has_frame = true;
        return connection;
    }
    TERN_MARK(image_has_a_further_connection);
    connections_.push_back({.destination = &destination,
                            .control_address = destination.control_address.value_or(source),
                            .last_activity = now,
                            .last_frame = now,
                            .has_frame = true});
    return connections_.back();
}

void ReceiverImage::refresh_connection(ReceiveDestination& destination,
                                       const std::optional<SocketAddress>& source, Nanos now) {
    if (source) {
        connection_of(destination, *source, now);
    } else {
        add_known_connection(destination, now);
    }
}

void ReceiverImage::add_known_connection(ReceiveDestination& destination, Nanos now) {
    const auto is_known = [&](const Connection& connection) {
        return connection.destination == &destination;
    };
    if (std::ranges::any_of(connections_, is_known)) return;
    connections_.push_back({.destination = &destination,
                            .control_address = destination.control_address,
                            .last_activity = now});
}

void ReceiverImage::keep_connections_of(std::span<ReceiveDestination* const> destinations,
                                        Nanos now) {
    const std::size_t removed = std::erase_if(connections_, [&](const Connection& connection) {
        return std::ranges::find(destinations, connection.destination) == destinations.end();
    });
    if (removed == 0) return;
    TERN_MARK(destination_went_while_its_image_was_made);
    publish_transport_count(now);
}

void ReceiverImage::set_control_address(const ReceiveDestination& destination,
                                        const SocketAddress& address) {
    for (Connection& connection : connections_) {
        if (connection.destination == &destination) connection.control_address = address;
    }
}

void ReceiverImage::remove_connection(const ReceiveDestination& destination, Nanos now) {
    const std::size_t removed = std::erase_if(connections_, [&](const Connection& connection) {
        return connection.destination == &destination;
    });
    if (removed > 0) publish_transport_count(now);
}

void ReceiverImage::reject(std::string reason) {
    TERN_MARK(image_rejected);
    rejection_ = std::move(reason);
    status_deadline_ = Nanos{0};
}

// hot: the steps of 5.6.
void ReceiverImage::insert(const protocol::DataFrameHeader& header, ConstBytes datagram,
                           ReceiveDestination& destination, const SocketAddress& source,
                           ReceiverContext& context) {
    const TermGeometry& geometry = log_.geometry();
    if (geometry.term_count(header.term_id) < 0 || rejection_) return;
    const std::optional<std::int32_t> length =
        protocol::effective_length(datagram, log_.term_length());
    if (!length) {
        context.system[SystemCounter::invalid_packets].increment();
        return;
    }
    const Nanos now = context.time.now;
    const Position position = geometry.position(header.term_id, header.term_offset);
    const Position end = position + *length;
    if (end > overrun_threshold_ || end > signals_.writable_to.load_acquire()) {
        TERN_MARK(flow_control_over_run);
        context.system[SystemCounter::flow_control_over_runs].increment();
        if (end <= overrun_threshold_) {
            connection_of(destination, source, now);
            want_blocks(end, now);
        }
        return;
    }
    if (*length == 0) {
        on_heartbeat(header, position, destination, source, context);
        return;
    }
    if (position < last_sent_position_) {
        TERN_MARK(flow_control_under_run);
        context.system[SystemCounter::flow_control_under_runs].increment();
        if (end >= last_sent_position_ - congestion_control_.max_window())
            connection_of(destination, source, now);
        return;
    }
    connection_of(destination, source, now);
    signals_.last_packet_ns.store_release(now.count());
    store(datagram, position);
    counters_.high_water_mark.propose_max(end);
}

// A stream is often ahead of its window: another receiver sets its pace, or padding took it there.
// It is heard, and what was dropped is repaired by NAK once there are blocks.
void ReceiverImage::want_blocks(Position to, Nanos now) {
    TERN_MARK(image_gets_ahead_of_its_blocks);
    signals_.last_packet_ns.store_release(now.count());
    if (to > signals_.wanted_to.load_relaxed()) signals_.wanted_to.store_release(to);
}

// hot: between the last status message and half a term beyond it, so in no term that anybody reads
// or cleans.
void ReceiverImage::store(ConstBytes datagram, Position position) {
    const TermGeometry& geometry = log_.geometry();
    if (!insert_frames(log_.term_bytes(geometry.partition_at(position)),
                       geometry.offset_at(position), datagram)) {
        TERN_MARK(datagram_is_there_already);
    }
}

void ReceiverImage::on_heartbeat(const protocol::DataFrameHeader& header, Position position,
                                 ReceiveDestination& destination, const SocketAddress& source,
                                 ReceiverContext& context) {
    if (position < std::max<Position>(0, last_sent_position_ - log_.term_length())) {
        TERN_MARK(heartbeat_of_the_past);
        context.system[SystemCounter::flow_control_under_runs].increment();
        return;
    }
    const Nanos now = context.time.now;
    Connection& connection = connection_of(destination, source, now);
    signals_.last_packet_ns.store_release(now.count());
    // The mark first: whoever sees the end of the stream must see that all of it is not there yet.
    counters_.high_water_mark.propose_max(position);
    if (header.is_end_of_stream() && !is_end_of_stream_)
        on_end_of_stream(header, position, connection, context);
    context.system[SystemCounter::heartbeats_received].increment();
}

void ReceiverImage::on_end_of_stream(const protocol::DataFrameHeader& header, Position position,
                                     Connection& connection, ReceiverContext& context) {
    connection.is_end_of_stream = true;
    connection.end_of_stream_position = position;
    Position end = 0;
    for (const Connection& each : connections_) {
        if (!each.is_end_of_stream) {
            TERN_MARK(one_of_several_sources_ends);
            return;
        }
        end = std::max(end, each.end_of_stream_position);
    }
    if (header.is_revoked()) {
        log_.set_revoked();
        context.system[SystemCounter::images_revoked].increment();
    }
    is_end_of_stream_ = true;
    log_.set_end_of_stream_position(end);
    signals_.is_end_of_stream.store_release(1);
}

void ReceiverImage::publish_transport_count(Nanos now) {
    const auto count = std::ranges::count_if(connections_, [&](const Connection& connection) {
        return connection.has_frame && now < connection.last_frame + config_.image_liveness_timeout;
    });
    log_.metadata().active_transport_count.store_release(static_cast<std::int32_t>(count));
}

}  // namespace tern::driver

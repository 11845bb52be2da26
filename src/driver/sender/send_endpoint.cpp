#include "tern/driver/sender/send_endpoint.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "tern/base/coverage_mark.hpp"
#include "tern/driver/sender/sender_context.hpp"
#include "tern/driver/sender/sender_publication.hpp"
#include "tern/protocol/network_frames.hpp"
#include "tern/uri/endpoint_text.hpp"
#include "tern/uri/uri_keys.hpp"

namespace tern::driver {
namespace {

constexpr Nanos kSilence{5'000'000'000};  // after which a name is resolved again

std::uint64_t key_of(std::int32_t session_id, std::int32_t stream_id) {
    return std::uint64_t{static_cast<std::uint32_t>(session_id)} << 32 |
           static_cast<std::uint32_t>(stream_id);
}

// The text of the channel's endpoint where it names a host and its address may change (6.8).
std::string changing_name(const uri::UdpChannel& channel) {
    if (!channel.has_endpoint || channel.has_group_semantics() ||
        channel.control_mode == ControlMode::response) {
        return {};
    }
    const std::string text{channel.uri.get(uri::key::kEndpoint).value_or("")};
    const Result<uri::EndpointText> endpoint = uri::parse_endpoint(text);
    return endpoint && !IpAddress::parse(endpoint->host) ? text : std::string{};
}

std::string system_text(std::int32_t system_error) {
    return "(" + std::to_string(system_error) + ") " +
           std::generic_category().message(system_error);
}

}  // namespace

SendEndpoint::SendEndpoint(uri::UdpChannel channel, Sockets sockets, Counter destinations)
    : channel_(std::move(channel)),
      sockets_(std::move(sockets)),
      remote_(channel_.remote_data),
      name_(changing_name(channel_)) {
    if (channel_.is_multi_destination()) {
        destinations_.emplace(channel_.is_manual(), destinations);
    }
}

SendEndpoint::~SendEndpoint() = default;

void SendEndpoint::add(SenderPublication& publication) {
    const bool is_new = publications_.add(
        key_of(publication.config().session_id, publication.config().stream_id), &publication);
    TERN_ASSERT(is_new);
}

void SendEndpoint::remove(const SenderPublication& publication) {
    publications_.remove(key_of(publication.config().session_id, publication.config().stream_id));
}

void SendEndpoint::add_destination(SendDestination destination, Nanos now) {
    if (destinations_) destinations_->add(std::move(destination), now);
}

void SendEndpoint::remove_destination(const SocketAddress& address) {
    if (destinations_) destinations_->remove(address);
}

void SendEndpoint::remove_destination(std::int64_t registration_id) {
    if (destinations_) destinations_->remove(registration_id);
}

void SendEndpoint::on_resolved(const std::string& endpoint, const SocketAddress& address,
                               SenderContext& context) {
    if (destinations_) {
        if (!destinations_->on_resolved(endpoint, address)) return;
    } else {
        if (endpoint != name_ || address == remote_) return;
        if (context.settings.connect_sockets) {
            if (const Result<void> connected = sockets_.data->connect(address); !connected) {
                context.errors.report(connected.error());
                return;
            }
        }
        remote_ = address;
    }
    TERN_MARK(send_address_changed);
    context.system[SystemCounter::resolution_changes].increment();
}

void SendEndpoint::check_names(SenderContext& context) {
    if (context.events.waiting() > 0) return;  // the conductor stands still; later
    const Nanos now = context.time.now;
    const auto ask = [&](const std::string& name, const SocketAddress& current) {
        TERN_MARK(send_address_asked_for);
        context.events.put(ReResolveSend{this, name, current});
    };
    if (destinations_) destinations_->for_each_silent(now, ask);
    if (name_.empty()) return;
    if (!last_heard_) last_heard_ = now;
    if (now > *last_heard_ + kSilence) ask(name_, remote_);
}

// hot:
SendResult SendEndpoint::send(std::span<const ConstBytes> datagrams,
                              const std::optional<SocketAddress>& response,
                              SenderContext& context) {
    SendResult result;
    if (destinations_) {
        result = destinations_->send(*sockets_.data, datagrams, context.time.now,
                                     [&](const SocketAddress& to, std::int32_t system_error) {
                                         report_failed_send(to, system_error, context);
                                     });
    } else {
        const SendOutcome outcome = send_to_one(datagrams, response, context);
        result = {outcome.accepted, length_of(datagrams, outcome.accepted), outcome.system_error};
        if (result.system_error != 0) {
            report_failed_send(response.value_or(remote_), result.system_error, context);
        }
    }
    if (result.accepted < datagrams.size()) {
        TERN_MARK(short_send);
        context.system[SystemCounter::short_sends].increment();
    }
    return result;
}

SendOutcome SendEndpoint::send_to_one(std::span<const ConstBytes> datagrams,
                                      const std::optional<SocketAddress>& response,
                                      SenderContext& context) {
    if (channel_.control_mode == ControlMode::response) {
        return response ? sockets_.data->send_to(*response, datagrams) : SendOutcome{};
    }
    return context.settings.connect_sockets ? sockets_.data->send(datagrams)
                                            : sockets_.data->send_to(remote_, datagrams);
}

template <typename MakeText>
void SendEndpoint::report(MakeText&& make_text, SenderContext& context) {
    if (report_cap_.allows(context.time.now)) {
        context.errors.report(ErrorCode::generic_error, make_text());
    }
}

void SendEndpoint::report_failed_send(const SocketAddress& to, std::int32_t system_error,
                                      SenderContext& context) {
    TERN_MARK(send_failed);
    report(
        [&] {
            // Receivers choose the addresses of dynamic destinations: left out, lest they fill the
            // error log.
            const std::string where =
                channel_.control_mode == ControlMode::dynamic ? "a destination" : to.text();
            return "cannot send to " + where + " for channel " + channel_.uri.text() + ": " +
                   system_text(system_error);
        },
        context);
}

// hot:
int SendEndpoint::poll(ReceiveBatch& batch, SenderContext& context) {
    int datagrams = 0;
    for (int reads = 0; reads < context.settings.poller_socket_poll_limit; ++reads) {
        const int count = control_socket().receive(batch);
        if (count < 0) {
            report(
                [&] {
                    return "cannot receive for channel " + channel_.uri.text() + ": " +
                           system_text(-count);
                },
                context);
            return datagrams;
        }
        for (const ReceivedDatagram& arrival : batch.received()) {
            ConstBytes rest = arrival.bytes;
            const std::size_t each =
                arrival.segment_length == 0 ? rest.size() : arrival.segment_length;
            do {
                const ConstBytes datagram = rest.first(std::min(each, rest.size()));
                dispatch(datagram, arrival.source, context);
                rest = rest.subspan(datagram.size());
                ++datagrams;
            } while (!rest.empty());
        }
        if (static_cast<std::size_t>(count) < batch.capacity()) break;
    }
    return datagrams;
}

// hot:
void SendEndpoint::dispatch(ConstBytes datagram, const SocketAddress& source,
                            SenderContext& context) {
    const std::optional<protocol::FrameType> type = protocol::check_datagram(datagram);
    if (!type) {
        TERN_MARK(send_endpoint_invalid_datagram);
        context.system[SystemCounter::invalid_packets].increment();
        return;
    }
    switch (*type) {
        case protocol::FrameType::status_message:
            on_status_message(datagram, source, context);
            break;
        case protocol::FrameType::nak: on_nak(datagram, context); break;
        case protocol::FrameType::error: on_error(datagram, source, context); break;
        case protocol::FrameType::rtt_measurement: on_rtt_measurement(datagram, context); break;
        case protocol::FrameType::response_setup: on_response_setup(datagram, context); break;
        default: break;  // valid, but nothing that a publication's socket handles
    }
}

SenderPublication* SendEndpoint::find(std::int32_t session_id, std::int32_t stream_id) {
    SenderPublication** const found = publications_.find(key_of(session_id, stream_id));
    return found == nullptr ? nullptr : *found;
}

void SendEndpoint::on_status_message(ConstBytes datagram, const SocketAddress& source,
                                     SenderContext& context) {
    const protocol::StatusMessage message = protocol::read_status_message(datagram);
    SenderPublication* const publication = find(message.session_id, message.stream_id);
    const std::int32_t term_length =
        publication == nullptr ? protocol::kMaxTermLength : publication->term_length();
    if (!protocol::is_valid(message, term_length)) {
        context.system[SystemCounter::invalid_packets].increment();
        return;
    }
    context.system[SystemCounter::status_messages_received].increment();
    if (destinations_ &&
        !destinations_->on_status_message(source, message.receiver_id, context.time.now)) {
        report(
            [&] {
                return "no more than " + std::to_string(SendDestinations::kMaxDynamic) +
                       " destinations for channel " + channel_.uri.text();
            },
            context);
    }
    if (publication == nullptr) return;
    last_heard_ = context.time.now;
    if (message.odd_tag_length != 0 && publication->is_tagged()) {
        report(
            [] {
                return std::string{
                    "Received a status message for tagged flow control that did not have 0 or 8 "
                    "bytes for the group_tag"};
            },
            context);
    }
    publication->on_status_message(message, source, context);
}

void SendEndpoint::on_nak(ConstBytes datagram, SenderContext& context) {
    const protocol::Nak nak = protocol::read_nak(datagram);
    SenderPublication* const publication = find(nak.session_id, nak.stream_id);
    if (publication == nullptr) return;
    if (!protocol::is_valid(nak, publication->term_length())) {
        context.system[SystemCounter::invalid_packets].increment();
        return;
    }
    publication->on_nak(nak, context);
}

void SendEndpoint::on_error(ConstBytes datagram, const SocketAddress& source,
                            SenderContext& context) {
    const std::optional<protocol::ErrorFrame> error = protocol::read_error(datagram);
    if (!error) {
        context.system[SystemCounter::invalid_packets].increment();
        return;
    }
    context.system[SystemCounter::error_frames_received].increment();
    SenderPublication* const publication = find(error->session_id, error->stream_id);
    if (publication == nullptr) return;
    const std::int64_t destination =
        destinations_ ? destinations_->registration_id_of(source, error->receiver_id) : -1;
    publication->on_error(*error, source, destination, context);
}

void SendEndpoint::on_rtt_measurement(ConstBytes datagram, SenderContext& context) {
    const protocol::RttMeasurement request = protocol::read_rtt_measurement(datagram);
    SenderPublication* const publication = find(request.session_id, request.stream_id);
    if (publication != nullptr && request.is_request) publication->on_rtt_request(request, context);
}

void SendEndpoint::on_response_setup(ConstBytes datagram, SenderContext& context) {
    const protocol::ResponseSetup setup = protocol::read_response_setup(datagram);
    SenderPublication* const publication = find(setup.session_id, setup.stream_id);
    if (publication != nullptr) publication->on_response_setup(setup, context);
}

}  // namespace tern::driver

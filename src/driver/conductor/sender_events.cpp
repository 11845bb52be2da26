#include "tern/driver/conductor/sender_events.hpp"

#include <utility>
#include <variant>

#include "tern/driver/conductor/publication_error_text.hpp"
#include "tern/protocol/publication_events.hpp"

namespace tern::driver {
namespace {

constexpr int kMaxSenderEvents = 16;  // in one duty cycle

}  // namespace

int SenderEvents::do_work() {
    int count = 0;
    while (count < kMaxSenderEvents) {
        const std::optional<SenderEvent> event = parts_.sender_queues.events.take();
        if (!event) break;
        std::visit([this](const auto& known) { on(known); }, *event);
        ++count;
    }
    return count;
}

void SenderEvents::on(const SendEndpointReleased& event) {
    parts_.send_channels.on_released(*event.endpoint);
}

void SenderEvents::on(const SenderPublicationReleased& event) {
    NetworkPublication* publication = parts_.network_publications.find(event.publication);
    if (publication == nullptr) return;
    publications_.dispose(parts_.network_publications.take(*publication));
}

void SenderEvents::on(const PublicationErrorReceived& event) {
    const protocol::PublicationError error{
        .registration_id = event.registration_id,
        .destination_registration_id = event.destination_registration_id,
        .session_id = event.session_id,
        .stream_id = event.stream_id,
        .receiver_id = event.receiver_id,
        .group_tag = event.group_tag.value_or(protocol::kNullId),
        .source = source_address(event.source),
        .error_code = event.error_code,
        .message = event.text};
    // Each text is another one and stays: a stranger's could fill the log.
    if (error_reports_.allows(parts_.time.now)) {
        parts_.errors.report(ErrorCode::image_rejected, publication_error_text(error));
    }
    parts_.events.send(error);
}

void SenderEvents::on(const ResponseSetupReceived& event) {
    parts_.responses->on_response_setup(event.response_correlation_id, event.response_session_id);
}

void SenderEvents::on(const ResponseConnection& event) {
    if (event.is_connected) {
        parts_.responses->on_response_connected(event.response_correlation_id);
    } else {
        parts_.responses->on_response_lost(event.response_correlation_id, event.session_id);
    }
}

void SenderEvents::on(const ReResolveSend& event) {
    const SendChannel* channel = parts_.send_channels.find(event.endpoint);
    if (channel == nullptr) return;
    parts_.resolver.resolve_again(
        event.endpoint, event.name,
        [this, event, id = channel->registration_id](const Result<SocketAddress>& found) {
            on_resolved(id, event, found);
        });
}

// Meanwhile the endpoint may have gone, and another one may have taken its place in memory.
void SenderEvents::on_resolved(std::int64_t channel_id, const ReResolveSend& event,
                               const Result<SocketAddress>& found) {
    if (!found) return parts_.errors.report(found.error());
    SendChannel* channel = parts_.send_channels.find_by_registration(channel_id);
    if (channel == nullptr || channel->endpoint.get() != event.endpoint) return;
    if (*found == event.current) return;
    if (!channel->endpoint->channel().is_multi_destination()) channel->remote_data = *found;
    parts_.sender_queues.commands.put(
        SendAddressResolved{.endpoint = event.endpoint, .name = event.name, .address = *found});
}

}  // namespace tern::driver

#include "tern/driver/conductor/receiver_events.hpp"

#include <optional>
#include <string>
#include <variant>

#include "tern/uri/uri_keys.hpp"

namespace tern::driver {
namespace {

constexpr int kMaxReceiverEvents = 16;  // in one duty cycle

}  // namespace

int ReceiverEvents::do_work() {
    int count = 0;
    while (count < kMaxReceiverEvents) {
        const std::optional<ReceiverEvent> event = parts_.receiver_queues.events.take();
        if (!event) break;
        std::visit([this](const auto& known) { on(known); }, *event);
        ++count;
    }
    return count;
}

void ReceiverEvents::on(const ReceiveEndpointReleased& event) {
    parts_.receive_channels.on_released(event.endpoint);
}

void ReceiverEvents::on(const ReceiveDestinationReleased& event) {
    parts_.receive_channels.on_released(event.endpoint, event.destination);
}

void ReceiverEvents::on(const ReceiverImageReleased& event) {
    if (NetworkImage* image = parts_.images.find(event.image)) image->on_released();
}

void ReceiverEvents::on(const CreateImage& event) { images_.on_setup(event); }

void ReceiverEvents::on(const ReResolveReceive& event) {
    const std::shared_ptr<ReceiveChannel> channel = parts_.receive_channels.find(event.endpoint);
    const ReceiveSocket* socket = channel == nullptr ? nullptr : channel->find(event.destination);
    if (socket == nullptr) return;
    const auto name = socket->destination->channel().uri.get(uri::key::kControl);
    if (!name) return;
    parts_.resolver.resolve_again(
        event.destination, std::string(*name),
        [this, event, waiting = std::weak_ptr(channel)](const Result<SocketAddress>& found) {
            on_resolved(waiting, event, found);
        });
}

void ReceiverEvents::on_resolved(const std::weak_ptr<ReceiveChannel>& channel,
                                 const ReResolveReceive& event,
                                 const Result<SocketAddress>& found) {
    const std::shared_ptr<ReceiveChannel> known = channel.lock();
    ReceiveSocket* socket =
        known == nullptr || known->is_closing ? nullptr : known->find(event.destination);
    if (socket == nullptr) return;
    if (!found) return parts_.errors.report(found.error());
    if (*found == event.current) return;
    socket->control_address = *found;
    parts_.receiver_queues.commands.put(ControlAddressResolved{
        .endpoint = event.endpoint, .destination = event.destination, .address = *found});
}

}  // namespace tern::driver

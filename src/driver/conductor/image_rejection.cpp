#include "tern/driver/conductor/image_rejection.hpp"

#include <string>

#include "tern/driver/conductor/publication_error_text.hpp"
#include "tern/protocol/publication_events.hpp"

namespace tern::driver {
namespace {

constexpr std::int32_t kRejected = static_cast<std::int32_t>(ErrorCode::image_rejected);

// Whoever rejects an IPC image is on this machine.
protocol::SourceAddress loopback() {
    protocol::SourceAddress address{.family = protocol::SourceAddress::Family::ipv4};
    address.bytes[0] = std::byte{127};
    address.bytes[3] = std::byte{1};
    return address;
}

}  // namespace

Result<void> ImageRejection::reject(const protocol::RejectImage& command) {
    if (command.reason.size() > protocol::kMaxReasonLength) {
        return Error{ErrorCode::generic_error,
                     "Invalidation reason_text must be 1023 bytes or less: length=" +
                         std::to_string(command.reason.size())};
    }
    if (!reject_network_image(command) && !reject_ipc_image(command)) {
        return Error{ErrorCode::generic_error, "Unable to resolve image for correlationId=" +
                                                   std::to_string(command.image_correlation_id)};
    }
    parts_.system[SystemCounter::images_rejected].increment();
    parts_.events.success(command.header.correlation_id);
    return {};
}

// Its senders learn of it by error frames; here it ends because nothing is accepted any more.
bool ImageRejection::reject_network_image(const protocol::RejectImage& command) {
    const NetworkImage* image = parts_.images.find(command.image_correlation_id);
    if (image == nullptr) return false;
    parts_.receiver_queues.commands.put(RejectReceiverImage{.image = image->receiver_half(),
                                                            .reason = std::string(command.reason)});
    return true;
}

bool ImageRejection::reject_ipc_image(const protocol::RejectImage& command) {
    IpcPublication* publication = parts_.publications.find(command.image_correlation_id);
    if (publication == nullptr) return false;
    announce(*publication, command.reason);
    publication->reject(parts_.linker, parts_.time.now, parts_.settings.image_liveness_timeout);
    return true;
}

void ImageRejection::announce(const IpcPublication& publication, std::string_view reason) {
    const LocalStream::Identity& identity = publication.identity();
    const protocol::PublicationError error{.registration_id = identity.registration_id,
                                           .destination_registration_id = protocol::kNullId,
                                           .session_id = identity.session_id,
                                           .stream_id = identity.stream_id,
                                           .receiver_id = protocol::kNullId,
                                           .group_tag = protocol::kNullId,
                                           .source = loopback(),
                                           .error_code = kRejected,
                                           .message = reason};
    parts_.errors.report(ErrorCode::image_rejected, publication_error_text(error));
    parts_.events.send(error);
}

}  // namespace tern::driver

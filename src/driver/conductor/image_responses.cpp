#include "tern/driver/conductor/image_responses.hpp"

#include <algorithm>
#include <string>

#include "tern/base/coverage_mark.hpp"
#include "tern/uri/response_channels.hpp"

namespace tern::driver {
namespace {

Error other_session(const SubscriptionLink& link, std::int32_t session_id) {
    return {ErrorCode::generic_error,
            "failed to setup response subscription (registrationId=" +
                std::to_string(link.registration_id) + ", channel=" + link.channel +
                "), because it contains `session-id` parameter that does not match `session-id=" +
                std::to_string(session_id) + "` of the response publication"};
}

}  // namespace

// IPC and spy destinations have the registration id of their subscription.
SubscriptionLink* ImageResponses::find(std::int64_t registration_id) const {
    for (SubscriptionLink* link : parts_.subscriptions.find(registration_id)) {
        if (link->kind == SubscriptionLink::Kind::network) return link;
    }
    return nullptr;
}

bool ImageResponses::has_subscription(std::int64_t registration_id) const {
    return find(registration_id) != nullptr;
}

Result<void> ImageResponses::check_request_image(std::int64_t image_correlation_id) const {
    const NetworkImage* image = parts_.images.find(image_correlation_id);
    if (image == nullptr) return uri::response_image_not_found(image_correlation_id);
    if (!image->config().wants_response) return uri::response_not_requested(image_correlation_id);
    return {};
}

void ImageResponses::on_response_publication(std::int64_t image_correlation_id,
                                             std::int32_t session_id) {
    NetworkImage* image = parts_.images.find(image_correlation_id);
    if (image != nullptr) image->set_response_session(session_id);
}

void ImageResponses::on_response_connected(std::int64_t image_correlation_id) {
    NetworkImage* image = parts_.images.find(image_correlation_id);
    if (image != nullptr) image->clear_response_session();
}

// Whoever asks is its receiver, and so it may have lost its true one to somebody else, who does not
// answer: the true one is called again. Aeron's drivers do not, and the stream stands still.
void ImageResponses::on_response_lost(std::int64_t image_correlation_id, std::int32_t session_id) {
    NetworkImage* image = parts_.images.find(image_correlation_id);
    if (image == nullptr || image->response_session() != session_id) return;
    TERN_MARK(response_receiver_is_called_again);
    image->set_response_session(session_id);
}

void ImageResponses::on_response_setup(std::int64_t subscription_registration_id,
                                       std::int32_t session_id) {
    SubscriptionLink* link = find(subscription_registration_id);
    if (link == nullptr || !link->is_response) return;
    switch (link->response) {
        case SubscriptionLink::Response::pending: bind(*link, session_id); break;
        case SubscriptionLink::Response::complete: request_setup(*link); break;
        case SubscriptionLink::Response::error: break;
    }
}

// Anybody may call for it, and clients' commands wait while something waits for the receiver. Who
// means it calls again.
void ImageResponses::request_setup(const SubscriptionLink& link) {
    const bool is_taken = parts_.receiver_queues.commands.put_if_room(
        RequestSetup{.endpoint = link.receive_channel->endpoint.get(),
                     .stream_id = link.stream_id,
                     .session_id = *link.session_id});
    if (!is_taken) TERN_MARK(response_setup_left_out);
}

// The first interest in a session asks its sources for a SETUP.
void ImageResponses::bind(SubscriptionLink& link, std::int32_t session_id) {
    if (link.states_session_id && *link.session_id != session_id) {
        link.response = SubscriptionLink::Response::error;
        link.session_id.reset();
        parts_.errors.report(other_session(link, session_id));
        return;
    }
    parts_.receive_channels.bind_response(link, session_id);
}

}  // namespace tern::driver

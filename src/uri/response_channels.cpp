#include "tern/uri/response_channels.hpp"

namespace tern::uri {

Result<void> check_response_publication(const PublicationParams& params) {
    if (!params.is_response || params.response_correlation_id != kNoResponse) return {};
    return Error{ErrorCode::generic_error,
                 "control-mode=response was specified, but no response-correlation-id set"};
}

Error response_subscription_not_found(std::int64_t registration_id) {
    return {ErrorCode::generic_error,
            "unable to find response subscription for response-correlation-id=" +
                std::to_string(registration_id)};
}

Error response_image_not_found(std::int64_t image_correlation_id) {
    return {ErrorCode::generic_error,
            "image.correlationId=" + std::to_string(image_correlation_id) + " not found"};
}

Error response_not_requested(std::int64_t image_correlation_id) {
    return {ErrorCode::generic_error, "image.correlationId=" +
                                          std::to_string(image_correlation_id) +
                                          " did not request a response channel"};
}

}  // namespace tern::uri

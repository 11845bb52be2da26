#pragma once

/// Response channels (spec channel-uri.md, 17): what a publication's parameters must say, and the
/// errors of those who look for the other side and do not find it.

#include "tern/uri/publication_params.hpp"

namespace tern::uri {

/// A response publication names the image that it answers. Errors: generic_error.
Result<void> check_response_publication(const PublicationParams& params);

/// The request publication's subscription, or the response publication's image, is not there
/// (generic_error).
Error response_subscription_not_found(std::int64_t registration_id);
Error response_image_not_found(std::int64_t image_correlation_id);
/// It is there, but its sender wants no answer (generic_error).
Error response_not_requested(std::int64_t image_correlation_id);

}  // namespace tern::uri

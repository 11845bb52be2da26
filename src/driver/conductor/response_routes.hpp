#pragma once

/// What publications and the sender need to know and to tell of the receiving side of response
/// channels (spec wire-protocol.md 5.17, control-protocol.md 8.7). Implemented by whoever keeps
/// network subscriptions and images. Conductor thread only.

#include <cstdint>
#include <string>

#include "tern/base/error.hpp"

namespace tern::driver {

struct ResponseRoutes {
    virtual ~ResponseRoutes() = default;

    /// A publication of requests names a network subscription with this registration id.
    virtual bool has_subscription(std::int64_t registration_id) const = 0;
    /// A response publication names the image of requests. Errors (generic_error):
    /// "image.correlationId=7 not found", "image.correlationId=7 did not request a response
    /// channel".
    virtual Result<void> check_request_image(std::int64_t image_correlation_id) const = 0;

    /// The response publication for that image is there: the image sends RSP_SETUPs that name its
    /// session, the first at once.
    virtual void on_response_publication(std::int64_t image_correlation_id,
                                         std::int32_t session_id) = 0;
    /// The response publication for that image has its first receiver: no more RSP_SETUPs.
    virtual void on_response_connected(std::int64_t image_correlation_id) = 0;
    /// It has lost its last receiver: RSP_SETUPs again, if its session is still the image's.
    virtual void on_response_lost(std::int64_t image_correlation_id, std::int32_t session_id) = 0;
    /// A RSP_SETUP came for a publication of requests: the subscription is to receive this session,
    /// and no other. The session comes from the network.
    virtual void on_response_setup(std::int64_t subscription_registration_id,
                                   std::int32_t session_id) = 0;
};

/// There are neither network subscriptions nor images.
struct NoResponseRoutes final : ResponseRoutes {
    bool has_subscription(std::int64_t) const override { return false; }
    Result<void> check_request_image(std::int64_t image_correlation_id) const override {
        return Error{ErrorCode::generic_error,
                     "image.correlationId=" + std::to_string(image_correlation_id) + " not found"};
    }
    void on_response_publication(std::int64_t, std::int32_t) override {}
    void on_response_connected(std::int64_t) override {}
    void on_response_lost(std::int64_t, std::int32_t) override {}
    void on_response_setup(std::int64_t, std::int32_t) override {}
};

}  // namespace tern::driver

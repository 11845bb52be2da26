#pragma once

/// The receiving side of response channels (spec wire-protocol.md 5.17, control-protocol.md 8.7):
/// images of requests tell their senders which session answers, and response subscriptions wait for
/// theirs. Conductor thread only.

#include "tern/driver/conductor/conductor_parts.hpp"
#include "tern/driver/conductor/response_routes.hpp"

namespace tern::driver {

class ImageResponses final : public ResponseRoutes {
  public:
    explicit ImageResponses(ConductorParts& parts) : parts_(parts) {}

    bool has_subscription(std::int64_t registration_id) const override;
    Result<void> check_request_image(std::int64_t image_correlation_id) const override;
    void on_response_publication(std::int64_t image_correlation_id,
                                 std::int32_t session_id) override;
    void on_response_connected(std::int64_t image_correlation_id) override;
    void on_response_lost(std::int64_t image_correlation_id, std::int32_t session_id) override;
    void on_response_setup(std::int64_t subscription_registration_id,
                           std::int32_t session_id) override;

  private:
    SubscriptionLink* find(std::int64_t registration_id) const;
    void request_setup(const SubscriptionLink& link);
    void bind(SubscriptionLink& link, std::int32_t session_id);

    ConductorParts& parts_;
};

}  // namespace tern::driver

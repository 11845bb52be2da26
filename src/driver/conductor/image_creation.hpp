#pragma once

/// Turns the SETUPs that the receiver reports into images (spec wire-protocol.md 5.5,
/// control-protocol.md 11). Each needs a log file, which the executor makes; several may be in the
/// making beside the clients' commands, but never more than a few, whatever comes in from the
/// network: the receiver is told, and the next SETUP tries again. Conductor thread only.

#include <cstddef>
#include <memory>
#include <vector>

#include "tern/base/error.hpp"
#include "tern/driver/conductor/conductor_parts.hpp"
#include "tern/driver/report_cap.hpp"

namespace tern::driver {

class ImageCreation {
  public:
    static constexpr int kMaxInTheMaking = 64;
    static constexpr int kMaxRefusalsTold = 1000;  // in the life of a driver

    explicit ImageCreation(ConductorParts& parts) : parts_(parts) {}

    void on_setup(const CreateImage& event);
    /// The driver closes: what is in the making is not finished.
    void abandon() { is_abandoned_ = true; }

  private:
    struct Pending {
        CreateImage event;
        std::weak_ptr<ReceiveChannel> channel;
        std::int64_t registration_id;
        bool is_sparse;
    };

    bool start(const CreateImage& event, const std::shared_ptr<ReceiveChannel>& channel);
    void on_log_made(const Pending& pending, Result<std::shared_ptr<Mapping>> file);
    Result<bool> create(const Pending& pending, ReceiveChannel& channel,
                        const std::shared_ptr<Mapping>& file);
    bool is_served(const ReceiveChannel& channel, const protocol::Setup& setup) const;
    bool link(NetworkImage& image, const std::vector<SubscriptionLink*>& links);
    void refuse(const CreateImage& event);
    void report(const Error& error);
    void report_refusal(const Error& error);

    ConductorParts& parts_;
    int in_the_making_ = 0;
    bool is_abandoned_ = false;
    ReportCap reports_;
    int refusals_told_ = 0;
};

}  // namespace tern::driver

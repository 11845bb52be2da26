#pragma once

/// What a subscription's channel says about its images (spec channel-uri.md, 5.4, 5.5 and 14).

#include <cstdint>
#include <optional>
#include <string>

#include "tern/base/clock.hpp"
#include "tern/uri/channel_uri.hpp"
#include "tern/uri/publication_params.hpp"

namespace tern::uri {

enum class TriState { force_false = 0, force_true = 1, infer = 2 };

/// What counts where the channel says nothing: the driver's settings. Lengths are bytes.
struct SubscriptionDefaults {
    bool                        is_reliable = true;
    bool                        is_sparse = true;
    bool                        is_tethered = true;
    bool                        rejoins = true;
    TriState                    group = TriState::infer;
    std::int64_t                receiver_window_length = 128 * 1024;
    std::optional<std::int64_t> group_tag;
    Nanos                       untethered_window_limit_timeout{5'000'000'000};
    std::optional<Nanos>        untethered_linger_timeout;   // absent: as the window limit timeout
    Nanos                       untethered_resting_timeout{10'000'000'000};
};

struct SubscriptionParams {
    bool                        is_reliable = true;   // IPC: always
    bool                        is_sparse = true;
    bool                        is_tethered = true;
    bool                        rejoins = true;
    TriState                    group = TriState::infer;   // IPC: always
    bool                        is_response = false;       // control-mode=response
    std::optional<std::int32_t> session_id;                // absent: any session
    std::int64_t                receiver_window_length = 0;
    UntetheredTimeouts          untethered{};
    std::string                 congestion_control;     // network only; empty: the driver's choice
    std::optional<Nanos>        nak_delay;              // network only
    std::optional<std::int64_t> group_tag;              // network only

    /// Reads and checks in the order of the C driver. Errors: generic_error.
    static Result<SubscriptionParams> parse(const ChannelUri& channel,
                                            const SubscriptionDefaults& defaults);
};

}  // namespace tern::uri

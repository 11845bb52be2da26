#pragma once

/// The value of `fc` (spec channel-uri.md, 16.1): "max", "min,t:5s,g:/2", "tagged,g:101/3,rrwm:4".
/// Read for publications with group semantics only; for others any text is ignored.

#include <cstdint>
#include <optional>

#include "tern/base/clock.hpp"
#include "tern/uri/channel_uri.hpp"

namespace tern::uri {

enum class FlowControlStrategy { max, min, tagged };

/// What is absent is as the driver is set.
struct FlowControlParams {
    FlowControlStrategy         strategy = FlowControlStrategy::max;
    std::optional<std::int64_t> group_tag;
    std::optional<std::int32_t> min_group_size;   // receivers; at least 0
    std::optional<Nanos>        receiver_timeout;
    std::optional<std::int32_t> retransmit_window_multiple;   // at least 1

    /// Nullopt where the channel has no `fc`. Errors: generic_error.
    static Result<std::optional<FlowControlParams>> parse(const ChannelUri& channel);
};

}  // namespace tern::uri

#pragma once

/// The three time-outs of untethered subscribers, which publications and subscriptions read alike.

#include <optional>

#include "tern/uri/param_reader.hpp"
#include "tern/uri/publication_params.hpp"
#include "tern/uri/uri_keys.hpp"

namespace tern::uri {

struct UntetheredDefaults {
    Nanos                window_limit;
    std::optional<Nanos> linger;   // absent or 0: as the window limit of this very resource
    Nanos                resting;
};

inline UntetheredTimeouts read_untethered_timeouts(ParamReader& reader,
                                                   UntetheredDefaults defaults) {
    UntetheredTimeouts timeouts{
        .window_limit = defaults.window_limit, .linger = {}, .resting = defaults.resting};
    std::optional<Nanos> linger = defaults.linger;
    reader.duration(key::kUntetheredWindowLimitTimeout, timeouts.window_limit);
    reader.duration(key::kUntetheredLingerTimeout, linger);
    reader.duration(key::kUntetheredRestingTimeout, timeouts.resting);
    const bool is_own = linger && *linger != Nanos::zero();
    timeouts.linger = is_own ? *linger : timeouts.window_limit;
    return timeouts;
}

}  // namespace tern::uri

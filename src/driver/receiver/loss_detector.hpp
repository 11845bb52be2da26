#pragma once

/// Finds the first gap of an image and says when to ask for it (spec wire-protocol.md 5.8 and 5.9).
/// Conductor thread only.

#include <cstdint>
#include <optional>

#include "tern/base/clock.hpp"
#include "tern/base/random.hpp"
#include "tern/driver/settings.hpp"
#include "tern/logbuffer/gap_scanner.hpp"
#include "tern/logbuffer/log_buffers.hpp"

namespace tern::driver {

/// How long to wait before a gap is reported, first and again (5.9).
struct FeedbackDelay {
    enum class Kind : std::uint8_t { none, unicast, group };
    Kind kind = Kind::unicast;
    Nanos initial{1'000};  // unicast
    Nanos retry{100'000};  // unicast
    std::uint32_t group_size = 10;
    Nanos max_backoff{10'000'000};  // group

    /// `random` is in [0, 1).
    Nanos group_delay(double random) const;
};
FeedbackDelay feedback_delay(bool is_reliable, bool is_group, std::optional<Nanos> nak_delay,
                             const Settings& settings);

class LossDetector {
  public:
    /// `random` outlives the detector; used for groups only.
    LossDetector(const FeedbackDelay& delay, RandomSource& random)
        : delay_(delay), random_(random) {}

    struct Scan {
        Position rebuild_position = 0;  // all before it is there
        bool has_found_loss = false;    // a gap that was not the active one
        std::optional<Gap> report;      // due now: to be NAKed or filled
    };
    /// hot: looks at the term of `rebuild_position`.
    Scan scan(const LogBuffers& log, Position rebuild_position, Position high_water_mark,
              Nanos now);

    /// When the active gap is due; kNever without one.
    Nanos next_deadline() const { return gap_ ? deadline_ : kNever; }

  private:
    Nanos delay_of_first();
    Nanos delay_of_retry();

    FeedbackDelay delay_;
    RandomSource& random_;
    std::optional<Gap> gap_;
    Nanos deadline_{0};
    Nanos retry_{0};  // grows while a gap stays
};

}  // namespace tern::driver

#include "tern/driver/receiver/loss_detector.hpp"

#include <algorithm>
#include <cmath>

#include "tern/base/coverage_mark.hpp"

namespace tern::driver {
namespace {

/// A sender ignores a NAK for the same start for 10 ms (spec 4.11, 6.10): asking again and again in
/// the meantime only fills its socket.
constexpr Nanos kLongestRetry{3'200'000};

}  // namespace

// hot: the formula of RFC 5401, as in 5.9.
Nanos FeedbackDelay::group_delay(double random) const {
    const double lambda = std::log(static_cast<double>(group_size)) + 1.0;
    const auto backoff = static_cast<double>(max_backoff.count());
    const double spread = std::exp(lambda) - 1.0;
    const double x = random * lambda / backoff + lambda / (backoff * spread);
    const double delay = backoff / lambda * std::log(x * spread * backoff / lambda);
    return Nanos{static_cast<std::int64_t>(std::clamp(delay, 0.0, backoff))};
}

FeedbackDelay feedback_delay(bool is_reliable, bool is_group, std::optional<Nanos> nak_delay,
                             const Settings& settings) {
    FeedbackDelay delay{.group_size = std::max(1U, settings.nak_multicast_group_size),
                        .max_backoff = std::max(settings.nak_multicast_max_backoff, Nanos{1})};
    if (!is_reliable) {
        delay.kind = FeedbackDelay::Kind::none;
        delay.initial = delay.retry = Nanos{0};
    } else if (is_group) {
        delay.kind = FeedbackDelay::Kind::group;
    } else {
        delay.initial = nak_delay.value_or(settings.nak_unicast_delay);
        const std::int64_t ratio =
            std::max<std::int64_t>(1, settings.nak_unicast_retry_delay_ratio);
        const std::int64_t most = INT64_MAX / ratio;
        delay.retry =
            Nanos{std::min(std::max(delay.initial.count(), std::int64_t{1'000}), most) * ratio};
    }
    return delay;
}

Nanos LossDetector::delay_of_first() {
    if (delay_.kind != FeedbackDelay::Kind::group) return delay_.initial;
    return delay_.group_delay(static_cast<double>(random_.next() >> 11) * 0x1.0p-53);
}

Nanos LossDetector::delay_of_retry() {
    if (delay_.kind == FeedbackDelay::Kind::group) return delay_of_first();
    const Nanos delay = retry_;
    if (retry_ < kLongestRetry) retry_ = std::min(2 * retry_, kLongestRetry);
    return delay;
}

// hot:
LossDetector::Scan LossDetector::scan(const LogBuffers& log, Position rebuild_position,
                                      Position high_water_mark, Nanos now) {
    Scan result{.rebuild_position = rebuild_position};
    if (rebuild_position >= high_water_mark) {
        gap_.reset();
        return result;
    }
    const TermGeometry& geometry = log.geometry();
    const std::int32_t from = geometry.offset_at(rebuild_position);
    const bool is_same_term =
        geometry.term_count_at(rebuild_position) == geometry.term_count_at(high_water_mark);
    const std::int32_t limit =
        is_same_term ? geometry.offset_at(high_water_mark) : log.term_length();
    const GapScan scanned = scan_for_gap(log.term_bytes(geometry.partition_at(rebuild_position)),
                                         geometry.term_id_at(rebuild_position), from, limit);
    result.rebuild_position = rebuild_position - from + scanned.complete_to;
    if (!scanned.gap) {
        gap_.reset();
        return result;
    }
    if (gap_ != scanned.gap) {
        if (!is_same_term) TERN_MARK(gap_before_the_end_of_a_term);
        gap_ = scanned.gap;
        retry_ = delay_.retry;
        deadline_ = now + delay_of_first();
        result.has_found_loss = true;
    }
    if (now >= deadline_) {
        result.report = gap_;
        deadline_ = now + delay_of_retry();
    }
    return result;
}

}  // namespace tern::driver

#pragma once

/// What one image adds to the loss report (spec shared-memory.md 8, wire-protocol.md 5.8): each
/// byte once, however often its gap is reported. Conductor thread only.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "tern/base/clock.hpp"
#include "tern/logbuffer/gap_scanner.hpp"
#include "tern/shm/loss_report.hpp"

namespace tern::driver {

class ImageLosses {
  public:
    struct Stream {
        std::int32_t session_id = 0;
        std::int32_t stream_id = 0;
        std::string channel;
        std::string source;
    };
    /// The report outlives it.
    ImageLosses(LossReport& report, Stream stream) : report_(&report), stream_(std::move(stream)) {}

    void on_gap(const Gap& gap, Millis epoch_now) {
        const std::int64_t lost = gap.length - known_part(gap);
        last_ = gap;
        if (lost <= 0 || does_not_fit_) return;
        if (entry_) {
            report_->observe(*entry_, lost, epoch_now);
            return;
        }
        entry_ = report_->create(lost, epoch_now, stream_.session_id, stream_.stream_id,
                                 stream_.channel, stream_.source);
        does_not_fit_ = !entry_.has_value();
    }

  private:
    std::int64_t known_part(const Gap& gap) const {
        if (!last_ || last_->term_id != gap.term_id) return 0;
        const std::int64_t begin = std::max(last_->offset, gap.offset);
        const std::int64_t end = std::min(std::int64_t{last_->offset} + last_->length,
                                          std::int64_t{gap.offset} + gap.length);
        return std::max<std::int64_t>(0, end - begin);
    }

    LossReport* report_;
    Stream stream_;
    std::optional<Gap> last_;  // reported
    std::optional<LossReport::Entry> entry_;
    bool does_not_fit_ = false;  // not tried again
};

}  // namespace tern::driver

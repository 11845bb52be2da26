#pragma once

/// loss-report.dat (spec shared-memory.md 8): one entry for each image that lost something. Views:
/// they own no mapped memory.

#include <cstdint>
#include <optional>
#include <string_view>

#include "tern/base/bytes.hpp"
#include "tern/base/clock.hpp"
#include "tern/base/shared_word.hpp"

namespace tern {

struct LossReportEntry {
    SharedWord<std::int64_t> observation_count;     //  0: last of a new entry; 0 ends the report
    SharedWord<std::int64_t> total_bytes_lost;      //  8
    std::int64_t             first_observation_ms;  // 16: comes before the last
    SharedWord<std::int64_t> last_observation_ms;   // 24
    std::int32_t             session_id;            // 32
    std::int32_t             stream_id;             // 36
};  // 40: channel length, channel, source length, source
static_assert(sizeof(LossReportEntry) == 40 && offsetof(LossReportEntry, session_id) == 32);

/// The writing side; one thread (the conductor).
class LossReport {
  public:
    /// What identifies an entry to its writer: an offset in the report.
    using Entry = std::size_t;

    explicit LossReport(Bytes buffer) : buffer_(buffer) {}
    /// nullopt where it does not fit.
    std::optional<Entry> create(std::int64_t bytes_lost, Millis epoch_now, std::int32_t session_id,
                                std::int32_t stream_id, std::string_view channel,
                                std::string_view source);
    void observe(Entry entry, std::int64_t bytes_lost, Millis epoch_now);

  private:
    Bytes       buffer_;
    std::size_t next_ = 0;
};

struct LossObservation {
    std::int64_t     observation_count, total_bytes_lost;
    Millis           first, last;
    std::int32_t     session_id, stream_id;
    std::string_view channel, source;   // point into the report
};

/// The entry at `offset` and where the next one begins; nullopt at the end or where the bytes are
/// no entry.
struct LossReportPlace {
    LossObservation observation;
    std::size_t     next;
};
std::optional<LossReportPlace> loss_report_entry_at(ConstBytes report, std::size_t offset);

/// Calls `visit(const LossObservation&)` for each entry.
template <typename Visit>
int read_loss_report(ConstBytes report, Visit&& visit) {
    int entries = 0;
    std::size_t offset = 0;
    while (const std::optional<LossReportPlace> place = loss_report_entry_at(report, offset)) {
        visit(place->observation);
        ++entries;
        offset = place->next;
    }
    return entries;
}

}  // namespace tern

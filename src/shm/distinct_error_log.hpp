#pragma once

/// The distinct error log (spec shared-memory.md 7): each different error once, with a count. Any
/// buffer can hold one; a driver's is the last section of cnc.dat. A view: it owns no mapped
/// memory.

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tern/base/bytes.hpp"
#include "tern/base/clock.hpp"
#include "tern/base/error.hpp"
#include "tern/base/shared_word.hpp"

namespace tern {

#pragma pack(push, 4)
struct ErrorLogEntry {
    SharedWord<std::int32_t> length;  //  0: header and text; last of a new entry; 0 ends the log
    SharedWord<std::int32_t> observation_count;    //  4
    SharedWord<std::int64_t> last_observation_ms;  //  8: comes before the first
    std::int64_t             first_observation_ms; // 16
};
#pragma pack(pop)
static_assert(sizeof(ErrorLogEntry) == 24 && offsetof(ErrorLogEntry, first_observation_ms) == 16);

/// The writing side. Any thread of the driver; serialised inside.
class DistinctErrorLog {
  public:
    explicit DistinctErrorLog(Bytes buffer) : buffer_(buffer) {}

    /// Notes one more of the same code and text, or a new entry. False where a new one does not
    /// fit: the caller must tell the operator some other way.
    bool record(ErrorCode code, std::string_view text, Millis epoch_now);

  private:
    struct Seen {
        ErrorCode   code;
        std::size_t offset;
        std::string text;
    };
    ErrorLogEntry& entry(std::size_t offset) {
        return *reinterpret_cast<ErrorLogEntry*>(buffer_.data() + offset);
    }
    const Seen* find(ErrorCode code, std::string_view text) const;

    Bytes             buffer_;
    std::mutex        mutex_;
    std::size_t       next_ = 0;
    std::vector<Seen> seen_;
};

struct ErrorObservation {
    std::int32_t     count;
    Millis           first, last;
    std::string_view text;   // points into the log
};

/// Calls `visit(const ErrorObservation&)` for each entry seen last at or after `since`. Works on
/// the log of a dead or hostile writer.
template <typename Visit>
int read_error_log(ConstBytes log, Visit&& visit, Millis since = Millis{0}) {
    int entries = 0;
    std::size_t offset = 0;
    while (offset + sizeof(ErrorLogEntry) <= log.size()) {
        const auto& entry = *reinterpret_cast<const ErrorLogEntry*>(log.data() + offset);
        // sync[error-entry] acquire: text and first time are complete.
        const std::int32_t length = entry.length.load_acquire();
        if (length < static_cast<std::int32_t>(sizeof(ErrorLogEntry))) {
            break;
        }
        const std::size_t bounded = std::min(static_cast<std::size_t>(length), log.size() - offset);
        const Millis last{entry.last_observation_ms.load_acquire()};
        if (last >= since) {
            ++entries;
            visit(ErrorObservation{entry.observation_count.load_relaxed(),
                                   Millis{entry.first_observation_ms}, last,
                                   text_of(log.subspan(offset + sizeof(ErrorLogEntry),
                                                       bounded - sizeof(ErrorLogEntry)))});
        }
        offset += align(bounded, 8);
    }
    return entries;
}

}  // namespace tern

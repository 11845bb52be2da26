#include "tern/shm/distinct_error_log.hpp"

#include <algorithm>
#include <cstring>

namespace tern {

const DistinctErrorLog::Seen* DistinctErrorLog::find(ErrorCode code, std::string_view text) const {
    const auto found = std::find_if(seen_.begin(), seen_.end(), [code, text](const Seen& seen) {
        return seen.code == code && seen.text == text;
    });
    return found == seen_.end() ? nullptr : &*found;
}

bool DistinctErrorLog::record(ErrorCode code, std::string_view text, Millis epoch_now) {
    const std::scoped_lock lock{mutex_};
    const Seen* seen = find(code, text);
    if (seen == nullptr) {
        const std::size_t length = sizeof(ErrorLogEntry) + text.size();
        if (length > buffer_.size() || next_ > buffer_.size() - length) {
            return false;
        }
        ErrorLogEntry& fresh = entry(next_);
        std::memcpy(buffer_.data() + next_ + sizeof(ErrorLogEntry), text.data(), text.size());
        fresh.first_observation_ms = epoch_now.count();
        fresh.observation_count.store_relaxed(0);
        seen_.push_back({code, next_, std::string{text}});
        seen = &seen_.back();
        next_ += align(length, 8);
        // sync[error-entry] release
        fresh.length.store_release(static_cast<std::int32_t>(length));
    }
    ErrorLogEntry& counted = entry(seen->offset);
    counted.observation_count.fetch_add(1);
    counted.last_observation_ms.store_release(epoch_now.count());
    return true;
}

}  // namespace tern

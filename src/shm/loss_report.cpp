#include "tern/shm/loss_report.hpp"

#include <cstring>

namespace tern {

namespace {

constexpr std::size_t kEntryAlignment = 64;
constexpr std::size_t kLengthField = sizeof(std::int32_t);

std::size_t source_offset(std::size_t channel_length) {
    return sizeof(LossReportEntry) + align(kLengthField + channel_length, kLengthField);
}

void write_text(std::byte* at, std::string_view text) {
    store_plain(at, static_cast<std::int32_t>(text.size()));
    std::memcpy(at + kLengthField, text.data(), text.size());
}

/// The text at `offset`; nullopt where its length does not fit into the report.
std::optional<std::string_view> read_text(ConstBytes report, std::size_t offset) {
    if (offset > report.size() || report.size() - offset < kLengthField) {
        return std::nullopt;
    }
    const auto length = load_plain<std::int32_t>(report.data() + offset);
    if (length < 0 || static_cast<std::size_t>(length) > report.size() - offset - kLengthField) {
        return std::nullopt;
    }
    return text_of(report.subspan(offset + kLengthField, static_cast<std::size_t>(length)));
}

}  // namespace

std::optional<LossReport::Entry> LossReport::create(std::int64_t bytes_lost, Millis epoch_now,
                                                    std::int32_t session_id, std::int32_t stream_id,
                                                    std::string_view channel,
                                                    std::string_view source) {
    const std::size_t source_at = source_offset(channel.size());
    const std::size_t length = source_at + kLengthField + source.size();
    if (length > buffer_.size() || next_ > buffer_.size() - length) {
        return std::nullopt;
    }
    const Entry created = next_;
    std::byte* at = buffer_.data() + created;
    auto& entry = *reinterpret_cast<LossReportEntry*>(at);
    entry.total_bytes_lost.store_relaxed(bytes_lost);
    entry.first_observation_ms = epoch_now.count();
    entry.last_observation_ms.store_relaxed(epoch_now.count());
    entry.session_id = session_id;
    entry.stream_id = stream_id;
    write_text(at + sizeof(LossReportEntry), channel);
    write_text(at + source_at, source);
    next_ += align(length, kEntryAlignment);
    // sync[loss-entry] release
    entry.observation_count.store_release(1);
    return created;
}

void LossReport::observe(Entry offset, std::int64_t bytes_lost, Millis epoch_now) {
    auto& entry = *reinterpret_cast<LossReportEntry*>(buffer_.data() + offset);
    entry.last_observation_ms.store_release(epoch_now.count());
    entry.total_bytes_lost.fetch_add(bytes_lost);
    entry.observation_count.fetch_add(1);
}

std::optional<LossReportPlace> loss_report_entry_at(ConstBytes report, std::size_t offset) {
    if (offset > report.size() || report.size() - offset < sizeof(LossReportEntry)) {
        return std::nullopt;
    }
    const auto& entry = *reinterpret_cast<const LossReportEntry*>(report.data() + offset);
    // sync[loss-entry] acquire
    const std::int64_t count = entry.observation_count.load_acquire();
    if (count <= 0) {
        return std::nullopt;
    }
    const auto channel = read_text(report, offset + sizeof(LossReportEntry));
    if (!channel) {
        return std::nullopt;
    }
    const std::size_t source_at = source_offset(channel->size());
    const auto source = read_text(report, offset + source_at);
    if (!source) {
        return std::nullopt;
    }
    const LossObservation observation{count,
                                      entry.total_bytes_lost.load_acquire(),
                                      Millis{entry.first_observation_ms},
                                      Millis{entry.last_observation_ms.load_acquire()},
                                      entry.session_id,
                                      entry.stream_id,
                                      *channel,
                                      *source};
    const std::size_t length = source_at + kLengthField + source->size();
    return LossReportPlace{observation, offset + align(length, kEntryAlignment)};
}

}  // namespace tern

#include "tern/logbuffer/log_buffers.hpp"

#include <string>
#include <utility>

namespace tern {
namespace {

constexpr std::uint64_t kLogMinFileLength = log_file_length(kTermMinLength, kPageMinSize);

Error fault(std::string text) { return Error{ErrorCode::generic_error, std::move(text)}; }

LogMetadata& metadata_of(const Mapping& file) {
    const Bytes bytes = file.bytes();
    return *reinterpret_cast<LogMetadata*>(bytes.data() + bytes.size() - kLogMetadataLength);
}

// A tail in each partition such that every rotation finds the term id three below its own. Counted
// from the partition: the count of the last possible term cannot be raised.
void set_initial_tails(LogMetadata& metadata, const LogParameters& with) {
    const std::int32_t count = wrapping_sub(with.start_term_id, with.initial_term_id);
    const int first = partition_of_count(count);
    metadata.term_tail_counters[first].store_relaxed(
        raw_tail(with.start_term_id, with.start_term_offset));
    for (int ahead = 1; ahead < kPartitionCount; ++ahead) {
        const std::int32_t term_id = wrapping_add(with.start_term_id, ahead - kPartitionCount);
        metadata.term_tail_counters[(first + ahead) % kPartitionCount].store_relaxed(
            raw_tail(term_id, 0));
    }
    metadata.active_term_count.store_relaxed(count);
}

void set_default_header(DataHeader& header, const LogParameters& with) {
    header.frame_length.store_relaxed(0);
    header.version = 0;
    header.flags = kUnfragmented;
    header.type = kDataFrame;
    header.term_offset = 0;
    header.session_id = with.session_id;
    header.stream_id = with.stream_id;
    header.term_id = with.initial_term_id;
    header.reserved_value = 0;
}

void set_informational(LogMetadata& metadata, const LogParameters& with) {
    metadata.publication_window_length = with.publication_window_length;
    metadata.receiver_window_length = with.receiver_window_length;
    metadata.socket_sndbuf_length = with.socket_sndbuf_length;
    metadata.os_default_socket_sndbuf_length = with.os_default_socket_sndbuf_length;
    metadata.os_max_socket_sndbuf_length = with.os_max_socket_sndbuf_length;
    metadata.socket_rcvbuf_length = with.socket_rcvbuf_length;
    metadata.os_default_socket_rcvbuf_length = with.os_default_socket_rcvbuf_length;
    metadata.os_max_socket_rcvbuf_length = with.os_max_socket_rcvbuf_length;
    metadata.max_resend = with.max_resend;
    metadata.entity_tag = with.entity_tag;
    metadata.response_correlation_id = with.response_correlation_id;
    metadata.linger_timeout_ns = with.linger_timeout_ns;
    metadata.untethered_window_limit_timeout_ns = with.untethered_window_limit_timeout_ns;
    metadata.untethered_resting_timeout_ns = with.untethered_resting_timeout_ns;
    metadata.set_untethered_linger_timeout_ns(with.untethered_linger_timeout_ns);
    metadata.group = with.group;
    metadata.is_response = with.is_response;
    metadata.rejoin = with.rejoin;
    metadata.reliable = with.reliable;
    metadata.sparse = with.sparse;
    metadata.signal_eos = with.signal_eos;
    metadata.spies_simulate_connection = with.spies_simulate_connection;
    metadata.tether = with.tether;
}

}  // namespace

Result<void> check_term_length(std::int64_t term_length) {
    const std::string length = std::to_string(term_length);
    if (term_length < kTermMinLength) {
        return fault("term length less than min length of 65536: length=" + length);
    }
    if (term_length > kTermMaxLength) {
        return fault("term length greater than max length of 1073741824: length=" + length);
    }
    if (!is_power_of_two(term_length)) {
        return fault("term length not a power of 2: length=" + length);
    }
    return {};
}

Result<void> check_page_size(std::int64_t page_size) {
    const std::string size = std::to_string(page_size);
    if (page_size < kPageMinSize) {
        return fault("page size less than min size of 4096: page size=" + size);
    }
    if (page_size > kPageMaxSize) {
        return fault("page size greater than max size of 1073741824: page size=" + size);
    }
    if (!is_power_of_two(page_size)) {
        return fault("page size not a power of 2: page size=" + size);
    }
    return {};
}

Result<void> check_mtu_length(std::int64_t mtu_length) {
    if (mtu_length < kMtuMinLength || mtu_length > kMtuMaxLength) {
        return fault("mtu must be from 64 to 65504: mtu=" + std::to_string(mtu_length));
    }
    if (mtu_length % kFrameAlignment != 0) {
        return fault("mtu must be a multiple of 32: mtu=" + std::to_string(mtu_length));
    }
    return {};
}

LogBuffers::LogBuffers(std::shared_ptr<Mapping> file, std::int32_t term_length)
    : file_(std::move(file)) {
    std::byte* term = file_->bytes().data();
    for (std::byte*& partition : terms_) {
        partition = term;
        term += term_length;
    }
    metadata_ = &metadata_of(*file_);
    geometry_ = TermGeometry(metadata_->initial_term_id, term_length);
    page_size_ = metadata_->page_size;
    mtu_length_ = metadata_->mtu_length;
    correlation_id_ = metadata_->correlation_id;
}

Result<LogBuffers> LogBuffers::over(std::shared_ptr<Mapping> file) {
    const std::string doing = "log file " + file->path();
    const std::uint64_t length = file->bytes().size();
    if (length < kLogMinFileLength) {
        return fault("shorter than a log can be: length=" + std::to_string(length) + ", at least " +
                     std::to_string(kLogMinFileLength) + " needed")
            .within(doing);
    }
    if (length % kPageMinSize != 0) {
        return fault("length is not a multiple of 4096: length=" + std::to_string(length))
            .within(doing);
    }
    const LogMetadata& metadata = metadata_of(*file);
    const std::int32_t term_length = metadata.term_length;
    const std::int32_t page_size = metadata.page_size;
    if (auto checked = check_term_length(term_length); !checked) {
        return std::move(checked).error().within(doing);
    }
    if (auto checked = check_page_size(page_size); !checked) {
        return std::move(checked).error().within(doing);
    }
    if (const std::uint64_t needed = log_file_length(term_length, kPageMinSize); length < needed) {
        return fault("shorter than its terms of " + std::to_string(term_length) +
                     " bytes need: length=" + std::to_string(length) + ", at least " +
                     std::to_string(needed) + " needed")
            .within(doing);
    }
    LogBuffers log(std::move(file), term_length);
    if (log.metadata_->type != LogType::image) {   // an image's is only what its source said
        if (auto checked = check_mtu_length(log.mtu_length_); !checked) {
            return std::move(checked).error().within(doing);
        }
    }
    return log;
}

LogBuffers LogBuffers::initialise(std::shared_ptr<Mapping> file, const LogParameters& with) {
    TERN_ASSERT(check_term_length(with.term_length));
    TERN_ASSERT(check_page_size(with.page_size));
    TERN_ASSERT(file->bytes().size() == log_file_length(with.term_length, with.page_size));
    TERN_ASSERT(with.start_term_offset >= 0 && with.start_term_offset <= with.term_length);
    TERN_ASSERT(with.start_term_offset % kFrameAlignment == 0);

    LogMetadata& metadata = metadata_of(*file);
    if (with.type != LogType::image) {
        TERN_ASSERT(check_mtu_length(with.mtu_length));
        TERN_ASSERT(wrapping_sub(with.start_term_id, with.initial_term_id) >= 0);
        set_initial_tails(metadata, with);
    }
    metadata.end_of_stream_position.store_relaxed(kNoEndOfStream);
    metadata.correlation_id = with.correlation_id;
    metadata.initial_term_id = with.initial_term_id;
    metadata.default_frame_header_length = kDataHeaderLength;
    metadata.mtu_length = with.mtu_length;
    metadata.term_length = with.term_length;
    metadata.page_size = with.page_size;
    metadata.type = with.type;
    set_default_header(metadata.default_header, with);
    set_informational(metadata, with);
    return LogBuffers(std::move(file), with.term_length);
}

Position LogBuffers::producer_position() const {
    // sync[term-count] acquire
    const std::int32_t count = metadata_->active_term_count.load_acquire();
    // sync[term-tail] acquire
    const std::int64_t raw =
        metadata_->term_tail_counters[partition_of_count(count)].load_acquire();
    return geometry_.tail_position(raw);
}

}  // namespace tern

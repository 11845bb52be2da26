#pragma once

/// A log file as its users see it: three terms and the metadata. A view that shares the ownership
/// of the mapping, so whoever holds one may touch the memory. Cheap to copy; any thread. What it
/// answers about lengths and ids was read once from the file, checked, and kept.

#include <array>
#include <cstdint>
#include <memory>

#include "tern/base/error.hpp"
#include "tern/logbuffer/log_metadata.hpp"
#include "tern/logbuffer/position.hpp"
#include "tern/shm/file_system.hpp"

namespace tern {

/// Bytes of a log file. `term_length` and `page_size` are powers of two within their ranges.
constexpr std::uint64_t log_file_length(std::int32_t term_length, std::int32_t page_size) {
    const std::uint64_t used =
        std::uint64_t{kPartitionCount} * static_cast<std::uint32_t>(term_length) +
        kLogMetadataLength;
    return align(used, static_cast<std::uint64_t>(page_size));
}

/// Everything that a driver writes into the metadata of a new log (spec 9.2, 9.3). Zero is the
/// right value where a kind of log has no use for a field.
struct LogParameters {
    LogType      type = LogType::concurrent_publication;
    std::int64_t correlation_id = 0;
    std::int32_t session_id = 0;
    std::int32_t stream_id = 0;
    std::int32_t initial_term_id = 0;
    std::int32_t term_length = kTermMinLength;
    std::int32_t page_size = kPageMinSize;
    std::int32_t mtu_length = 1408;
    std::int32_t start_term_id = 0;      // publications: where the stream begins, which is at
    std::int32_t start_term_offset = 0;  // (initial_term_id, 0) where nothing else was asked for
    std::int32_t publication_window_length = 0;
    std::int32_t receiver_window_length = 0;
    std::int32_t socket_sndbuf_length = 0;
    std::int32_t os_default_socket_sndbuf_length = 0;
    std::int32_t os_max_socket_sndbuf_length = 0;
    std::int32_t socket_rcvbuf_length = 0;
    std::int32_t os_default_socket_rcvbuf_length = 0;
    std::int32_t os_max_socket_rcvbuf_length = 0;
    std::int32_t max_resend = 0;
    std::int64_t entity_tag = 0;             // publications: -1 when there is none
    std::int64_t response_correlation_id = 0;   // publications: -1 when there is none
    std::int64_t linger_timeout_ns = 0;
    std::int64_t untethered_window_limit_timeout_ns = 0;
    std::int64_t untethered_linger_timeout_ns = 0;
    std::int64_t untethered_resting_timeout_ns = 0;
    bool         group = false;
    bool         is_response = false;
    bool         rejoin = false;
    bool         reliable = false;
    bool         sparse = false;
    bool         signal_eos = false;
    bool         spies_simulate_connection = false;
    bool         tether = false;
};

class LogBuffers {
  public:
    /// A view of an existing log. An error says what is wrong with its lengths.
    static Result<LogBuffers> over(std::shared_ptr<Mapping> file);
    /// Fills the metadata of a new file, which reads as zeros and has log_file_length(term_length,
    /// page_size) bytes, and gives a view of it. Parameters are the caller's to check first: a
    /// wrong one is an assertion.
    static LogBuffers initialise(std::shared_ptr<Mapping> file, const LogParameters& with);

    const TermGeometry& geometry() const { return geometry_; }
    std::int32_t initial_term_id() const { return geometry_.initial_term_id(); }
    std::int32_t term_length() const { return geometry_.term_length(); }
    std::int32_t page_size() const { return page_size_; }
    std::int32_t mtu_length() const { return mtu_length_; }
    std::int64_t correlation_id() const { return correlation_id_; }

    /// First byte of partition 0, 1 or 2; term_length() bytes follow.
    std::byte* term(int partition) const { return terms_[static_cast<std::size_t>(partition)]; }
    Bytes term_bytes(int partition) const {
        return {term(partition), static_cast<std::size_t>(term_length())};
    }
    LogMetadata& metadata() const { return *metadata_; }
    const std::shared_ptr<Mapping>& file() const { return file_; }

    /// Where publishers are, claims included (9.6). A concurrent rotation may make it the end of
    /// the term before.
    Position producer_position() const;
    // sync[log-connected] acquire
    bool is_connected() const { return metadata_->is_connected.load_acquire() == 1; }
    /// sync[end-of-stream] acquire: kNoEndOfStream until the end is known.
    Position end_of_stream_position() const {
        return metadata_->end_of_stream_position.load_acquire();
    }
    /// sync[revoked] acquire
    bool is_revoked() const { return metadata_->is_publication_revoked.load_acquire() != 0; }

    /// The driver's side of the three above.
    void set_connected(bool connected) const {
        metadata_->is_connected.store_release(connected ? 1 : 0);   // sync[log-connected] release
    }
    void set_end_of_stream_position(Position position) const {
        metadata_->end_of_stream_position.store_release(position);   // sync[end-of-stream] release
    }
    // sync[revoked] release
    void set_revoked() const { metadata_->is_publication_revoked.store_release(1); }

  private:
    LogBuffers(std::shared_ptr<Mapping> file, std::int32_t term_length);

    std::shared_ptr<Mapping>                file_;
    std::array<std::byte*, kPartitionCount> terms_{};
    LogMetadata*                            metadata_ = nullptr;
    TermGeometry                            geometry_;
    std::int32_t                            page_size_ = 0;
    std::int32_t                            mtu_length_ = 0;
    std::int64_t                            correlation_id_ = 0;
};

/// The reason why lengths of a log cannot be used, or nothing. For settings, URIs and files alike.
Result<void> check_term_length(std::int64_t term_length);
Result<void> check_page_size(std::int64_t page_size);
Result<void> check_mtu_length(std::int64_t mtu_length);

}  // namespace tern

#include "tern/driver/conductor/publication_log.hpp"

#include <algorithm>
#include <utility>

#include "tern/driver/conductor/log_reserve.hpp"

namespace tern::driver {
namespace {

constexpr std::int32_t kSmallTerm = 256 * 1024;

}  // namespace

std::int64_t first_reserve(std::int32_t term_length) {
    return term_length <= kSmallTerm ? kPartitionCount * std::int64_t{term_length} : kPageMinSize;
}

LogStorage::Request publication_log_request(std::string path, const uri::PublicationParams& params,
                                            const Settings& settings) {
    const auto page_size = static_cast<std::int32_t>(settings.file_page_size);
    LogStorage::Request request{.path = std::move(path),
                                .length = log_file_length(params.term_length, page_size),
                                .is_sparse = params.is_sparse};
    const uri::StartPosition start = params.start.value_or(uri::StartPosition{});
    const LogReserve reserve(TermGeometry(start.initial_term_id, params.term_length),
                             uri::position_of(start, params.term_length), 0);
    const Position begin = uri::position_of(start, params.term_length);
    request.reserve = reserve.pieces(begin + first_reserve(params.term_length));
    request.reserve.push_back({request.length - kLogMetadataLength, kLogMetadataLength});
    return request;
}

// The longest message may begin right below the limit. Of publishers that share a log, those with
// short messages may add theirs after that, each one (ConcurrentAppender::kClaimsAtOnce).
std::int64_t publisher_overshoot(const LogBuffers& log, bool is_exclusive) {
    const std::int32_t mtu = log.mtu_length();
    const std::int64_t longest = std::max<std::int64_t>(
        framed_length(max_message_length(log.term_length()), mtu - kDataHeaderLength), mtu);
    return is_exclusive ? longest : 2 * longest;
}

LogParameters publication_log_parameters(const uri::PublicationParams& params,
                                         const uri::StartPosition& start,
                                         const Settings& settings) {
    return {.initial_term_id = start.initial_term_id,
            .term_length = params.term_length,
            .page_size = static_cast<std::int32_t>(settings.file_page_size),
            .mtu_length = params.mtu_length,
            .start_term_id = start.term_id,
            .start_term_offset = start.term_offset,
            .publication_window_length = params.window_length,
            .max_resend = params.max_resend,
            .entity_tag = params.entity_tag.value_or(-1),
            .response_correlation_id = params.response_correlation_id,
            .linger_timeout_ns = params.linger_timeout.count(),
            .untethered_window_limit_timeout_ns = params.untethered.window_limit.count(),
            .untethered_linger_timeout_ns = params.untethered.linger.count(),
            .untethered_resting_timeout_ns = params.untethered.resting.count(),
            .is_response = params.is_response,
            .sparse = params.is_sparse,
            .signal_eos = params.signal_end_of_stream,
            .spies_simulate_connection = params.spies_simulate_connection};
}

}  // namespace tern::driver

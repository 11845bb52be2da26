#pragma once

/// What a publication's channel says about its log, position and life (spec channel-uri.md, 5.2,
/// 5.5 and 13), and whether a publication that exists already can be shared under another channel.

#include <cstdint>
#include <functional>
#include <optional>

#include "tern/base/clock.hpp"
#include "tern/uri/channel_uri.hpp"

namespace tern::uri {

/// What counts where the channel says nothing: the driver's settings, those of IPC or of the
/// network. Lengths are bytes.
struct PublicationDefaults {
    std::int32_t         mtu_length = 1408;
    std::int32_t         term_length = 16 * 1024 * 1024;
    std::int32_t         window_length = 0;   // 0: half the term
    std::int32_t         max_resend = 16;
    Nanos                linger_timeout{5'000'000'000};
    bool                 is_sparse = true;
    bool                 spies_simulate_connection = false;
    Nanos                untethered_window_limit_timeout{5'000'000'000};
    std::optional<Nanos> untethered_linger_timeout;   // absent: as the window limit timeout
    Nanos                untethered_resting_timeout{10'000'000'000};
};

/// How long an untethered subscriber that holds back the stream is borne, put aside and left out.
struct UntetheredTimeouts {
    Nanos window_limit;
    Nanos linger;
    Nanos resting;
};

/// Where a publication starts.
struct StartPosition {
    std::int32_t initial_term_id = 0;
    std::int32_t term_id = 0;
    std::int32_t term_offset = 0;   // bytes, up to and including the term length
    bool operator==(const StartPosition&) const = default;
};

/// In bytes from the start of the initial term; term ids wrap.
std::int64_t position_of(const StartPosition& start, std::int32_t term_length);

/// The publication that `session-id=tag:<N>` names.
struct TaggedPublication {
    std::int32_t session_id;
    std::int32_t mtu_length;
    std::int32_t term_length;
};
/// Finds it by entity tag, among those of the same media.
using TaggedPublicationLookup = std::function<std::optional<TaggedPublication>(std::int64_t tag)>;

inline constexpr std::int64_t kNoResponse = -1;
inline constexpr std::int64_t kPrototypeResponse = -2;   // response-correlation-id=prototype

/// The term length of the publication that holds a response channel's port open.
inline constexpr std::int32_t kPrototypeTermLength = 64 * 1024;

struct PublicationParams {
    std::optional<std::int32_t> session_id;   // absent: the driver allocates one
    std::optional<std::int64_t> entity_tag;
    Nanos                       linger_timeout{};
    std::int32_t                term_length = 0;
    bool                        has_term_length = false;   // the channel itself gives it
    std::int32_t                mtu_length = 0;
    bool                        has_mtu = false;
    std::int32_t                max_resend = 0;
    std::int32_t                window_length = 0;   // effective
    std::optional<StartPosition> start;              // absent: a random initial term id, offset 0
    bool                        is_sparse = true;
    bool                        signal_end_of_stream = true;
    bool                        spies_simulate_connection = false;
    bool                        is_response = false;   // control-mode=response
    std::int64_t                response_correlation_id = kNoResponse;
    UntetheredTimeouts          untethered{};

    /// Reads and checks in the order of the C driver. Errors: generic_error for values, as there.
    static Result<PublicationParams> parse(const ChannelUri& channel,
                                           const PublicationDefaults& defaults,
                                           const TaggedPublicationLookup& find_tagged);
};

/// What a shared publication is like that others may join.
struct ExistingPublication {
    std::int32_t  session_id;
    std::int32_t  mtu_length;
    std::int32_t  term_length;
    StartPosition start;   // where it started, not where it is
};

/// Only what the new channel gives explicitly has to agree (spec 13.7). Errors: generic_error,
/// "existing publication has different 'mtu': existing=1408 requested=4096".
Result<void> check_can_join(const ExistingPublication& existing,
                            const PublicationParams& requested);

/// For network publications, after check_can_join: the effective values have to agree.
Result<void> check_same_spies_simulate_connection(bool existing, bool requested);

/// "existing publication has clashing sessionId=7 for streamId=1001 channel=..." (invalid_channel).
Error session_clash(std::int32_t session_id, std::int32_t stream_id, const ChannelUri& channel);

}  // namespace tern::uri

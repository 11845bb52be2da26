#include "tern/uri/publication_params.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "tern/base/bytes.hpp"
#include "tern/base/value_parser.hpp"
#include "tern/uri/number_text.hpp"
#include "tern/uri/param_reader.hpp"
#include "tern/uri/untethered_timeouts.hpp"
#include "tern/uri/uri_keys.hpp"
#include "tern/uri/uri_limits.hpp"

namespace tern::uri {
namespace {

constexpr std::string_view kTagPrefix = "tag:";

std::string number(std::int64_t value) {
    return std::to_string(value);
}

/// `session-id=<N>`, or `session-id=tag:<N>`, which takes over the log's shape as well.
void read_session_id(ParamReader& reader, const TaggedPublicationLookup& find_tagged,
                     PublicationParams& params) {
    const auto text = reader.get(key::kSessionId);
    if (!text || !text->starts_with(kTagPrefix)) {
        reader.int32(key::kSessionId, params.session_id);
        return;
    }
    const std::string_view tag_text = text->substr(kTagPrefix.size());
    const auto tag = parse_int64(tag_text);
    if (!tag) {
        reader.fail("could not parse session-id=" + std::string{*text} +
                    " as int64_t in URI due to: " + std::string{reason_of(tag_text)});
        return;
    }
    const std::optional<TaggedPublication> tagged = find_tagged(*tag);
    if (!tagged) {
        reader.fail("session-id=" + std::string{*text} + " must reference " +
                    (reader.channel().is_ipc() ? "an IPC publication" : "a network publication"));
        return;
    }
    params.session_id = tagged->session_id;
    params.mtu_length = tagged->mtu_length;
    params.term_length = tagged->term_length;
}

void read_entity_tag(ParamReader& reader, PublicationParams& params) {
    const auto text = reader.channel().entity_tag_text();
    if (!text) return;
    const auto tag = parse_decimal(*text);
    if (!tag) {
        reader.fail("Entity tag invalid: " + std::string{*text});
    } else if (*tag != kNoTag) {
        params.entity_tag = tag;
    }
}

void read_term_length(ParamReader& reader, PublicationParams& params) {
    params.has_term_length = reader.has(key::kTermLength);
    if (!params.has_term_length) return;
    std::int64_t length = kMinTermLength;
    reader.size(key::kTermLength, length);
    if (const auto fault = term_length_fault(length)) {
        reader.fail(*fault);
        return;
    }
    params.term_length = static_cast<std::int32_t>(length);
}

void read_max_resend(ParamReader& reader, PublicationParams& params) {
    std::int64_t count = params.max_resend;
    reader.size(key::kMaxResend, count);
    if (reader.has(key::kMaxResend) && (count < 1 || count > kMaxResendLimit)) {
        reader.fail("invalid max-resend=" + number(count) + ", must be > 0 and <= " +
                    number(kMaxResendLimit));
        return;
    }
    params.max_resend = static_cast<std::int32_t>(count);
}

void read_mtu(ParamReader& reader, PublicationParams& params) {
    params.has_mtu = reader.has(key::kMtu);
    if (!params.has_mtu) return;
    std::int64_t length = kMaxMtuLength;
    reader.size(key::kMtu, length);
    if (const auto fault = mtu_fault(length)) {
        reader.fail(*fault);
        return;
    }
    params.mtu_length = static_cast<std::int32_t>(length);
}

void read_window(ParamReader& reader, std::int32_t default_length, PublicationParams& params) {
    const std::int32_t half = params.term_length / 2;
    params.window_length = default_length == 0 ? half : std::min(default_length, half);
    if (!reader.has(key::kPublicationWindow)) return;
    std::int64_t length = half;
    reader.size(key::kPublicationWindow, length);
    if (length < params.mtu_length) {
        reader.fail("pub-wnd=" + number(length) + " cannot be less than the mtu=" +
                    number(params.mtu_length));
    } else if (length > half) {
        reader.fail("pub-wnd=" + number(length) + " must not exceed half the term-length=" +
                    number(params.term_length));
    } else {
        params.window_length = static_cast<std::int32_t>(length);
    }
}

std::int64_t read_term_offset(ParamReader& reader) {
    const std::string_view text = *reader.get(key::kTermOffset);
    const auto offset = parse_int64(text);
    if (!offset || *offset < 0) {
        reader.fail("could not parse term-offset=" + std::string{text} + " in URI: " +
                    std::string{offset ? "Numerical result out of range" : reason_of(text)});
        return 0;
    }
    return *offset;
}

void read_start(ParamReader& reader, PublicationParams& params) {
    const int given = int{reader.has(key::kInitialTermId)} + int{reader.has(key::kTermId)} +
                      int{reader.has(key::kTermOffset)};
    if (given == 0) return;
    if (given != 3) {
        reader.fail("params: init-term-id term-id term-offset must be used as a complete set");
        return;
    }
    StartPosition start;
    reader.int32(key::kInitialTermId, start.initial_term_id);
    reader.int32(key::kTermId, start.term_id);
    const std::int64_t offset = read_term_offset(reader);
    const auto terms = static_cast<std::int32_t>(static_cast<std::uint32_t>(start.term_id) -
                                                 static_cast<std::uint32_t>(start.initial_term_id));
    if (terms < 0) {
        // The second label is the reference's; the value is the term id.
        reader.fail("Param difference greater than 2^31 - 1: init-term-id=" +
                    number(start.initial_term_id) + " term-offset=" + number(start.term_id));
    } else if (offset > params.term_length) {
        reader.fail("Param term-offset=" + number(offset) + " > term-length=" +
                    number(params.term_length));
    } else if (offset % kFrameAlignment != 0) {
        reader.fail("Param term-offset=" + number(offset) +
                    " must be multiple of FRAME_ALIGNMENT");
    } else {
        start.term_offset = static_cast<std::int32_t>(offset);
        params.start = start;
    }
}

void read_response_correlation_id(ParamReader& reader, PublicationParams& params) {
    const auto text = reader.get(key::kResponseCorrelationId);
    if (!text) return;
    if (*text == "prototype") {
        params.response_correlation_id = kPrototypeResponse;
        return;
    }
    const auto id = parse_int64(*text);
    if (!id || *id < kNoResponse) {
        reader.fail("invalid response-correlation-id, must be a number greater than or equal to "
                    "-1, or 'prototype'");
        return;
    }
    params.response_correlation_id = *id;
}

Result<void> compare(std::string_view key, std::int64_t existing, std::int64_t requested) {
    if (existing == requested) return {};
    return Error{ErrorCode::generic_error, "existing publication has different '" +
                                               std::string{key} + "': existing=" +
                                               number(existing) + " requested=" +
                                               number(requested)};
}

}  // namespace

std::int64_t position_of(const StartPosition& start, std::int32_t term_length) {
    const auto terms = static_cast<std::int32_t>(static_cast<std::uint32_t>(start.term_id) -
                                                 static_cast<std::uint32_t>(start.initial_term_id));
    return std::int64_t{terms} * term_length + start.term_offset;
}

Result<PublicationParams> PublicationParams::parse(const ChannelUri& channel,
                                                   const PublicationDefaults& defaults,
                                                   const TaggedPublicationLookup& find_tagged) {
    PublicationParams params{
        .linger_timeout = defaults.linger_timeout,
        .term_length = defaults.term_length,
        .mtu_length = defaults.mtu_length,
        .max_resend = defaults.max_resend,
        .is_sparse = defaults.is_sparse,
        .spies_simulate_connection = defaults.spies_simulate_connection,
        .is_response = channel.control_mode() == ControlMode::response,
    };
    ParamReader reader{channel};
    read_session_id(reader, find_tagged, params);
    read_entity_tag(reader, params);
    reader.duration(key::kLinger, params.linger_timeout);
    read_term_length(reader, params);
    read_max_resend(reader, params);
    read_mtu(reader, params);
    read_window(reader, defaults.window_length, params);
    read_start(reader, params);
    reader.boolean(key::kSparse, params.is_sparse);
    reader.boolean(key::kEndOfStream, params.signal_end_of_stream);
    reader.boolean(key::kSpiesSimulateConnection, params.spies_simulate_connection);
    read_response_correlation_id(reader, params);
    params.untethered = read_untethered_timeouts(
        reader, {.window_limit = defaults.untethered_window_limit_timeout,
                 .linger = defaults.untethered_linger_timeout,
                 .resting = defaults.untethered_resting_timeout});
    if (reader.failed()) return reader.error();

    if (params.is_response && params.response_correlation_id == kPrototypeResponse) {
        params.term_length = kPrototypeTermLength;
        params.window_length = std::min(params.window_length, kPrototypeTermLength / 2);
    }
    return params;
}

Result<void> check_can_join(const ExistingPublication& existing,
                            const PublicationParams& requested) {
    const auto first_difference = [&]() -> Result<void> {
        if (requested.session_id) {
            auto same = compare(key::kSessionId, existing.session_id, *requested.session_id);
            if (!same) return same;
        }
        if (requested.has_mtu) {
            auto same = compare(key::kMtu, existing.mtu_length, requested.mtu_length);
            if (!same) return same;
        }
        if (requested.has_term_length) {
            auto same = compare(key::kTermLength, existing.term_length, requested.term_length);
            if (!same) return same;
        }
        return {};
    };
    if (auto same = first_difference(); !same || !requested.start) return same;

    const StartPosition& start = existing.start;
    const StartPosition& wanted = *requested.start;
    auto same = compare(key::kInitialTermId, start.initial_term_id, wanted.initial_term_id);
    if (same) same = compare(key::kTermId, start.term_id, wanted.term_id);
    if (same) same = compare(key::kTermOffset, start.term_offset, wanted.term_offset);
    return same;
}

Result<void> check_same_spies_simulate_connection(bool existing, bool requested) {
    if (existing == requested) return {};
    return Error{ErrorCode::generic_error,
                 std::string{"existing publication has different spies simulate connection: "
                             "requested="} +
                     (requested ? "true" : "false")};
}

Error session_clash(std::int32_t session_id, std::int32_t stream_id, const ChannelUri& channel) {
    return {ErrorCode::invalid_channel, "existing publication has clashing sessionId=" +
                                            number(session_id) + " for streamId=" +
                                            number(stream_id) + " channel=" + channel.text()};
}

}  // namespace tern::uri

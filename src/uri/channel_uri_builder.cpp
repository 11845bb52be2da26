#include "tern/uri/channel_uri_builder.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "tern/base/value_parser.hpp"
#include "tern/uri/publication_params.hpp"
#include "tern/uri/uri_keys.hpp"
#include "tern/uri/uri_limits.hpp"

namespace tern {
namespace {

namespace k = uri::key;

/// The order in which Aeron's builders print, so that equal channels get equal texts.
constexpr std::array kOrder{
    k::kTags, k::kEndpoint, k::kInterface, k::kControl, k::kControlMode, k::kMtu, k::kTermLength,
    k::kInitialTermId, k::kTermId, k::kTermOffset, k::kSessionId, k::kTtl, k::kReliable, k::kLinger,
    k::kAlias, k::kCongestionControl, k::kFlowControl, k::kGroupTag, k::kSparse, k::kEndOfStream,
    k::kTether, k::kGroup, k::kRejoin, k::kSpiesSimulateConnection, k::kSendBuffer,
    k::kReceiveBuffer, k::kTrafficClass, k::kReceiverWindow, k::kMediaReceiveTimestampOffset,
    k::kChannelReceiveTimestampOffset, k::kChannelSendTimestampOffset, k::kResponseEndpoint,
    k::kResponseCorrelationId, k::kNakDelay, k::kUntetheredWindowLimitTimeout,
    k::kUntetheredLingerTimeout, k::kUntetheredRestingTimeout, k::kMaxResend, k::kStreamId,
    k::kPublicationWindow};

bool is_plain(std::string_view text) {
    return !text.empty() &&
           text.find_first_of(std::string_view{"?|=\0", 4}) == std::string_view::npos;
}

std::string range_fault(std::string_view key, std::int64_t value, std::string_view range) {
    return std::string{key} + " must be " + std::string{range} + ": " + std::to_string(value);
}

}  // namespace

ChannelUriBuilder ChannelUriBuilder::from(const ChannelUri& channel) {
    ChannelUriBuilder builder{channel.media()};
    builder.is_spy_ = channel.is_spy();
    for (const ChannelUri::Parameter& parameter : channel.parameters()) {
        builder.parameters_.insert_or_assign(parameter.key,
                                             std::string{*channel.get(parameter.key)});
    }
    return builder;
}

Result<ChannelUriBuilder> ChannelUriBuilder::from(std::string_view channel) {
    Result<ChannelUri> parsed = ChannelUri::parse(channel);
    if (!parsed) return std::move(parsed).error();
    return from(*parsed);
}

void ChannelUriBuilder::remember(std::string fault) {
    if (!fault_) fault_ = std::move(fault);
}

Result<std::string> ChannelUriBuilder::build() const {
    const std::optional<std::string> fault = fault_ ? fault_ : first_conflict();
    if (fault) return Error{ErrorCode::invalid_channel, *fault};

    std::string text = is_spy_ ? std::string{ChannelUri::kSpyPrefix} : std::string{};
    text += media_ == Media::ipc ? "aeron:ipc" : "aeron:udp";
    char separator = '?';
    const auto print = [&](std::string_view key, std::string_view value) {
        ((((text += separator) += key) += '=') += value);
        separator = '|';
    };
    for (std::string_view key : kOrder) {
        if (const auto value = get(key)) print(key, *value);
    }
    for (const auto& [key, value] : parameters_) {
        if (std::find(kOrder.begin(), kOrder.end(), key) == kOrder.end()) print(key, value);
    }
    if (text.size() > ChannelUri::kMaxLength) {
        return Error{ErrorCode::invalid_channel,
                     "URI length (" + std::to_string(text.size()) +
                         ") exceeds max supported length (" +
                         std::to_string(ChannelUri::kMaxLength) + ")"};
    }
    return text;
}

std::string ChannelUriBuilder::str() const {
    Result<std::string> text = build();
    if (!text) throw std::invalid_argument(text.error().text);
    return *std::move(text);
}

std::optional<std::string> ChannelUriBuilder::first_conflict() const {
    if (is_spy_ && media_ != Media::udp) return "a spy needs a UDP channel";
    const ControlMode mode = [&] {
        const auto text = get(k::kControlMode);
        if (text == to_string(ControlMode::manual)) return ControlMode::manual;
        if (text == to_string(ControlMode::response)) return ControlMode::response;
        return ControlMode::none;
    }();
    const bool is_addressed = get(k::kEndpoint) || get(k::kControl) || get(k::kTags) ||
                              mode != ControlMode::none;
    if (media_ == Media::udp && !is_addressed) {
        return "URIs for UDP must specify endpoint, control, tags, or "
               "control-mode=manual/response";
    }
    if (media_ == Media::udp && get(k::kControlMode) == to_string(ControlMode::dynamic) &&
        !get(k::kControl)) {
        return "explicit control expected with dynamic control mode";
    }
    const int given = int{get(k::kInitialTermId).has_value()} + int{get(k::kTermId).has_value()} +
                      int{get(k::kTermOffset).has_value()};
    if (given != 0 && given != 3) {
        return "params: init-term-id term-id term-offset must be used as a complete set";
    }
    return std::nullopt;
}

ChannelUriBuilder& ChannelUriBuilder::put(std::string_view key, std::string_view value) {
    if (!is_plain(key)) {
        remember("key cannot be empty or contain '?', '|' or '=': " + std::string{key});
    } else if (!is_plain(value)) {
        remember("value cannot be empty or contain '?', '|' or '=': " + std::string{key} + "=" +
                 std::string{value});
    } else {
        parameters_.insert_or_assign(std::string{key}, std::string{value});
    }
    return *this;
}

ChannelUriBuilder& ChannelUriBuilder::put(std::string_view key, std::int64_t value) {
    return put(key, std::to_string(value));
}

ChannelUriBuilder& ChannelUriBuilder::erase(std::string_view key) {
    if (const auto found = parameters_.find(key); found != parameters_.end()) {
        parameters_.erase(found);
    }
    return *this;
}

std::optional<std::string_view> ChannelUriBuilder::get(std::string_view key) const {
    const auto found = parameters_.find(key);
    if (found == parameters_.end()) return std::nullopt;
    return found->second;
}

ChannelUriBuilder& ChannelUriBuilder::size(std::string_view key, std::int64_t length) {
    if (length < 0) {
        remember(range_fault(key, length, "at least 0"));
        return *this;
    }
    return put(key, format_size(static_cast<std::uint64_t>(length)));
}

ChannelUriBuilder& ChannelUriBuilder::duration(std::string_view key, Nanos value) {
    if (value < Nanos::zero()) {
        remember(range_fault(key, value.count(), "at least 0 ns"));
        return *this;
    }
    return put(key, format_duration(value));
}

ChannelUriBuilder& ChannelUriBuilder::boolean(std::string_view key, bool yes) {
    return put(key, yes ? "true" : "false");
}

ChannelUriBuilder& ChannelUriBuilder::spy(bool is_spy) {
    is_spy_ = is_spy;
    return *this;
}

ChannelUriBuilder& ChannelUriBuilder::endpoint(std::string_view host_and_port) {
    return put(k::kEndpoint, host_and_port);
}
ChannelUriBuilder& ChannelUriBuilder::network_interface(std::string_view search) {
    return put(k::kInterface, search);
}
ChannelUriBuilder& ChannelUriBuilder::control(std::string_view host_and_port) {
    return put(k::kControl, host_and_port);
}
ChannelUriBuilder& ChannelUriBuilder::control_mode(ControlMode mode) {
    if (mode == ControlMode::none) return erase(k::kControlMode);
    return put(k::kControlMode, to_string(mode));
}
ChannelUriBuilder& ChannelUriBuilder::tags(std::optional<std::int64_t> channel_tag,
                                           std::optional<std::int64_t> entity_tag) {
    if (channel_tag == uri::kNoTag || entity_tag == uri::kNoTag) {
        remember("-1 tag is reserved");
        return *this;
    }
    if (!channel_tag && !entity_tag) return erase(k::kTags);
    std::string text = channel_tag ? std::to_string(*channel_tag) : "";
    if (entity_tag) text += "," + std::to_string(*entity_tag);
    return put(k::kTags, text);
}
ChannelUriBuilder& ChannelUriBuilder::alias(std::string_view text) {
    return put(k::kAlias, text);
}
ChannelUriBuilder& ChannelUriBuilder::stream_id(std::int32_t id) {
    return put(k::kStreamId, std::int64_t{id});
}

ChannelUriBuilder& ChannelUriBuilder::mtu(std::int64_t length) {
    if (const auto fault = uri::mtu_fault(length)) {
        remember(*fault);
        return *this;
    }
    return size(k::kMtu, length);
}
ChannelUriBuilder& ChannelUriBuilder::term_length(std::int64_t length) {
    if (const auto fault = uri::term_length_fault(length)) {
        remember(*fault);
        return *this;
    }
    return size(k::kTermLength, length);
}
ChannelUriBuilder& ChannelUriBuilder::initial_term_id(std::int32_t id) {
    return put(k::kInitialTermId, std::int64_t{id});
}
ChannelUriBuilder& ChannelUriBuilder::term_id(std::int32_t id) {
    return put(k::kTermId, std::int64_t{id});
}
ChannelUriBuilder& ChannelUriBuilder::term_offset(std::int64_t offset) {
    if (offset < 0 || offset > uri::kMaxTermLength || offset % uri::kFrameAlignment != 0) {
        remember(range_fault(k::kTermOffset, offset, "a multiple of 32 from 0 to 1073741824"));
        return *this;
    }
    return put(k::kTermOffset, offset);
}
ChannelUriBuilder& ChannelUriBuilder::initial_position(std::int64_t position,
                                                       std::int32_t initial_term_id_value,
                                                       std::int64_t length) {
    if (position < 0 || position % uri::kFrameAlignment != 0) {
        remember("position not multiple of FRAME_ALIGNMENT: " + std::to_string(position));
        return *this;
    }
    if (const auto fault = uri::term_length_fault(length)) {
        remember(*fault);
        return *this;
    }
    const std::int64_t terms = position / length;
    const auto id = static_cast<std::uint32_t>(initial_term_id_value) +
                    static_cast<std::uint32_t>(terms);
    if (terms > INT32_MAX) {
        remember(range_fault("position", position, "within 2^31 terms"));
        return *this;
    }
    put(k::kTermLength, length);
    initial_term_id(initial_term_id_value);
    term_id(static_cast<std::int32_t>(id));
    return put(k::kTermOffset, position % length);
}
ChannelUriBuilder& ChannelUriBuilder::session_id(std::int32_t id) {
    return put(k::kSessionId, std::int64_t{id});
}
ChannelUriBuilder& ChannelUriBuilder::session_id_of_tag(std::int64_t entity_tag) {
    return put(k::kSessionId, "tag:" + std::to_string(entity_tag));
}
ChannelUriBuilder& ChannelUriBuilder::sparse(bool yes) {
    return boolean(k::kSparse, yes);
}
ChannelUriBuilder& ChannelUriBuilder::linger(Nanos timeout) {
    return duration(k::kLinger, timeout);
}
ChannelUriBuilder& ChannelUriBuilder::end_of_stream(bool yes) {
    return boolean(k::kEndOfStream, yes);
}
ChannelUriBuilder& ChannelUriBuilder::spies_simulate_connection(bool yes) {
    return boolean(k::kSpiesSimulateConnection, yes);
}
ChannelUriBuilder& ChannelUriBuilder::publication_window(std::int64_t length) {
    return size(k::kPublicationWindow, length);
}
ChannelUriBuilder& ChannelUriBuilder::max_resend(std::int32_t count) {
    if (count < 1 || count > uri::kMaxResendLimit) {
        remember(range_fault(k::kMaxResend, count, "from 1 to 256"));
        return *this;
    }
    return put(k::kMaxResend, std::int64_t{count});
}
ChannelUriBuilder& ChannelUriBuilder::flow_control(std::string_view strategy) {
    return put(k::kFlowControl, strategy);
}

ChannelUriBuilder& ChannelUriBuilder::ttl(int hops) {
    if (hops < 0 || hops > 255) {
        remember(range_fault(k::kTtl, hops, "from 0 to 255"));
        return *this;
    }
    return put(k::kTtl, std::int64_t{hops});
}
ChannelUriBuilder& ChannelUriBuilder::traffic_class(int value) {
    if (value < 0 || value > 255) {
        remember(range_fault(k::kTrafficClass, value, "from 0 to 255"));
        return *this;
    }
    return put(k::kTrafficClass, std::int64_t{value});
}
ChannelUriBuilder& ChannelUriBuilder::send_buffer(std::int64_t length) {
    return size(k::kSendBuffer, length);
}
ChannelUriBuilder& ChannelUriBuilder::receive_buffer(std::int64_t length) {
    return size(k::kReceiveBuffer, length);
}

ChannelUriBuilder& ChannelUriBuilder::reliable(bool yes) {
    return boolean(k::kReliable, yes);
}
ChannelUriBuilder& ChannelUriBuilder::tether(bool yes) {
    return boolean(k::kTether, yes);
}
ChannelUriBuilder& ChannelUriBuilder::rejoin(bool yes) {
    return boolean(k::kRejoin, yes);
}
ChannelUriBuilder& ChannelUriBuilder::group(std::optional<bool> forced) {
    if (!forced) return put(k::kGroup, "infer");
    return boolean(k::kGroup, *forced);
}
ChannelUriBuilder& ChannelUriBuilder::receiver_window(std::int64_t length) {
    return size(k::kReceiverWindow, length);
}
ChannelUriBuilder& ChannelUriBuilder::congestion_control(std::string_view strategy) {
    return put(k::kCongestionControl, strategy);
}
ChannelUriBuilder& ChannelUriBuilder::group_tag(std::int64_t tag) {
    return put(k::kGroupTag, tag);
}
ChannelUriBuilder& ChannelUriBuilder::nak_delay(Nanos delay) {
    return duration(k::kNakDelay, delay);
}
ChannelUriBuilder& ChannelUriBuilder::untethered_window_limit_timeout(Nanos timeout) {
    return duration(k::kUntetheredWindowLimitTimeout, timeout);
}
ChannelUriBuilder& ChannelUriBuilder::untethered_linger_timeout(Nanos timeout) {
    return duration(k::kUntetheredLingerTimeout, timeout);
}
ChannelUriBuilder& ChannelUriBuilder::untethered_resting_timeout(Nanos timeout) {
    return duration(k::kUntetheredRestingTimeout, timeout);
}

ChannelUriBuilder& ChannelUriBuilder::media_receive_timestamp_offset(std::string_view offset) {
    return put(k::kMediaReceiveTimestampOffset, offset);
}
ChannelUriBuilder& ChannelUriBuilder::channel_receive_timestamp_offset(std::string_view offset) {
    return put(k::kChannelReceiveTimestampOffset, offset);
}
ChannelUriBuilder& ChannelUriBuilder::channel_send_timestamp_offset(std::string_view offset) {
    return put(k::kChannelSendTimestampOffset, offset);
}
ChannelUriBuilder& ChannelUriBuilder::response_endpoint(std::string_view host_and_port) {
    return put(k::kResponseEndpoint, host_and_port);
}
ChannelUriBuilder& ChannelUriBuilder::response_correlation_id(std::int64_t id) {
    if (id == uri::kPrototypeResponse) return put(k::kResponseCorrelationId, "prototype");
    if (id < uri::kNoResponse) {
        remember(range_fault(k::kResponseCorrelationId, id, "-1, the prototype's -2, or an id"));
        return *this;
    }
    return put(k::kResponseCorrelationId, id);
}

}  // namespace tern

#include "tern/uri/subscription_params.hpp"

#include "tern/base/value_parser.hpp"
#include "tern/uri/param_reader.hpp"
#include "tern/uri/untethered_timeouts.hpp"
#include "tern/uri/uri_keys.hpp"

namespace tern::uri {
namespace {

/// Never an error: what is neither "true" nor "infer" is off.
void read_group(const ParamReader& reader, TriState& group) {
    const auto text = reader.get(key::kGroup);
    if (!text) return;
    if (*text == "true") {
        group = TriState::force_true;
    } else if (*text == "infer") {
        group = TriState::infer;
    } else {
        group = TriState::force_false;
    }
}

void read_nak_delay(ParamReader& reader, std::optional<Nanos>& delay) {
    const auto text = reader.get(key::kNakDelay);
    if (!text) return;
    delay = parse_duration(*text);
    if (!delay) reader.fail("nak-delay is not parseable: " + std::string{*text});
}

}  // namespace

Result<SubscriptionParams> SubscriptionParams::parse(const ChannelUri& channel,
                                                     const SubscriptionDefaults& defaults) {
    SubscriptionParams params{
        .is_reliable = defaults.is_reliable,
        .is_sparse = defaults.is_sparse,
        .is_tethered = defaults.is_tethered,
        .rejoins = defaults.rejoins,
        .group = defaults.group,
        .is_response = channel.control_mode() == ControlMode::response,
        .receiver_window_length = defaults.receiver_window_length,
        .congestion_control = {},
        .group_tag = defaults.group_tag,
    };
    ParamReader reader{channel};
    reader.boolean(key::kReliable, params.is_reliable);
    reader.boolean(key::kSparse, params.is_sparse);
    reader.boolean(key::kTether, params.is_tethered);
    reader.boolean(key::kRejoin, params.rejoins);
    read_group(reader, params.group);
    reader.int32(key::kSessionId, params.session_id);
    reader.size(key::kReceiverWindow, params.receiver_window_length);
    params.untethered = read_untethered_timeouts(
        reader, {.window_limit = defaults.untethered_window_limit_timeout,
                 .linger = defaults.untethered_linger_timeout,
                 .resting = defaults.untethered_resting_timeout});
    if (channel.is_ipc()) {
        params.is_reliable = true;
        params.group = TriState::infer;
        params.group_tag.reset();
    } else if (!channel.is_spy()) {
        params.congestion_control = channel.get(key::kCongestionControl).value_or("");
        read_nak_delay(reader, params.nak_delay);
        reader.int64(key::kGroupTag, params.group_tag);
    }
    if (reader.failed()) return reader.error();
    return params;
}

}  // namespace tern::uri

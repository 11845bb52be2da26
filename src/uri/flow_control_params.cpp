#include "tern/uri/flow_control_params.hpp"

#include <limits>

#include "tern/base/value_parser.hpp"
#include "tern/uri/number_text.hpp"
#include "tern/uri/uri_keys.hpp"

namespace tern::uri {
namespace {

constexpr std::size_t kMaxNumberLength = 63;

/// One option and all of them, for the texts of its faults.
struct Field {
    std::string_view text;
    std::string_view all;

    Error fault(std::string_view what) const {
        return {ErrorCode::generic_error, std::string{what} + ", field: " + std::string{text} +
                                              ", options: " + std::string{all}};
    }
    std::optional<std::string_view> after(std::string_view prefix) const {
        if (!text.starts_with(prefix)) return std::nullopt;
        return text.substr(prefix.size());
    }
};

Result<void> check_length(const Field& field, std::string_view number) {
    if (number.size() <= kMaxNumberLength) return {};
    return field.fault("Flow control options - number field too long (found " +
                       std::to_string(number.size()) + ", max " +
                       std::to_string(kMaxNumberLength) + ")");
}

Result<void> read_group(const Field& field, std::string_view value, FlowControlParams& params) {
    if (value.empty()) return field.fault("Flow control options - invalid group");
    const std::size_t slash = value.find('/');
    const std::string_view tag = value.substr(0, slash);
    if (auto fits = check_length(field, tag); !fits) return fits;
    if (!tag.empty()) {
        params.group_tag = parse_decimal(tag);
        if (!params.group_tag) return field.fault("Flow control options - invalid group");
    }
    if (slash == std::string_view::npos) return {};
    const std::string_view count_text = value.substr(slash + 1);
    if (auto fits = check_length(field, count_text); !fits) return fits;
    const auto count = parse_decimal(count_text);
    if (!count || *count < 0 || *count > std::numeric_limits<std::int32_t>::max()) {
        return field.fault("Group count invalid");
    }
    params.min_group_size = static_cast<std::int32_t>(*count);
    return {};
}

Result<void> read_timeout(const Field& field, std::string_view value, FlowControlParams& params) {
    if (auto fits = check_length(field, value); !fits) return fits;
    params.receiver_timeout = parse_duration(value);
    if (!params.receiver_timeout) return field.fault("Flow control options - invalid timeout");
    return {};
}

Result<void> read_multiple(const Field& field, std::string_view value, FlowControlParams& params) {
    if (auto fits = check_length(field, value); !fits) return fits;
    const auto multiple = parse_decimal(value);
    if (!multiple || *multiple < 1 || *multiple > std::numeric_limits<std::int32_t>::max()) {
        return field.fault("Flow control options - invalid flow control retransmit receiver "
                           "window multiple");
    }
    params.retransmit_window_multiple = static_cast<std::int32_t>(*multiple);
    return {};
}

Result<void> read_option(const Field& field, FlowControlParams& params) {
    if (const auto value = field.after("rrwm:")) return read_multiple(field, *value, params);
    if (params.strategy != FlowControlStrategy::max) {
        if (const auto value = field.after("g:")) return read_group(field, *value, params);
        if (const auto value = field.after("t:")) return read_timeout(field, *value, params);
    }
    return field.fault("Flow control options - unrecognised option");
}

std::optional<FlowControlStrategy> strategy_named(std::string_view name) {
    if (name == "max") return FlowControlStrategy::max;
    if (name == "min") return FlowControlStrategy::min;
    if (name == "tagged") return FlowControlStrategy::tagged;
    return std::nullopt;
}

}  // namespace

Result<std::optional<FlowControlParams>> FlowControlParams::parse(const ChannelUri& channel) {
    const auto text = channel.get(key::kFlowControl);
    if (!text) return std::optional<FlowControlParams>{};
    const auto in_channel = [&](std::string message) {
        return Error{ErrorCode::generic_error, std::move(message) + " URI: " + channel.text()};
    };
    const std::string_view name = text->substr(0, text->find(','));
    if (name.empty()) return in_channel("No flow control strategy name specified,");
    const auto strategy = strategy_named(name);
    if (!strategy) {
        return in_channel("Invalid flow control strategy name: " + std::string{name} + " from");
    }
    FlowControlParams params{.strategy = *strategy};
    std::string_view rest = text->substr(name.size());
    while (!rest.empty()) {
        rest.remove_prefix(1);   // the comma
        const Field field{.text = rest.substr(0, rest.find(',')), .all = *text};
        if (auto read = read_option(field, params); !read) return std::move(read).error();
        rest.remove_prefix(field.text.size());
    }
    return std::optional<FlowControlParams>{params};
}

}  // namespace tern::uri

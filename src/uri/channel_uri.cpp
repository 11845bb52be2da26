#include "tern/uri/channel_uri.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "tern/uri/uri_keys.hpp"

namespace tern {
namespace {

constexpr std::string_view kScheme = "aeron:";

/// As much of a channel as an error repeats.
std::string shown(std::string_view text) {
    return std::string{text.substr(0, ChannelUri::kMaxLength)};
}

Error syntax_error(std::string_view message, std::string_view text) {
    return {ErrorCode::invalid_channel, std::string{message} + ": channel=" + shown(text)};
}

Error not_a_channel(std::string_view text) {
    return {ErrorCode::invalid_channel, "invalid URI scheme or transport: " + shown(text)};
}

struct Split {
    Media            media;
    std::string_view parameters;   // after the '?'
};

/// The part before the parameters. A channel of IPC may end after its media, one of UDP may not.
std::optional<Split> split_at_question_mark(std::string_view text) {
    if (!text.starts_with(kScheme)) return std::nullopt;
    const std::string_view rest = text.substr(kScheme.size());
    if (rest == "ipc") return Split{Media::ipc, {}};
    if (rest.starts_with("ipc?")) return Split{Media::ipc, rest.substr(4)};
    if (rest.starts_with("udp?")) return Split{Media::udp, rest.substr(4)};
    return std::nullopt;
}

std::optional<std::string_view> if_not_empty(std::string_view text) {
    if (text.empty()) return std::nullopt;
    return text;
}

}  // namespace

std::string_view to_string(ControlMode mode) {
    switch (mode) {
        case ControlMode::manual: return "manual";
        case ControlMode::dynamic: return "dynamic";
        case ControlMode::response: return "response";
        case ControlMode::none: break;
    }
    return "none";
}

Result<ChannelUri> ChannelUri::parse(std::string_view text) {
    ChannelUri uri;
    uri.text_ = text;   // from here on our own: a client may still be writing to a command's body
    text = uri.text_;
    std::string_view channel = text;
    uri.is_spy_ = text.starts_with(kSpyPrefix);
    if (uri.is_spy_) channel.remove_prefix(kSpyPrefix.size());
    if (channel.size() > kMaxLength) {
        return Error{ErrorCode::invalid_channel,
                     "URI length (" + std::to_string(channel.size()) +
                         ") exceeds max supported length (" + std::to_string(kMaxLength) +
                         "): " + shown(channel)};
    }
    if (channel.find('\0') != std::string_view::npos) {
        return syntax_error("NUL byte not allowed", channel.substr(0, channel.find('\0')));
    }
    const std::optional<Split> split = split_at_question_mark(channel);
    if (!split) return not_a_channel(text);
    if (uri.is_spy_ && split->media != Media::udp) {
        return syntax_error("UDP channels must use UDP URIs", text);
    }
    uri.media_ = split->media;
    if (Result<void> parsed = uri.parse_parameters(split->parameters); !parsed) {
        return std::move(parsed).error();
    }
    return uri;
}

// One pass, key and value in turn. A text that ends within a key has lost its end somewhere; that
// key is dropped, as Aeron's C driver does it.
Result<void> ChannelUri::parse_parameters(std::string_view text) {
    while (!text.empty()) {
        const std::size_t key_end = text.find_first_of("=|");
        if (key_end == std::string_view::npos) return {};
        if (text[key_end] == '|') return syntax_error("invalid end of key", text_);
        if (key_end == 0) return syntax_error("empty key not allowed", text_);

        const std::string_view key = text.substr(0, key_end);
        text.remove_prefix(key_end + 1);
        const std::string_view value = text.substr(0, text.find('|'));
        if (value.empty()) return syntax_error("empty value not allowed", text_);
        parameters_.push_back({std::string{key}, std::string{value}});
        text.remove_prefix(std::min(value.size() + 1, text.size()));
    }
    return {};
}

bool ChannelUri::last_wins(std::string_view key) const {
    namespace k = uri::key;
    static constexpr std::array kOfIpc{k::kControlMode, k::kTags};
    static constexpr std::array kOfUdp{k::kEndpoint,    k::kInterface, k::kControl,
                                       k::kControlMode, k::kTtl,       k::kTags};
    const auto contains = [&](const auto& keys) {
        return std::find(keys.begin(), keys.end(), key) != keys.end();
    };
    return media_ == Media::ipc ? contains(kOfIpc) : contains(kOfUdp);
}

const ChannelUri::Parameter* ChannelUri::find(std::string_view key) const {
    const auto is_it = [&](const Parameter& parameter) { return parameter.key == key; };
    if (last_wins(key)) {
        const auto found = std::find_if(parameters_.rbegin(), parameters_.rend(), is_it);
        return found == parameters_.rend() ? nullptr : &*found;
    }
    const auto found = std::find_if(parameters_.begin(), parameters_.end(), is_it);
    return found == parameters_.end() ? nullptr : &*found;
}

std::optional<std::string_view> ChannelUri::get(std::string_view key) const {
    const Parameter* parameter = find(key);
    if (parameter == nullptr) return std::nullopt;
    return parameter->value;
}

ControlMode ChannelUri::control_mode() const {
    const std::optional<std::string_view> text = get(uri::key::kControlMode);
    for (ControlMode mode : {ControlMode::manual, ControlMode::dynamic, ControlMode::response}) {
        if (text == to_string(mode)) return mode;
    }
    return ControlMode::none;
}

std::optional<std::string_view> ChannelUri::channel_tag_text() const {
    const std::optional<std::string_view> tags = get(uri::key::kTags);
    if (!tags) return std::nullopt;
    return if_not_empty(tags->substr(0, tags->find(',')));
}

std::optional<std::string_view> ChannelUri::entity_tag_text() const {
    const std::optional<std::string_view> tags = get(uri::key::kTags);
    if (!tags || tags->find(',') == std::string_view::npos) return std::nullopt;
    return if_not_empty(tags->substr(tags->find(',') + 1));
}

Result<ChannelUri> parse_publication_channel(std::string_view text) {
    const std::string own{text};
    if (own.starts_with(ChannelUri::kSpyPrefix)) return not_a_channel(own);
    return ChannelUri::parse(own);
}

Result<ChannelUri> parse_subscription_channel(std::string_view text) {
    return ChannelUri::parse(text);
}

}  // namespace tern

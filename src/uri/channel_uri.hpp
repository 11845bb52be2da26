#pragma once

/// The text that names a channel, taken apart (spec channel-uri.md, 2): "aeron:udp?endpoint=...",
/// "aeron:ipc", "aeron-spy:aeron:udp?...". Syntax only: what the values mean is in the *_params.hpp
/// beside this file. A plain value that owns its text; no thread of its own.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tern/base/error.hpp"

namespace tern {

enum class Media { ipc, udp };

/// A `control-mode` that is not one of these counts as none.
enum class ControlMode { none, manual, dynamic, response };
std::string_view to_string(ControlMode mode);

class ChannelUri {
  public:
    struct Parameter {
        std::string key;
        std::string value;
        bool operator==(const Parameter&) const = default;
    };

    static constexpr std::size_t      kMaxLength = 4095;   // bytes
    static constexpr std::string_view kIpcPrefix = "aeron:ipc";
    static constexpr std::string_view kSpyPrefix = "aeron-spy:";

    /// Copies the text first and looks at the copy only, so that what lies in memory that another
    /// process can write to may be given as it is. Errors: invalid_channel, with the channel.
    static Result<ChannelUri> parse(std::string_view text);

    /// As it came, byte for byte: what counters, errors and events show.
    const std::string& text() const { return text_; }
    Media media() const { return media_; }
    bool is_spy() const { return is_spy_; }
    bool is_ipc() const { return media_ == Media::ipc; }

    /// In the order given, duplicates included.
    const std::vector<Parameter>& parameters() const { return parameters_; }

    bool has(std::string_view key) const { return find(key) != nullptr; }
    /// The value that counts: of a repeated key the first, of `endpoint`, `interface`, `control`,
    /// `control-mode`, `ttl` and `tags` the last, as in Aeron's C driver.
    std::optional<std::string_view> get(std::string_view key) const;

    ControlMode control_mode() const;
    /// The halves of `tags` as they stand, absent where empty; see `entity_tag` in
    /// publication_params.hpp and `channel_tag` in udp_channel.hpp for their values.
    std::optional<std::string_view> channel_tag_text() const;
    std::optional<std::string_view> entity_tag_text() const;

  private:
    const Parameter* find(std::string_view key) const;
    bool last_wins(std::string_view key) const;
    Result<void> parse_parameters(std::string_view text);

    std::string            text_;
    Media                  media_ = Media::ipc;
    bool                   is_spy_ = false;
    std::vector<Parameter> parameters_;
};

/// The channel of a publication command: no spy. Errors: invalid_channel.
Result<ChannelUri> parse_publication_channel(std::string_view text);

/// The channel of a subscription command: any. Errors: invalid_channel.
Result<ChannelUri> parse_subscription_channel(std::string_view text);

/// A destination of a publication with `control-mode=manual` (spec 15.1, checks 3 to 8).
/// Errors: invalid_channel, generic_error.
Result<ChannelUri> parse_send_destination(std::string_view text);

/// A destination of a subscription with `control-mode=manual` (spec 15.2). Errors: invalid_channel.
Result<ChannelUri> parse_receive_destination(std::string_view text);

/// The check that comes before: does the channel take destinations at all? `registration_id` is the
/// publication's, for the text. Errors: generic_error for a publication, invalid_channel for a
/// subscription.
Result<void> check_takes_send_destinations(const ChannelUri& publication,
                                           std::int64_t registration_id);
Result<void> check_takes_receive_destinations(const ChannelUri& subscription);

}  // namespace tern

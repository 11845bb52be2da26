#pragma once

/// Typed reading of a channel's parameters; for the .cpp files of this folder. Each `read` leaves
/// its target alone where the channel does not have the key, and keeps the first fault: the rest of
/// a function that reads ten parameters then needs one check, at its end.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tern/base/clock.hpp"
#include "tern/uri/channel_uri.hpp"

namespace tern::uri {

class ParamReader {
  public:
    explicit ParamReader(const ChannelUri& channel) : channel_(channel) {}

    const ChannelUri& channel() const { return channel_; }
    bool has(std::string_view key) const { return channel_.has(key); }
    std::optional<std::string_view> get(std::string_view key) const { return channel_.get(key); }

    void size(std::string_view key, std::int64_t& value);
    void duration(std::string_view key, Nanos& value);
    void duration(std::string_view key, std::optional<Nanos>& value);
    void boolean(std::string_view key, bool& value);
    void int32(std::string_view key, std::int32_t& value);
    void int32(std::string_view key, std::optional<std::int32_t>& value);
    void int64(std::string_view key, std::optional<std::int64_t>& value);

    bool failed() const { return fault_.has_value(); }
    void fail(ErrorCode code, std::string message);
    /// generic_error: what the C driver makes of nearly every bad value.
    void fail(std::string message) { fail(ErrorCode::generic_error, std::move(message)); }
    /// The first fault, with the channel at its end. Only if `failed()`.
    Error error() const;

  private:
    void fail_value(std::string_view key, std::string_view value, std::string_view rest);

    const ChannelUri&    channel_;
    std::optional<Error> fault_;
};

}  // namespace tern::uri

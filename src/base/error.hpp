#pragma once

/// Errors as values. Codes are Aeron's: those that a driver sends to a client are positive and
/// small (spec control-protocol.md), those of a client's own time-outs start at 1000.

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "tern/base/assert.hpp"

namespace tern {

enum class ErrorCode : int {
    invalid_argument = -22,    // EINVAL: a caller's mistake; never crosses between processes
    unknown_code_value = -1,   // what a client makes of a code that it does not know
    none = 0,
    invalid_channel = 1,
    unknown_subscription = 2,
    unknown_publication = 3,
    channel_endpoint_error = 4,
    unknown_counter = 5,
    unknown_command_type_id = 6,
    malformed_command = 7,
    not_supported = 8,
    unknown_host = 9,
    resource_temporarily_unavailable = 10,
    generic_error = 11,
    storage_space = 12,
    image_rejected = 13,
    publication_revoked = 14,
    driver_timeout = 1000,
    client_timeout = 1001,
    conductor_service_timeout = 1002,
    buffer_full = 1003,
    driver_buffer_full = 1004,
    client_illegal_state = 1005,
    client_buffer_lapped = 1006,
};

struct Error {
    ErrorCode   code = ErrorCode::generic_error;
    std::string text;   // for an operator: what failed, the value at fault, what to do

    /// Says what we were doing: "mapping log buffers /dev/shm/...: <text>".
    [[nodiscard]] Error within(std::string doing) && {
        return {code, std::move(doing) + ": " + std::move(text)};
    }
};

/// A T or an Error. Test it before use; `value()` of an error is our own mistake and stops.
template <typename T>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit
    explicit operator bool() const { return state_.index() == 0; }
    T& value() & { TERN_ASSERT(*this); return std::get<0>(state_); }
    const T& value() const& { TERN_ASSERT(*this); return std::get<0>(state_); }
    T&& value() && { TERN_ASSERT(*this); return std::get<0>(std::move(state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    Error& error() & { TERN_ASSERT(!*this); return std::get<1>(state_); }
    const Error& error() const& { TERN_ASSERT(!*this); return std::get<1>(state_); }
    Error&& error() && { TERN_ASSERT(!*this); return std::get<1>(std::move(state_)); }

  private:
    std::variant<T, Error> state_;
};

/// Success, or an Error.
template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit
    explicit operator bool() const { return !error_; }
    Error& error() & { TERN_ASSERT(error_.has_value()); return *error_; }
    const Error& error() const& { TERN_ASSERT(error_.has_value()); return *error_; }
    Error&& error() && { TERN_ASSERT(error_.has_value()); return *std::move(error_); }

  private:
    std::optional<Error> error_;
};

}  // namespace tern

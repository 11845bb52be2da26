#pragma once

/// What calls that set up or control something throw. Offers and polls never throw: they answer
/// with values.

#include <cstdint>
#include <stdexcept>
#include <string>

#include "tern/base/error.hpp"

namespace tern {

/// The root of all of them. `what()` names what is at fault and what to do about it.
class Exception : public std::runtime_error {
  public:
    explicit Exception(const Error& error) : std::runtime_error(error.text), code_(error.code) {}
    /// Numbered as in Aeron (spec control-protocol.md 6).
    ErrorCode code() const { return code_; }

  private:
    ErrorCode code_;
};

/// There is no driver in the directory, or its heartbeat is too old.
class DriverNotRunning : public Exception {
  public:
    using Exception::Exception;
};

/// The driver died, was shut down, or did not answer in time.
class DriverTimeout : public Exception {
  public:
    using Exception::Exception;
};

/// The driver gave up on this client, which did not show a sign of life for too long.
class ClientTimeout : public Exception {
  public:
    using Exception::Exception;
};

/// This client's own conductor was not run often enough (a stopped process, a debugger, a slow
/// handler).
class ServiceTimeout : public Exception {
  public:
    using Exception::Exception;
};

/// The context was closed, or ended by an earlier error, which the text names.
class ContextClosed : public Exception {
  public:
    using Exception::Exception;
};

/// The driver refused a request; `code()` says why, `what()` in words.
class RegistrationError : public Exception {
  public:
    RegistrationError(const Error& error, std::int64_t correlation_id)
        : Exception(error), correlation_id_(correlation_id) {}
    std::int64_t correlation_id() const { return correlation_id_; }

  private:
    std::int64_t correlation_id_;
};

/// A setting or an argument that cannot be, or a driver of another version.
class InvalidArgument : public Exception {
  public:
    using Exception::Exception;
};

/// Throws the exception that fits an error of a client.
[[noreturn]] void throw_error(const Error& error);
/// The same for the answer to a request.
[[noreturn]] void throw_error(const Error& error, std::int64_t correlation_id);

}  // namespace tern

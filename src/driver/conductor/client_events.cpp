#include "tern/driver/conductor/client_events.hpp"

namespace tern::driver {
namespace {

constexpr std::size_t kMaxErrorText = 8191;  // bytes that an error event carries

}  // namespace

void ClientEvents::failure(std::int64_t correlation_id, const Error& error) {
    const std::string_view text(error.text);
    send(protocol::CommandError{.offending_correlation_id = correlation_id,
                                .error_code = static_cast<std::int32_t>(error.code),
                                .message = text.substr(0, kMaxErrorText)});
    if (error.code != ErrorCode::resource_temporarily_unavailable) errors_.report(error);
}

}  // namespace tern::driver

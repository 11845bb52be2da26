#include "tern/protocol/error_codes.hpp"

namespace tern::protocol {

ErrorCode error_code_from_wire(std::int32_t value) {
    const bool is_known = value >= static_cast<std::int32_t>(ErrorCode::none) &&
                          value <= static_cast<std::int32_t>(ErrorCode::publication_revoked);
    return is_known ? static_cast<ErrorCode>(value) : ErrorCode::unknown_code_value;
}

std::string_view description_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid_argument: return "invalid argument";
        case ErrorCode::none:
        case ErrorCode::generic_error: return "generic error, see message";
        case ErrorCode::invalid_channel: return "invalid channel";
        case ErrorCode::unknown_subscription: return "unknown subscription";
        case ErrorCode::unknown_publication: return "unknown publication";
        case ErrorCode::channel_endpoint_error: return "channel endpoint error";
        case ErrorCode::unknown_counter: return "unknown counter";
        case ErrorCode::unknown_command_type_id: return "unknown command type id";
        case ErrorCode::malformed_command: return "malformed command";
        case ErrorCode::not_supported: return "not supported";
        case ErrorCode::unknown_host: return "unknown host";
        case ErrorCode::resource_temporarily_unavailable:
            return "resource temporarily unavailable";
        case ErrorCode::storage_space: return "insufficient storage space";
        case ErrorCode::image_rejected: return "image rejected";
        case ErrorCode::publication_revoked: return "publication revoked";
        case ErrorCode::driver_timeout: return "driver timeout";
        case ErrorCode::client_timeout: return "client timeout";
        case ErrorCode::conductor_service_timeout: return "client service timeout";
        case ErrorCode::buffer_full: return "client command buffer full";
        case ErrorCode::driver_buffer_full: return "driver command buffer full";
        case ErrorCode::client_illegal_state: return "client illegal state";
        case ErrorCode::client_buffer_lapped:
            return "aeron_broadcast_receiver_t illegal state";
        case ErrorCode::unknown_code_value: break;
    }
    return "unknown error code";
}

}  // namespace tern::protocol

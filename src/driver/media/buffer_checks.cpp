#include "tern/driver/media/buffer_checks.hpp"

#include <string_view>

namespace tern::driver {
namespace {

std::string shortfall(std::string_view option, std::int64_t attempted, std::int64_t actual) {
    return "WARNING: Could not get desired " + std::string(option) +
           ", adjust OS buffer to match AERON_SOCKET_" + std::string(option) +
           ": attempted=" + std::to_string(attempted) + ", actual=" + std::to_string(actual);
}

Error too_small(std::string text, std::int64_t needed, std::string_view option,
                std::int64_t actual) {
    return {ErrorCode::generic_error, std::move(text) + std::to_string(needed) + ", " +
                                          std::string(option) + "=" + std::to_string(actual)};
}

}  // namespace

Result<std::vector<std::string>> check_socket_buffers(const SocketBufferLimits& limits,
                                                      const Settings& settings) {
    const std::int64_t asked_send = settings.socket_send_buffer_length;
    const std::int64_t asked_receive = settings.socket_receive_buffer_length;
    const std::int64_t send = limits.granted_send(asked_send);
    const std::int64_t receive = limits.granted_receive(asked_receive);

    std::vector<std::string> warnings;
    if (send > 0 && send < asked_send) {
        warnings.push_back(shortfall("SO_SNDBUF", asked_send, send));
    }
    if (receive > 0 && receive < asked_receive) {
        warnings.push_back(shortfall("SO_RCVBUF", asked_receive, receive));
    }
    if (send > 0 && settings.mtu_length > send) {
        return too_small(
            "MTU greater than socket SO_SNDBUF, adjust AERON_SOCKET_SO_SNDBUF to match MTU: "
            "mtuLength=",
            settings.mtu_length, "SO_SNDBUF", send);
    }
    if (receive > 0 && settings.initial_window_length > receive) {
        return too_small(
            "Window length greater than socket SO_RCVBUF, increase "
            "AERON_RCV_INITIAL_WINDOW_LENGTH to match window: windowLength=",
            settings.initial_window_length, "SO_RCVBUF", receive);
    }
    return warnings;
}

}  // namespace tern::driver

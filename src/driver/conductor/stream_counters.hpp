#pragma once

/// Type ids, key bytes and label texts of the counters that the driver makes for streams and
/// clients (spec counters.md, sections 4, 5, 8, 9 and 11). Only the words: CounterTable allocates.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "tern/shm/counters.hpp"
#include "tern/base/bytes.hpp"

namespace tern::driver {

/// Types 0 to 20 of the catalogue (counters.md, section 7).
enum class CounterType : std::int32_t {
    system = 0,
    publisher_limit = 1,
    sender_position = 2,
    receiver_hwm = 3,
    subscriber_position = 4,
    receiver_position = 5,
    send_channel = 6,
    receive_channel = 7,
    sender_limit = 9,
    congestion_control = 10,
    client_heartbeat = 11,
    publisher_position = 12,
    sender_back_pressure = 13,
    local_socket_address = 14,
    flow_control_receivers = 17,
    send_destinations = 18,
    sender_naks_received = 19,
    receiver_naks_sent = 20,
};

/// Values of the status counters of channels and of their sockets (10.1).
enum class ChannelStatus : std::int64_t { errored = -1, initializing = 0, active = 1, closing = 2 };

inline void set_status(Counter counter, ChannelStatus status) {
    counter.set(static_cast<std::int64_t>(status));
}

inline constexpr std::int64_t kNoOwner = -1;

/// Everything about a counter that is about to be allocated.
struct CounterSpec {
    std::int32_t type_id = 0;
    std::array<std::byte, 112> key{};
    std::size_t key_length = 0;
    std::string label;
    std::int64_t registration_id = 0;
    std::int64_t owner_id = 0;
    std::int64_t reference_id = 0;
    std::int64_t initial_value = 0;

    ConstBytes key_bytes() const { return ConstBytes(key).first(key_length); }
};

/// The stream that a counter belongs to. `registration_id` is the publication's, the subscription's
/// or the image's.
struct StreamIdentity {
    std::int64_t registration_id = 0;
    std::int64_t owner_id = 0;  // the client
    std::int32_t session_id = 0;
    std::int32_t stream_id = 0;
    std::string_view channel;  // as in the command, byte for byte
};

/// Of any stream: "snd-pos: <registration id> <session id> <stream id> <channel>" (key K1).
CounterSpec stream_counter(CounterType type, std::string_view name, const StreamIdentity& stream);

CounterSpec publisher_position_counter(const StreamIdentity& stream, bool is_exclusive,
                                       std::int64_t position);
CounterSpec publisher_limit_counter(const StreamIdentity& stream, std::int64_t position);
/// `image_id` is the registration id of the publication or image that is read.
CounterSpec subscriber_position_counter(const StreamIdentity& stream, std::int64_t image_id,
                                        std::int64_t join_position);

/// Of a channel (key K2): "<name>: <channel>", where the name is snd-channel, rcv-channel or
/// mdc-num-dest. `registration_id` is that of the command that made the endpoint.
CounterSpec channel_counter(CounterType type, std::string_view name, std::int64_t registration_id,
                            std::string_view channel);
/// The label of a channel's status counter once its socket is bound; an empty address leaves a
/// blank at the end.
std::string channel_label(std::string_view name, std::string_view channel,
                          std::string_view address);
/// Of a bound socket (key K4): "snd-local-sockaddr: <status counter id> <address>".
CounterSpec local_address_counter(std::string_view name, std::int64_t registration_id,
                                  std::int32_t channel_status_id, std::string_view address);

CounterSpec client_heartbeat_counter(std::int64_t client_id, std::int64_t epoch_ms);

}  // namespace tern::driver

#include "tern/driver/conductor/stream_counters.hpp"

#include <algorithm>

namespace tern::driver {
namespace {

// The stream key (layout K1): registration id, session id, stream id, then as much of the channel
// as fits.
constexpr std::size_t kSessionIdAt = 8;
constexpr std::size_t kStreamIdAt = 12;
constexpr std::size_t kChannelLengthAt = 16;
constexpr std::size_t kChannelAt = 20;
constexpr std::size_t kChannelMax = 112 - kChannelAt;
static_assert(kChannelMax == 92);

// Keys K2 and K4: the text follows its length.
constexpr std::size_t kChannelKeyMax = 112 - 4;
constexpr std::size_t kAddressLengthAt = 4;
constexpr std::size_t kAddressAt = 8;
constexpr std::size_t kAddressMax = 103;

}  // namespace

CounterSpec stream_counter(CounterType type, std::string_view name, const StreamIdentity& stream) {
    CounterSpec spec;
    spec.type_id = static_cast<std::int32_t>(type);
    const std::size_t channel_length = std::min(stream.channel.size(), kChannelMax);
    std::byte* key = spec.key.data();
    store_plain(key, stream.registration_id);
    store_plain(key + kSessionIdAt, stream.session_id);
    store_plain(key + kStreamIdAt, stream.stream_id);
    store_plain(key + kChannelLengthAt, static_cast<std::int32_t>(channel_length));
    std::memcpy(key + kChannelAt, stream.channel.data(), channel_length);
    spec.key_length = spec.key.size();
    spec.label.append(name).append(": ").append(std::to_string(stream.registration_id));
    spec.label.append(" ").append(std::to_string(stream.session_id));
    spec.label.append(" ").append(std::to_string(stream.stream_id));
    spec.label.append(" ").append(stream.channel);
    spec.registration_id = stream.registration_id;
    spec.owner_id = stream.owner_id;
    return spec;
}

CounterSpec publisher_position_counter(const StreamIdentity& stream, bool is_exclusive,
                                       std::int64_t position) {
    CounterSpec spec =
        stream_counter(CounterType::publisher_position,
                       is_exclusive ? "pub-pos (exclusive)" : "pub-pos (concurrent)", stream);
    spec.initial_value = position;
    return spec;
}

CounterSpec publisher_limit_counter(const StreamIdentity& stream, std::int64_t position) {
    CounterSpec spec = stream_counter(CounterType::publisher_limit, "pub-lmt", stream);
    spec.initial_value = position;
    return spec;
}

CounterSpec subscriber_position_counter(const StreamIdentity& stream, std::int64_t image_id,
                                        std::int64_t join_position) {
    CounterSpec spec = stream_counter(CounterType::subscriber_position, "sub-pos", stream);
    spec.label.append(" @").append(std::to_string(join_position));
    spec.reference_id = image_id;
    spec.initial_value = join_position;
    return spec;
}

CounterSpec channel_counter(CounterType type, std::string_view name, std::int64_t registration_id,
                            std::string_view channel) {
    CounterSpec spec;
    spec.type_id = static_cast<std::int32_t>(type);
    const std::size_t length = std::min(channel.size(), kChannelKeyMax);
    store_plain(spec.key.data(), static_cast<std::int32_t>(length));
    std::memcpy(spec.key.data() + sizeof(std::int32_t), channel.data(), length);
    spec.key_length = spec.key.size();
    spec.label.append(name).append(": ").append(channel);
    spec.registration_id = registration_id;
    return spec;
}

std::string channel_label(std::string_view name, std::string_view channel,
                          std::string_view address) {
    return std::string(name).append(": ").append(channel).append(" ").append(address);
}

CounterSpec local_address_counter(std::string_view name, std::int64_t registration_id,
                                  std::int32_t channel_status_id, std::string_view address) {
    CounterSpec spec;
    spec.type_id = static_cast<std::int32_t>(CounterType::local_socket_address);
    const std::size_t length = std::min(address.size(), kAddressMax);
    store_plain(spec.key.data(), channel_status_id);
    store_plain(spec.key.data() + kAddressLengthAt, static_cast<std::int32_t>(length));
    std::memcpy(spec.key.data() + kAddressAt, address.data(), length);
    spec.key_length = spec.key.size();
    spec.label.append(name).append(": ").append(std::to_string(channel_status_id));
    spec.label.append(" ").append(address);
    spec.registration_id = registration_id;
    return spec;
}

CounterSpec client_heartbeat_counter(std::int64_t client_id, std::int64_t epoch_ms) {
    CounterSpec spec;
    spec.type_id = static_cast<std::int32_t>(CounterType::client_heartbeat);
    store_plain(spec.key.data(), client_id);
    spec.key_length = sizeof client_id;
    spec.label = "client-heartbeat: id=" + std::to_string(client_id);
    spec.registration_id = client_id;
    spec.owner_id = client_id;
    spec.initial_value = epoch_ms;
    return spec;
}

}  // namespace tern::driver

#include "tern/driver/media/channel_sockets.hpp"

namespace tern::driver {
namespace {

using uri::UdpChannel;

std::int64_t first_set(std::int64_t of_channel, std::int64_t of_settings) {
    return of_channel != 0 ? of_channel : of_settings;
}

std::int64_t send_buffer(const UdpChannel& channel, const Settings& settings) {
    return first_set(channel.socket.send_buffer, settings.socket_send_buffer_length);
}

std::int64_t receive_buffer(const UdpChannel& channel, const Settings& settings) {
    return first_set(channel.socket.receive_buffer, settings.socket_receive_buffer_length);
}

std::int32_t traffic_class(const UdpChannel& channel, const Settings& settings) {
    return channel.socket.traffic_class.value_or(settings.socket_tos);
}

void set_multicast(SocketSpec& spec, const UdpChannel& channel, const Settings& settings) {
    spec.multicast_interface = channel.local.ip;
    spec.interface_index = channel.interface_index;
    spec.multicast_ttl =
        static_cast<std::uint8_t>(first_set(channel.socket.ttl, settings.multicast_ttl));
}

// On every interface address; IP_MULTICAST_ALL and the group keep others' datagrams out.
void set_group(SocketSpec& spec, const SocketAddress& group) {
    spec.bind = SocketAddress{IpAddress::any(group.ip.family()), group.port};
    spec.join = group.ip;
    spec.shares_port = true;
}

}  // namespace

SendSocketSpecs send_socket_specs(const UdpChannel& channel, const Settings& settings) {
    SendSocketSpecs specs;
    SocketSpec& data = specs.data;
    data.send_buffer = send_buffer(channel, settings);
    data.traffic_class = traffic_class(channel, settings);
    const bool has_one_peer = channel.has_endpoint && !channel.is_multi_destination();

    if (channel.is_multicast) {
        data.family = channel.remote_data.ip.family();
        set_multicast(data, channel, settings);
        if (has_one_peer) data.connect = channel.remote_data;
        specs.control.emplace();
        specs.control->family = data.family;
        set_group(*specs.control, channel.remote_control);
        set_multicast(*specs.control, channel, settings);
        specs.control->receive_buffer = receive_buffer(channel, settings);
        return specs;
    }
    data.family = channel.local.ip.family();
    data.bind = channel.local;
    data.receive_buffer = receive_buffer(channel, settings);
    if (has_one_peer && settings.connect_sockets) data.connect = channel.remote_data;
    if (has_one_peer && !settings.connect_sockets) data.unconnected_peer = channel.remote_data;
    return specs;
}

bool takes_sender_port(const UdpChannel& channel) { return channel.has_explicit_control; }

SocketSpec receive_socket_spec(const UdpChannel& channel, const Settings& settings) {
    return receive_destination_spec(channel, channel, settings);
}

SocketSpec receive_destination_spec(const UdpChannel& destination, const UdpChannel& subscription,
                                    const Settings& settings) {
    SocketSpec spec;
    spec.family = destination.remote_data.ip.family();
    spec.receive_buffer = receive_buffer(subscription, settings);
    spec.send_buffer = send_buffer(subscription, settings);
    spec.traffic_class = traffic_class(subscription, settings);
    spec.wants_kernel_time = subscription.timestamps.media_receive.has_value();
    if (destination.is_multicast) {
        set_group(spec, destination.remote_data);
        set_multicast(spec, destination, settings);
    } else {
        spec.bind = destination.remote_data;
    }
    return spec;
}

std::optional<SocketAddress> answer_address(const UdpChannel& channel) {
    if (channel.is_multicast) return channel.remote_control;
    if (channel.has_explicit_control) return channel.local;
    return std::nullopt;
}

}  // namespace tern::driver

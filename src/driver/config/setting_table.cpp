#include "tern/driver/config/setting_table.hpp"

#include <algorithm>
#include <array>

#include "tern/base/edit_distance.hpp"
#include "tern/driver/config/config_values.hpp"

namespace tern::driver {
namespace {

using S = Settings;

constexpr std::int64_t kIntMax = INT32_MAX;
constexpr std::int64_t kMicro = 1'000;
constexpr std::int64_t kMilli = 1'000'000;
constexpr std::int64_t kGiB = 1024 * 1024 * 1024;
constexpr std::int64_t kToDriverLeast = 1024 * 1024 + 768;
constexpr std::int64_t kToClientsLeast = 1024 * 1024 + 128;

constexpr SettingRow kRows[] = {
    // 4.1
    {"aeron.dir", Syntax::text, &S::directory},
    {"aeron.dir.warn.if.exists", Syntax::boolean, &S::warn_if_directory_exists},
    {"aeron.dir.delete.on.start", Syntax::boolean, &S::delete_directory_on_start},
    {"aeron.dir.delete.on.shutdown", Syntax::boolean, &S::delete_directory_on_shutdown},
    {"aeron.print.configuration", Syntax::boolean, &S::print_configuration},
    {"aeron.driver.timeout", Syntax::milliseconds, &S::driver_timeout},
    {"aeron.enable.experimental.features", Syntax::boolean, &S::enable_experimental_features},
    // 4.2
    {"aeron.threading.mode", Syntax::choice, &S::threading_mode},
    {"aeron.thread.naming", Syntax::choice, &S::thread_naming},
    {"aeron.conductor.cpu.affinity", Syntax::number, &S::conductor_cpu_affinity, -1, 255},
    {"aeron.sender.cpu.affinity", Syntax::number, &S::sender_cpu_affinity, -1, 255},
    {"aeron.receiver.cpu.affinity", Syntax::number, &S::receiver_cpu_affinity, -1, 255},
    {"aeron.driver.native.resource.agent.cpu.affinity", Syntax::number,
     &S::native_resource_agent_cpu_affinity, -1, 255},
    {"aeron.thread.affinity.use.cpuset.offsets", Syntax::boolean, &S::use_cpuset_offsets},
    {"aeron.thread.affinity.fail.on.validation.errors", Syntax::boolean,
     &S::fail_on_affinity_validation_errors},
    {"aeron.driver.conductor.cycle.threshold", Syntax::duration, &S::conductor_cycle_threshold},
    {"aeron.driver.sender.cycle.threshold", Syntax::duration, &S::sender_cycle_threshold},
    {"aeron.driver.receiver.cycle.threshold", Syntax::duration, &S::receiver_cycle_threshold},
    {"aeron.driver.name.resolver.threshold", Syntax::duration, &S::name_resolver_threshold},
    {"aeron.timer.interval", Syntax::duration, &S::timer_interval, kMicro},
    // 4.3
    {"aeron.conductor.buffer.length", Syntax::size, &S::to_driver_buffer_length, kToDriverLeast,
     kIntMax},
    {"aeron.clients.buffer.length", Syntax::size, &S::to_clients_buffer_length, kToClientsLeast,
     kIntMax},
    {"aeron.counters.buffer.length", Syntax::size, &S::counters_values_buffer_length, 1048576,
     524288000},
    {"aeron.error.buffer.length", Syntax::size, &S::error_buffer_length, 4194304, kIntMax},
    {"aeron.loss.report.buffer.length", Syntax::size, &S::loss_report_buffer_length, 1024, kIntMax},
    {"aeron.term.buffer.length", Syntax::size, &S::term_buffer_length, 1024, kIntMax},
    {"aeron.ipc.term.buffer.length", Syntax::size, &S::ipc_term_buffer_length, 1024, kIntMax},
    {"aeron.term.buffer.sparse.file", Syntax::boolean, &S::sparse_term_buffers},
    {"aeron.perform.storage.checks", Syntax::boolean, &S::perform_storage_checks},
    {"aeron.low.file.store.warning.threshold", Syntax::size, &S::low_storage_warning_threshold},
    {"aeron.file.page.size", Syntax::size, &S::file_page_size, 4096, kGiB},
    // 4.4
    {"aeron.mtu.length", Syntax::size, &S::mtu_length, 32, 65504},
    {"aeron.ipc.mtu.length", Syntax::size, &S::ipc_mtu_length, 32, 65504},
    {"aeron.publication.term.window.length", Syntax::size, &S::publication_window_length, 0, kGiB},
    {"aeron.ipc.publication.term.window.length", Syntax::size, &S::ipc_publication_window_length, 0,
     kGiB},
    {"aeron.publication.linger.timeout", Syntax::duration, &S::publication_linger_timeout, kMicro},
    {"aeron.publication.unblock.timeout", Syntax::duration, &S::publication_unblock_timeout,
     kMicro},
    {"aeron.publication.connection.timeout", Syntax::duration, &S::publication_connection_timeout,
     kMicro},
    {"aeron.spies.simulate.connection", Syntax::boolean, &S::spies_simulate_connection},
    {"aeron.publication.reserved.session.id.low", Syntax::number, &S::reserved_session_id_low,
     INT32_MIN, kIntMax},
    {"aeron.publication.reserved.session.id.high", Syntax::number, &S::reserved_session_id_high,
     INT32_MIN, kIntMax},
    {"aeron.max.resend", Syntax::number, &S::max_resend, 1, 256},
    {"aeron.retransmit.unicast.delay", Syntax::duration, &S::retransmit_unicast_delay},
    {"aeron.retransmit.unicast.linger", Syntax::duration, &S::retransmit_unicast_linger, kMicro},
    {"aeron.send.to.status.poll.ratio", Syntax::leading_number, &S::send_to_status_poll_ratio, 1,
     kIntMax},
    {"aeron.network.publication.max.messages.per.send", Syntax::number, &S::max_messages_per_send,
     1, 64},
    {"aeron.sender.io.vector.capacity", Syntax::number, &S::sender_io_vector_capacity, 1, 64},
    // 4.5
    {"aeron.reliable.stream", Syntax::boolean, &S::reliable_stream},
    {"aeron.tether.subscriptions", Syntax::boolean, &S::tether_subscriptions},
    {"aeron.rejoin.stream", Syntax::boolean, &S::rejoin_stream},
    {"aeron.receiver.group.consideration", Syntax::tri_state, &S::receiver_group_consideration},
    {"aeron.receiver.group.tag", Syntax::number, &S::receiver_group_tag, INT64_MIN},
    {"aeron.rcv.initial.window.length", Syntax::size, &S::initial_window_length, 256, kIntMax},
    {"aeron.rcv.status.message.timeout", Syntax::duration, &S::status_message_timeout, kMicro},
    {"aeron.image.liveness.timeout", Syntax::duration, &S::image_liveness_timeout, kMicro},
    {"aeron.untethered.window.limit.timeout", Syntax::duration,
     &S::untethered_window_limit_timeout},
    {"aeron.untethered.linger.timeout", Syntax::duration, &S::untethered_linger_timeout},
    {"aeron.untethered.resting.timeout", Syntax::duration, &S::untethered_resting_timeout},
    {"aeron.nak.unicast.delay", Syntax::duration, &S::nak_unicast_delay, kMicro},
    {"aeron.nak.unicast.retry.delay.ratio", Syntax::number, &S::nak_unicast_retry_delay_ratio, 1},
    {"aeron.nak.multicast.group.size", Syntax::leading_number, &S::nak_multicast_group_size, 1,
     UINT32_MAX},
    {"aeron.nak.multicast.max.backoff", Syntax::duration, &S::nak_multicast_max_backoff, kMicro},
    {"aeron.driver.stream.session.limit", Syntax::number, &S::stream_session_limit, 1, kIntMax},
    {"aeron.receiver.io.vector.capacity", Syntax::number, &S::receiver_io_vector_capacity, 1, 64},
    {"aeron.receiver.poll.to.slow.work.ratio", Syntax::leading_number,
     &S::receiver_poll_to_slow_work_ratio, 1, kIntMax},
    // 4.6
    {"aeron.socket.so_rcvbuf", Syntax::size, &S::socket_receive_buffer_length, 0, kIntMax},
    {"aeron.socket.so_sndbuf", Syntax::size, &S::socket_send_buffer_length, 0, kIntMax},
    {"aeron.socket.multicast.ttl", Syntax::leading_number, &S::multicast_ttl, 0, 255},
    {"aeron.socket.tos", Syntax::number, &S::socket_tos, -1, 255},
    {"aeron.sender.wildcard.port.range", Syntax::ports, &S::sender_wildcard_ports},
    {"aeron.receiver.wildcard.port.range", Syntax::ports, &S::receiver_wildcard_ports},
    {"aeron.driver.connect", Syntax::boolean, &S::connect_sockets},
    {"aeron.udp.channel.transport.bindings.media", Syntax::text, &S::transport_bindings},
    {"aeron.conductor.udp.channel.transport.bindings.media", Syntax::text,
     &S::conductor_transport_bindings},
    {"aeron.udp.channel.transport.poller.iteration.threshold", Syntax::leading_number,
     &S::poller_iteration_threshold},
    {"aeron.udp.channel.transport.poller.socket.poll.limit", Syntax::number,
     &S::poller_socket_poll_limit, 1, 16},
    {"aeron.udp.channel.outgoing.interceptors", Syntax::list, &S::outgoing_interceptors},
    {"aeron.udp.channel.incoming.interceptors", Syntax::list, &S::incoming_interceptors},
    // 4.7
    {"aeron.unicast.flowcontrol.supplier", Syntax::text, &S::unicast_flow_control_supplier},
    {"aeron.multicast.flowcontrol.supplier", Syntax::text, &S::multicast_flow_control_supplier},
    {"aeron.congestioncontrol.supplier", Syntax::text, &S::congestion_control_supplier},
    {"aeron.flow.control.group.tag", Syntax::number, &S::flow_control_group_tag, INT64_MIN},
    {"aeron.flow.control.group.min.size", Syntax::number, &S::flow_control_group_min_size, 0,
     kIntMax},
    {"aeron.flow.control.receiver.timeout", Syntax::duration, &S::flow_control_receiver_timeout},
    {"aeron.cubiccongestioncontrol.measurertt", Syntax::boolean, &S::cubic_measure_rtt},
    {"aeron.cubiccongestioncontrol.initialrtt", Syntax::duration, &S::cubic_initial_rtt},
    {"aeron.cubiccongestioncontrol.tcpmode", Syntax::boolean, &S::cubic_tcp_mode},
    // 4.8
    {"aeron.client.liveness.timeout", Syntax::duration, &S::client_liveness_timeout, kMicro},
    {"aeron.counters.free.to.reuse.timeout", Syntax::duration, &S::counters_free_to_reuse_timeout},
    {"aeron.driver.resource.free.limit", Syntax::number, &S::resource_free_limit, 1, UINT32_MAX},
    {"aeron.driver.termination.validator", Syntax::text, &S::termination_validator},
    // 4.9
    {"aeron.name.resolver.supplier", Syntax::text, &S::name_resolver_supplier},
    {"aeron.name.resolver.init.args", Syntax::text, &S::name_resolver_init_args},
    {"aeron.driver.resolver.name", Syntax::text, &S::resolver_name},
    {"aeron.driver.resolver.interface", Syntax::text, &S::resolver_interface},
    {"aeron.driver.resolver.bootstrap.neighbor", Syntax::list, &S::resolver_bootstrap_neighbors},
    {"aeron.driver.resolver.neighbor.timeout", Syntax::duration, &S::resolver_neighbor_timeout,
     kMilli},
    {"aeron.driver.resolver.self.resolution.interval", Syntax::duration,
     &S::resolver_self_resolution_interval, kMilli},
    {"aeron.driver.resolver.neighbor.resolution.interval", Syntax::duration,
     &S::resolver_neighbor_resolution_interval, kMilli},
    {"aeron.driver.resolver.bootstrap.neighbor.resolution.interval", Syntax::duration,
     &S::resolver_bootstrap_resolution_interval, kMilli},
    {"aeron.driver.reresolution.check.interval", Syntax::duration,
     &S::re_resolution_check_interval},
    // 4.10, 18.1
    {"aeron.driver.dynamic.libraries", Syntax::list, &S::dynamic_libraries},
    {"aeron.agent.on.start.function", Syntax::text, &S::agent_on_start_function},
    {"aeron.event.log", Syntax::text, &S::event_log},
    {"aeron.event.log.disable", Syntax::text, &S::event_log_disable},
    {"aeron.event.log.filename", Syntax::text, &S::event_log_filename},
    {"aeron.event.log.file.max.length", Syntax::size, &S::event_log_file_max_length},
    // Ours.
    {"tern.file.access", Syntax::choice, &S::file_access},
    {"tern.config.strict", Syntax::boolean, &S::strict_configuration},
};

constexpr IdleRow kIdleRows[] = {
    {"aeron.conductor.idle.strategy", &S::conductor_idle},
    {"aeron.sender.idle.strategy", &S::sender_idle},
    {"aeron.receiver.idle.strategy", &S::receiver_idle},
    {"aeron.sharednetwork.idle.strategy", &S::shared_network_idle},
    {"aeron.shared.idle.strategy", &S::shared_idle},
    {"aeron.driver.native.resource.agent.idle.strategy", &S::native_resource_agent_idle, true},
};

constexpr Alias kAliases[] = {
    {"aeron.name.resolver.threshold", "aeron.driver.name.resolver.threshold"},
};

constexpr Supplier kFlowControl[] = {
    {"unicast_max", "aeron_unicast_flow_control_strategy_supplier"},
    {"multicast_max", "aeron_max_multicast_flow_control_strategy_supplier"},
    {"multicast_min", "aeron_min_flow_control_strategy_supplier"},
    {"multicast_tagged", "aeron_tagged_flow_control_strategy_supplier"},
};
constexpr Supplier kCongestionControl[] = {
    {"default", "aeron_congestion_control_default_strategy_supplier"},
    {"static", "aeron_static_window_congestion_control_strategy_supplier"},
    {"cubic", "aeron_cubic_congestion_control_strategy_supplier"},
};
constexpr Supplier kNameResolvers[] = {
    {"default", "aeron_default_name_resolver_supplier"},
    {"driver", "aeron_driver_name_resolver_supplier"},
    {"csv_table", "aeron_csv_table_name_resolver_supplier"},
};
constexpr Supplier kValidators[] = {
    {"deny", "aeron_driver_termination_validator_default_deny"},
    {"allow", "aeron_driver_termination_validator_default_allow"},
};
constexpr Supplier kBindings[] = {{"default", "aeron_udp_channel_transport_bindings_default"}};

struct SupplierSetting {
    std::string_view property;
    SupplierKind kind;
};
constexpr SupplierSetting kSupplierSettings[] = {
    {"aeron.unicast.flowcontrol.supplier", {"flow control", kFlowControl}},
    {"aeron.multicast.flowcontrol.supplier", {"flow control", kFlowControl}},
    {"aeron.congestioncontrol.supplier", {"congestion control", kCongestionControl}},
    {"aeron.name.resolver.supplier", {"name resolver", kNameResolvers}},
    {"aeron.driver.termination.validator", {"terminate validator", kValidators}},
    {"aeron.udp.channel.transport.bindings.media", {"udp channel bindings object", kBindings}},
    {"aeron.conductor.udp.channel.transport.bindings.media",
     {"udp channel bindings object", kBindings}},
};

// Beginnings of names that others of Aeron's programs read, and whole names of the Java driver and
// of older versions.
constexpr std::string_view kElsewhere[] = {
    "aeron.archive.",
    "aeron.cluster.",
    "aeron.client.",
    "aeron.debug.",
    "aeron.event.",
    "aeron.sample.",
    "aeron.SendChannelEndpoint.supplier",
    "aeron.ReceiveChannelEndpoint.supplier",
    "aeron.rcv.",
    "aeron.unicast.flow.control.",
    "aeron.multicast.flow.control.",
    "aeron.flow.control.sm.",
    "aeron.use.windows.high.res.timer",
    "aeron.fallback.logger",
    "aeron.secure.random.algorithm",
    "aeron.pre.touch.mapped.memory",
    "aeron.driver.cpuset.",
    "aeron.driver.async.executor.",
    "aeron.udp.channel.transport.bindings.",
};

}  // namespace

std::span<const SettingRow> setting_rows() { return kRows; }
std::span<const IdleRow> idle_rows() { return kIdleRows; }
std::span<const Alias> setting_aliases() { return kAliases; }

SupplierKind supplier_kind(std::string_view property) {
    for (const SupplierSetting& setting : kSupplierSettings) {
        if (setting.property == property) return setting.kind;
    }
    return {};
}

bool is_known_elsewhere(std::string_view property) {
    return std::any_of(std::begin(kElsewhere), std::end(kElsewhere),
                       [property](std::string_view known) { return property.starts_with(known); });
}

std::string_view nearest_property(std::string_view mistyped) {
    // Two letters exchanged count as two; of a short word behind "aeron." no more may be wrong.
    const std::size_t prefix = mistyped.find('.') + 1;  // 0 where there is none
    const std::size_t close = std::min<std::size_t>(4, 1 + (mistyped.size() - prefix) / 3);
    std::string_view nearest;
    std::size_t least = close + 1;
    const std::string variable = environment_name(mistyped);
    const auto consider = [&](std::string_view property) {
        // Names this much longer or shorter are not close; files may hold long ones.
        if (property.size() > variable.size() + close) return;
        if (variable.size() > property.size() + close) return;
        const std::size_t distance = edit_distance(variable, environment_name(property));
        if (distance < least) {
            least = distance;
            nearest = property;
        }
    };
    for (const SettingRow& row : kRows) consider(row.property);
    for (const IdleRow& row : kIdleRows) consider(row.property);
    return nearest;
}

}  // namespace tern::driver

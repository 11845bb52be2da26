#include "tern/driver/config/dump.hpp"

#include <concepts>
#include <string_view>

#include "tern/shm/cnc_file.hpp"

namespace tern::driver {
namespace {

class Lines {
  public:
    void add(std::string_view key, std::string_view value) {
        text_.append("    ").append(key).append("=").append(value).append("\n");
    }
    void add(std::string_view key, const char* value) { add(key, std::string_view{value}); }
    void add(std::string_view key, std::integral auto value) { add(key, std::to_string(value)); }
    void add(std::string_view key, bool value) { add(key, value ? "1" : "0"); }
    void add(std::string_view key, Nanos value) { add(key, value.count()); }
    void add(std::string_view key, const PortRange& range) {
        add(key, "\"" + std::to_string(range.low) + " " + std::to_string(range.high) + "\"");
    }
    void idle(std::string_view role, const IdleOptions& options) {
        add(std::string{role} + "_idle_strategy_func", idle_strategy_name(options.kind));
        add(std::string{role} + "_idle_strategy_init_args", idle_strategy_arguments(options));
    }
    void affinity(std::string_view role, std::int32_t given, std::int32_t resolved) {
        add(std::string{role} + "_cpu_affinity_no", given);
        add(std::string{role} + "_cpu_affinity_resolved", resolved);
    }
    std::string take() { return std::move(text_); }

  private:
    std::string text_;
};

const char* word(bool value) { return value ? "true" : "false"; }

std::string_view name_of(ThreadingMode mode) {
    switch (mode) {
        case ThreadingMode::dedicated: return "DEDICATED";
        case ThreadingMode::shared_network: return "SHARED_NETWORK";
        case ThreadingMode::shared: return "SHARED";
        case ThreadingMode::invoker: break;
    }
    return "INVOKER";
}

std::string_view name_of(FileAccess access) {
    switch (access) {
        case FileAccess::owner: return "owner";
        case FileAccess::group: return "group";
        case FileAccess::all: break;
    }
    return "all";
}

std::string joined(const std::vector<std::string>& items) {
    std::string text;
    for (const std::string& item : items) text.append(text.empty() ? "" : ",").append(item);
    return text;
}

void add_directory(Lines& lines, const Settings& s) {
    lines.add("cnc_version", tern::version_text(kCncVersion));
    lines.add("aeron_dir", s.directory);
    lines.add("driver_timeout_ms", s.driver_timeout.count());
    lines.add("print_configuration_on_start", s.print_configuration);
    lines.add("dirs_delete_on_start", s.delete_directory_on_start);
    lines.add("dirs_delete_on_shutdown", s.delete_directory_on_shutdown);
    lines.add("warn_if_dirs_exists", s.warn_if_directory_exists);
    lines.add("term_buffer_sparse_file", s.sparse_term_buffers);
    lines.add("perform_storage_checks", s.perform_storage_checks);
    lines.add("spies_simulate_connection", s.spies_simulate_connection);
    lines.add("reliable_stream", s.reliable_stream);
    lines.add("tether_subscriptions", s.tether_subscriptions);
    lines.add("rejoin_stream", s.rejoin_stream);
    lines.add("receiver_group_consideration", static_cast<int>(s.receiver_group_consideration));
    lines.add("to_driver_buffer_length", s.to_driver_buffer_length);
    lines.add("to_clients_buffer_length", s.to_clients_buffer_length);
    lines.add("counters_values_buffer_length", s.counters_values_buffer_length);
    lines.add("error_buffer_length", s.error_buffer_length);
}

void add_timeouts(Lines& lines, const Settings& s) {
    constexpr int kUnicastWindowMultiple = 16;
    constexpr int kMulticastWindowMultiple = 4;
    lines.add("timer_interval_ns", s.timer_interval);
    lines.add("client_liveness_timeout_ns", s.client_liveness_timeout);
    lines.add("image_liveness_timeout_ns", s.image_liveness_timeout);
    lines.add("publication_unblock_timeout_ns", s.publication_unblock_timeout);
    lines.add("publication_connection_timeout_ns", s.publication_connection_timeout);
    lines.add("publication_linger_timeout_ns", s.publication_linger_timeout);
    lines.add("untethered_window_limit_timeout_ns", s.untethered_window_limit_timeout);
    lines.add("untethered_resting_timeout_ns", s.untethered_resting_timeout);
    lines.add("max_resend", s.max_resend);
    lines.add("retransmit_unicast_delay_ns", s.retransmit_unicast_delay);
    lines.add("retransmit_unicast_linger_ns", s.retransmit_unicast_linger);
    lines.add("nak_unicast_delay_ns", s.nak_unicast_delay);
    lines.add("nak_unicast_retry_delay_ratio", s.nak_unicast_retry_delay_ratio);
    lines.add("nak_multicast_max_backoff_ns", s.nak_multicast_max_backoff);
    lines.add("unicast_flow_control_rrwm", kUnicastWindowMultiple);
    lines.add("multicast_flow_control_rrwm", kMulticastWindowMultiple);
    lines.add("nak_multicast_group_size", s.nak_multicast_group_size);
    lines.add("status_message_timeout_ns", s.status_message_timeout);
    lines.add("counter_free_to_reuse_ns", s.counters_free_to_reuse_timeout);
    lines.add("conductor_cycle_threshold_ns", s.conductor_cycle_threshold);
    lines.add("sender_cycle_threshold_ns", s.sender_cycle_threshold);
    lines.add("receiver_cycle_threshold_ns", s.receiver_cycle_threshold);
    lines.add("name_resolver_threshold_ns", s.name_resolver_threshold);
}

void add_lengths(Lines& lines, const Settings& s) {
    lines.add("term_buffer_length", s.term_buffer_length);
    lines.add("ipc_term_buffer_length", s.ipc_term_buffer_length);
    lines.add("publication_window_length", s.publication_window_length);
    lines.add("ipc_publication_window_length", s.ipc_publication_window_length);
    lines.add("initial_window_length", s.initial_window_length);
    lines.add("socket_sndbuf_length", s.socket_send_buffer_length);
    lines.add("socket_rcvbuf_length", s.socket_receive_buffer_length);
    lines.add("multicast_ttl", static_cast<int>(s.multicast_ttl));
    lines.add("socket_tos", s.socket_tos);
    lines.add("mtu_length", s.mtu_length);
    lines.add("ipc_mtu_length", s.ipc_mtu_length);
    lines.add("file_page_size", s.file_page_size);
    lines.add("low_file_store_warning_threshold", s.low_storage_warning_threshold);
    lines.add("publication_reserved_session_id_low", s.reserved_session_id_low);
    lines.add("publication_reserved_session_id_high", s.reserved_session_id_high);
    lines.add("loss_report_length", s.loss_report_buffer_length);
    lines.add("send_to_sm_poll_ratio", s.send_to_status_poll_ratio);
    lines.add("receiver_poll_to_slow_work_ratio", s.receiver_poll_to_slow_work_ratio);
    lines.add("receiver_io_vector_capacity", s.receiver_io_vector_capacity);
    lines.add("sender_io_vector_capacity", s.sender_io_vector_capacity);
    lines.add("network_publication_max_messages_per_send", s.max_messages_per_send);
    lines.add("resource_free_limit", s.resource_free_limit);
}

void add_threads(Lines& lines, const Settings& s, const Hooks& hooks,
                 const ResolvedAffinity& resolved) {
    lines.affinity("conductor", s.conductor_cpu_affinity, resolved.conductor);
    lines.affinity("receiver", s.receiver_cpu_affinity, resolved.receiver);
    lines.affinity("sender", s.sender_cpu_affinity, resolved.sender);
    lines.affinity("native_resource_agent", s.native_resource_agent_cpu_affinity,
                   resolved.native_resource_agent);
    lines.add("thread_affinity_use_cpuset_offsets", word(s.use_cpuset_offsets));
    lines.add("thread_affinity_fail_on_validation_errors",
              word(s.fail_on_affinity_validation_errors));
    lines.add("epoch_clock", "CLOCK_REALTIME");
    lines.add("nano_clock", "CLOCK_MONOTONIC");
    lines.add("threading_mode", name_of(s.threading_mode));
    lines.add("agent_on_start_func", hooks.agent_on_start ? "set" : "none");
    lines.add("agent_on_start_state", "(nil)");
    lines.idle("conductor", s.conductor_idle);
    lines.idle("sender", s.sender_idle);
    lines.idle("receiver", s.receiver_idle);
    lines.idle("shared_network", s.shared_network_idle);
    lines.idle("shared", s.shared_idle);
    lines.idle("native_resource_agent", s.native_resource_agent_idle);
}

void add_suppliers(Lines& lines, const Settings& s, const Hooks& hooks) {
    lines.add("unicast_flow_control_supplier_func", s.unicast_flow_control_supplier);
    lines.add("multicast_flow_control_supplier_func", s.multicast_flow_control_supplier);
    lines.add("receiver_group_tag.is_present", s.receiver_group_tag.has_value());
    lines.add("receiver_group_tag.value", s.receiver_group_tag.value_or(-1));
    lines.add("flow_control.group_tag", s.flow_control_group_tag);
    lines.add("flow_control.group_min_size", s.flow_control_group_min_size);
    lines.add("flow_control_receiver_timeout_ns", s.flow_control_receiver_timeout);
    lines.add("congestion_control_supplier_func", s.congestion_control_supplier);
    lines.add("usable_fs_space_func", s.perform_storage_checks ? "statvfs" : "unlimited");
    lines.add("termination_validator_func",
              hooks.termination_validator ? std::string_view{"set"} : s.termination_validator);
    lines.add("termination_validator_state", "(nil)");
    lines.add("termination_hook_func", hooks.termination_hook ? "set" : "none");
    lines.add("termination_hook_state", "(nil)");
    lines.add("name_resolver_supplier_func", s.name_resolver_supplier);
    lines.add("name_resolver_init_args", s.name_resolver_init_args);
    lines.add("resolver_name", s.resolver_name);
    lines.add("resolver_interface", s.resolver_interface);
    lines.add("resolver_bootstrap_neighbor", joined(s.resolver_bootstrap_neighbors));
    lines.add("re_resolution_check_interval_ns", s.re_resolution_check_interval);
    lines.add("sender_wildcard_port_range", s.sender_wildcard_ports);
    lines.add("receiver_wildcard_port_range", s.receiver_wildcard_ports);
    lines.add("enable_experimental_features", word(s.enable_experimental_features));
    lines.add("stream_session_limit", s.stream_session_limit);
    lines.add("udp_channel_transport_bindings.media", s.transport_bindings);
    lines.add("conductor_udp_channel_transport_bindings.media", s.conductor_transport_bindings);
    for (const std::string& name : s.outgoing_interceptors) {
        lines.add("udp_channel_outgoing_interceptor_bindings.interceptor", name);
    }
    for (const std::string& name : s.incoming_interceptors) {
        lines.add("udp_channel_incoming_interceptor_bindings.interceptor", name);
    }
    lines.add("udp_channel_transport_poller_iteration_threshold", s.poller_iteration_threshold);
    lines.add("udp_channel_transport_poller_socket_poll_limit", s.poller_socket_poll_limit);
}

}  // namespace

std::string dump(const Settings& settings, const Hooks& hooks, const ResolvedAffinity& resolved) {
    Lines lines;
    add_directory(lines, settings);
    add_timeouts(lines, settings);
    add_lengths(lines, settings);
    add_threads(lines, settings, hooks, resolved);
    add_suppliers(lines, settings, hooks);
    // What Aeron has but does not print, and ours.
    if (settings.untethered_linger_timeout) {
        lines.add("untethered_linger_timeout_ns", *settings.untethered_linger_timeout);
    }
    lines.add("thread_naming", settings.thread_naming == ThreadNaming::modern ? "new" : "classic");
    lines.add("tern_file_access", name_of(settings.file_access));
    return "aeron_driver_context_t {\n" + lines.take() + "}\n";
}

}  // namespace tern::driver

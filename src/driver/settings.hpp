#pragma once

/// Every setting of the media driver, with Aeron's defaults (spec driver-config.md, section 4). A
/// plain value: whoever embeds a driver fills one, `config/` fills it from the environment, -D
/// options and properties files, and `validate` says what the driver would refuse. Lengths are
/// bytes.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tern/base/bytes.hpp"
#include "tern/base/clock.hpp"
#include "tern/base/idle_strategy.hpp"
#include "tern/shm/file_system.hpp"

namespace tern::driver {

enum class ThreadingMode { dedicated = 0, shared_network = 1, shared = 2, invoker = 3 };
enum class ThreadNaming { classic, modern };  // "classic", "new"
enum class TriState { force_false = 0, force_true = 1, infer = 2 };

/// 0 and 0: the operating system chooses.
struct PortRange {
    std::uint16_t low = 0;
    std::uint16_t high = 0;
    bool operator==(const PortRange&) const = default;
};

struct Settings {
    // Directory and start (4.1). An empty directory means the default of the platform.
    std::string directory;
    bool warn_if_directory_exists = false;
    bool delete_directory_on_start = false;
    bool delete_directory_on_shutdown = false;
    bool print_configuration = false;
    Millis driver_timeout{10'000};
    bool enable_experimental_features = false;

    // Threads (4.2). An affinity of -1 binds nothing.
    ThreadingMode threading_mode = ThreadingMode::dedicated;
    ThreadNaming thread_naming = ThreadNaming::classic;
    IdleOptions conductor_idle;
    IdleOptions sender_idle;
    IdleOptions receiver_idle;
    IdleOptions shared_network_idle;
    IdleOptions shared_idle;
    IdleOptions native_resource_agent_idle{.kind = IdleKind::sleeping, .sleep = Nanos{1'000'000}};
    std::int32_t conductor_cpu_affinity = -1;
    std::int32_t sender_cpu_affinity = -1;
    std::int32_t receiver_cpu_affinity = -1;
    std::int32_t native_resource_agent_cpu_affinity = -1;
    bool use_cpuset_offsets = false;
    bool fail_on_affinity_validation_errors = false;
    Nanos conductor_cycle_threshold{100'000'000};
    Nanos sender_cycle_threshold{100'000'000};
    Nanos receiver_cycle_threshold{100'000'000};
    Nanos name_resolver_threshold{5'000'000'000};
    Nanos timer_interval{1'000'000'000};

    // Buffers and files (4.3). The first two include the trailer of their ring.
    std::int64_t to_driver_buffer_length = 1024 * 1024 + 768;
    std::int64_t to_clients_buffer_length = 1024 * 1024 + 128;
    std::int64_t counters_values_buffer_length = 8 * 1024 * 1024;
    std::int64_t error_buffer_length = 4 * 1024 * 1024;
    std::int64_t loss_report_buffer_length = 1024 * 1024;
    std::int64_t term_buffer_length = 16 * 1024 * 1024;
    std::int64_t ipc_term_buffer_length = 64 * 1024 * 1024;
    bool sparse_term_buffers = true;
    bool perform_storage_checks = true;
    std::int64_t low_storage_warning_threshold = 167'772'160;
    std::int64_t file_page_size = 4096;

    // Publications (4.4). A window of 0 is half the term length.
    std::int64_t mtu_length = 1408;
    std::int64_t ipc_mtu_length = 1408;
    std::int64_t publication_window_length = 0;
    std::int64_t ipc_publication_window_length = 0;
    Nanos publication_linger_timeout{5'000'000'000};
    Nanos publication_unblock_timeout{15'000'000'000};
    Nanos publication_connection_timeout{5'000'000'000};
    bool spies_simulate_connection = false;
    std::int32_t reserved_session_id_low = -1;
    std::int32_t reserved_session_id_high = 1000;
    std::uint32_t max_resend = 16;
    Nanos retransmit_unicast_delay{0};
    Nanos retransmit_unicast_linger{10'000'000};
    std::uint32_t send_to_status_poll_ratio = 6;
    std::uint32_t max_messages_per_send = 4;
    std::uint32_t sender_io_vector_capacity = 4;

    // Subscriptions and images (4.5).
    bool reliable_stream = true;
    bool tether_subscriptions = true;
    bool rejoin_stream = true;
    TriState receiver_group_consideration = TriState::infer;
    std::optional<std::int64_t> receiver_group_tag;
    std::int64_t initial_window_length = 131'072;
    Nanos status_message_timeout{200'000'000};
    Nanos image_liveness_timeout{10'000'000'000};
    Nanos untethered_window_limit_timeout{5'000'000'000};
    std::optional<Nanos> untethered_linger_timeout;  // not set: the window limit timeout
    Nanos untethered_resting_timeout{10'000'000'000};
    Nanos nak_unicast_delay{1'000};
    std::int64_t nak_unicast_retry_delay_ratio = 100;
    std::uint32_t nak_multicast_group_size = 10;
    Nanos nak_multicast_max_backoff{10'000'000};
    std::int32_t stream_session_limit = INT32_MAX;
    std::uint32_t receiver_io_vector_capacity = 4;
    std::uint32_t receiver_poll_to_slow_work_ratio = 10;

    // Sockets (4.6). 0 (tos: -1) leaves the default of the system.
    std::int64_t socket_receive_buffer_length = 131'072;
    std::int64_t socket_send_buffer_length = 0;
    std::uint8_t multicast_ttl = 0;
    std::int32_t socket_tos = -1;
    PortRange sender_wildcard_ports;
    PortRange receiver_wildcard_ports;
    bool connect_sockets = true;
    std::string transport_bindings = "default";
    std::string conductor_transport_bindings = "default";
    std::uint64_t poller_iteration_threshold = 5;
    std::int32_t poller_socket_poll_limit = 4;
    std::vector<std::string> outgoing_interceptors;
    std::vector<std::string> incoming_interceptors;

    // Flow control and congestion control (4.7).
    std::string unicast_flow_control_supplier = "unicast_max";
    std::string multicast_flow_control_supplier = "multicast_max";
    std::string congestion_control_supplier = "default";
    std::int64_t flow_control_group_tag = -1;
    std::int32_t flow_control_group_min_size = 0;
    Nanos flow_control_receiver_timeout{5'000'000'000};
    bool cubic_measure_rtt = false;
    Nanos cubic_initial_rtt{100'000};
    bool cubic_tcp_mode = false;

    // Clients, counters, termination (4.8).
    Nanos client_liveness_timeout{10'000'000'000};
    Nanos counters_free_to_reuse_timeout{1'000'000'000};
    std::uint32_t resource_free_limit = 1;
    std::string termination_validator = "deny";  // "deny" or "allow"; Hooks may give a function

    // Names (4.9).
    std::string name_resolver_supplier = "default";
    std::string name_resolver_init_args;
    std::string resolver_name;
    std::string resolver_interface;
    std::vector<std::string> resolver_bootstrap_neighbors;
    Nanos resolver_neighbor_timeout{10'000'000'000};
    Nanos resolver_self_resolution_interval{1'000'000'000};
    Nanos resolver_neighbor_resolution_interval{2'000'000'000};
    Nanos resolver_bootstrap_resolution_interval{10'000'000'000};
    Nanos re_resolution_check_interval{1'000'000'000};

    // Others (4.10, 18.1).
    std::vector<std::string> dynamic_libraries;
    std::string agent_on_start_function;
    std::string event_log;
    std::string event_log_disable;
    std::string event_log_filename;
    std::int64_t event_log_file_max_length = 0;  // 0: unlimited

    // Ours.
    FileAccess file_access = FileAccess::owner;  // tern.file.access
    bool strict_configuration =
        false;  // tern.config.strict: a bad value is an error, not a warning
};

/// What an embedding program may supply besides values. Called on the conductor's thread, save
/// `agent_on_start`, which each agent's thread calls first, with the role's name.
struct Hooks {
    std::function<bool(ConstBytes token)>
        termination_validator;               // empty: Settings::termination_validator
    std::function<void()> termination_hook;  // the owner must stop the driver itself
    std::function<void(std::string_view role)> agent_on_start;
};

/// The first thing about these settings that the driver would refuse (spec section 5, checks 2 to
/// 5a, 8 and 10 to 12, in that order, then ranges of the other settings): a text that names
/// setting, value and remedy.
Result<void> validate(const Settings& settings);

}  // namespace tern::driver

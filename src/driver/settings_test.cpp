#include "tern/driver/settings.hpp"

#include <gtest/gtest.h>

#include "tern/driver/config/dump.hpp"
#include "tern/driver/config/load_settings.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;

std::string fault(const Settings& settings) {
    auto valid = validate(settings);
    return valid ? "accepted" : valid.error().text;
}
bool begins(const std::string& text, const std::string& beginning) {
    return text.find(beginning) == 0;
}

/// Every refusal ends by saying what to set to what.
void expect_fault(const Settings& settings, const std::string& beginning,
                  const std::string& property) {
    const std::string text = fault(settings);
    EXPECT_TRUE(begins(text, beginning)) << text;
    EXPECT_NE(text.find("set " + property + " to "), std::string::npos) << text;
}

TEST(Validate, accepts_the_defaults) { EXPECT_EQ(fault(Settings{}), "accepted"); }

// driver-config.md section 5, checks 2 to 5a.
TEST(Validate, says_which_length_is_wrong_and_what_would_be_right) {
    expect_fault({.term_buffer_length = 1024},
                 "term length less than min length of 65536: length=1024",
                 "aeron.term.buffer.length");
    expect_fault({.term_buffer_length = std::int64_t{1} << 31},
                 "term length greater than max length of 1073741824: length=2147483648",
                 "aeron.term.buffer.length");
    expect_fault({.ipc_term_buffer_length = 100'000}, "term length not a power of 2: length=100000",
                 "aeron.ipc.term.buffer.length");
    expect_fault({.file_page_size = 2048}, "file_page_size less than min size of 4096: value=2048",
                 "aeron.file.page.size");
    expect_fault({.file_page_size = std::int64_t{1} << 31},
                 "file_page_size greater than max size of 1073741824: value=2147483648",
                 "aeron.file.page.size");
    expect_fault({.file_page_size = 5000}, "Page size not a power of 2: page size=5000",
                 "aeron.file.page.size");
    expect_fault({.mtu_length = 32},
                 "mtuLength must be a > HEADER_LENGTH and <= MAX_UDP_PAYLOAD_LENGTH: mtuLength=32",
                 "aeron.mtu.length");
    expect_fault({.ipc_mtu_length = 1400},
                 "mtuLength must be a multiple of FRAME_ALIGNMENT: mtuLength=1400",
                 "aeron.ipc.mtu.length");
    expect_fault({.to_driver_buffer_length = 65536 + 768},
                 "to_driver_buffer_length less than min size of 1049344: value=66304",
                 "aeron.conductor.buffer.length");
    expect_fault({.to_driver_buffer_length = 1049344 + 8},
                 "to_driver_buffer_length is not a power of two", "aeron.conductor.buffer.length");
    expect_fault({.to_clients_buffer_length = 1048704 + 1},
                 "to_clients_buffer_length is not a power of two", "aeron.clients.buffer.length");
    expect_fault(
        {.counters_values_buffer_length = 524288128},
        "counters_values_buffer_length greater than max size of 524288000: value=524288128",
        "aeron.counters.buffer.length");
    expect_fault({.error_buffer_length = 4096},
                 "error_buffer_length less than min size of 4194304: value=4096",
                 "aeron.error.buffer.length");
    expect_fault({.publication_window_length = -1},
                 "publication_window_length less than min size of 0: value=-1",
                 "aeron.publication.term.window.length");
    expect_fault({.max_messages_per_send = 8},
                 "network_publication_max_messages_per_send may not exceed "
                 "sender_io_vector_capacity (4): value=8",
                 "aeron.sender.io.vector.capacity");
    EXPECT_EQ(fault({.max_messages_per_send = 8, .sender_io_vector_capacity = 8}), "accepted");
}

// driver-config.md section 5, check 8.
TEST(Validate, keeps_the_cnc_file_within_what_a_file_of_its_kind_may_have) {
    expect_fault({.counters_values_buffer_length = 524288000},
                 "CnC file length greater than max size of 2147483647: value=",
                 "aeron.counters.buffer.length");
}

// driver-config.md section 5, checks 10 to 12.
TEST(Validate, keeps_timeouts_in_their_order) {
    expect_fault(
        {.publication_unblock_timeout = 10s},
        "publication_unblock_timeout_ns=10000000000 <= client_liveness_timeout_ns=10000000000",
        "aeron.publication.unblock.timeout");
    expect_fault({.timer_interval = 12s},
                 "client_liveness_timeout_ns=10000000000 <= timer_interval_ns=12000000000",
                 "aeron.client.liveness.timeout");
    expect_fault({.untethered_window_limit_timeout = 1s},
                 "untethered_window_limit_timeout_ns=1000000000 <= timer_interval_ns=1000000000",
                 "aeron.untethered.window.limit.timeout");
    expect_fault({.untethered_resting_timeout = 1ms},
                 "untethered_resting_timeout_ns=1000000 <= timer_interval_ns=",
                 "aeron.untethered.resting.timeout");
    expect_fault({.untethered_linger_timeout = 1ms},
                 "untethered_linger_timeout_ns=1000000 <= timer_interval_ns=",
                 "aeron.untethered.linger.timeout");
    expect_fault({.nak_unicast_delay = 10s, .nak_unicast_retry_delay_ratio = INT64_MAX / 2},
                 "nak_unicast_delay_ns (10000000000) * nak_unicast_retry_delay_ratio "
                 "(4611686018427387903) exceeds",
                 "aeron.nak.unicast.retry.delay.ratio");
}

// driver-config.md section 5: so does the Java driver.
TEST(Validate, leaves_half_of_all_session_ids_for_those_that_it_gives_out) {
    EXPECT_EQ(fault({.reserved_session_id_low = 1, .reserved_session_id_high = INT32_MAX}),
              "accepted");
    EXPECT_EQ(fault({.reserved_session_id_low = INT32_MIN, .reserved_session_id_high = -1}),
              "accepted");
    expect_fault({.reserved_session_id_low = -1, .reserved_session_id_high = INT32_MAX},
                 "reserved session ids are more than half of all: low=-1, high=2147483647",
                 "aeron.publication.reserved.session.id.high");
    expect_fault({.reserved_session_id_low = INT32_MIN, .reserved_session_id_high = INT32_MAX},
                 "reserved session ids are more than half of all: low=-2147483648, high=",
                 "aeron.publication.reserved.session.id.high");
}

TEST(Validate, checks_the_range_of_what_was_set_in_code) {
    expect_fault({.max_resend = 1000}, "aeron.max.resend is out of range: value=1000",
                 "aeron.max.resend");
    expect_fault({.conductor_cpu_affinity = -2},
                 "aeron.conductor.cpu.affinity is out of range: value=-2",
                 "aeron.conductor.cpu.affinity");
    expect_fault({.image_liveness_timeout = 10ns},
                 "aeron.image.liveness.timeout is out of range: value=10",
                 "aeron.image.liveness.timeout");
}

TEST(Validate, refuses_what_this_driver_cannot_do) {
    EXPECT_TRUE(begins(fault({.resolver_interface = "0.0.0.0:8050"}),
                       "`resolverName` is required when `resolverInterface` is set"));
    EXPECT_TRUE(begins(fault({.dynamic_libraries = {"x.so"}}),
                       "dynamic loading of libraries not supported"));
    EXPECT_TRUE(begins(fault({.incoming_interceptors = {"loss", "mine"}}),
                       "could not find interceptor bindings mine"));
    EXPECT_EQ(fault({.incoming_interceptors = {"loss", "fixed-loss", "multi-gap-loss"}}),
              "accepted");
    EXPECT_TRUE(begins(fault({.outgoing_interceptors = {"loss"}}),
                       "could not find interceptor bindings loss"));
}

// driver-config.md 21.2: what the environment clamps may still be refused.
TEST(Validate, refuses_clamped_values_that_are_still_wrong) {
    const auto loaded = [](const char* variable, const char* text) {
        return load_settings(ConfigValues{std::map<std::string, std::string>{{variable, text}}})
            ->settings;
    };
    EXPECT_TRUE(begins(fault(loaded("AERON_TERM_BUFFER_LENGTH", "512")),
                       "term length less than min length of 65536: length=1024"));
    EXPECT_TRUE(begins(fault(loaded("AERON_MTU_LENGTH", "1400")),
                       "mtuLength must be a multiple of FRAME_ALIGNMENT"));
    EXPECT_TRUE(begins(fault(loaded("AERON_NETWORK_PUBLICATION_MAX_MESSAGES_PER_SEND", "8")),
                       "network_publication_max_messages_per_send may not exceed "
                       "sender_io_vector_capacity (4): value=8"));
}

// driver-config.md section 13: every key of the reference, in its order.
TEST(Dump, has_the_keys_of_the_reference_in_its_order) {
    const char* keys[] = {"cnc_version",
                          "aeron_dir",
                          "driver_timeout_ms",
                          "dirs_delete_on_start",
                          "receiver_group_consideration",
                          "to_driver_buffer_length",
                          "timer_interval_ns",
                          "untethered_resting_timeout_ns",
                          "nak_multicast_group_size",
                          "term_buffer_length",
                          "socket_sndbuf_length",
                          "multicast_ttl",
                          "socket_tos",
                          "mtu_length",
                          "loss_report_length",
                          "resource_free_limit",
                          "conductor_cpu_affinity_no",
                          "conductor_cpu_affinity_resolved",
                          "receiver_cpu_affinity_no",
                          "sender_cpu_affinity_no",
                          "native_resource_agent_cpu_affinity_no",
                          "threading_mode",
                          "conductor_idle_strategy_func",
                          "native_resource_agent_idle_strategy_init_args",
                          "receiver_group_tag.is_present",
                          "termination_validator_func",
                          "sender_wildcard_port_range",
                          "stream_session_limit",
                          "udp_channel_transport_poller_socket_poll_limit"};
    const std::string text = dump(Settings{.directory = "/dev/shm/x"}, Hooks{}, ResolvedAffinity{});
    EXPECT_TRUE(begins(
        text, "aeron_driver_context_t {\n    cnc_version=0.2.0\n    aeron_dir=/dev/shm/x\n"));
    EXPECT_TRUE(text.ends_with("\n}\n"));
    std::size_t at = 0;
    for (const char* key : keys) {
        const std::size_t found = text.find("\n    " + std::string{key} + "=", at);
        ASSERT_NE(found, text.npos) << key << " is missing or comes too early";
        at = found;
    }
}

}  // namespace
}  // namespace tern::driver

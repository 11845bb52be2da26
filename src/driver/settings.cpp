#include "tern/driver/settings.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <type_traits>

#include "tern/driver/config/setting_table.hpp"
#include "tern/shm/broadcast.hpp"
#include "tern/shm/many_to_one_ring.hpp"

// The texts are Aeron's where Aeron has one; what follows the colon or blank after it is the
// remedy.

namespace tern::driver {
namespace {

constexpr std::int64_t kIntMax = INT32_MAX;
constexpr std::int64_t kTermLeast = 64 * 1024;
constexpr std::int64_t kTermMost = 1024 * 1024 * 1024;
constexpr std::int64_t kHeaderLength = 32;
constexpr std::int64_t kLongestPayload = 65504;

/// Collects the first fault; later checks then do nothing.
class Checks {
  public:
    void fail(std::string text) {
        if (!fault_) fault_ = Error{ErrorCode::generic_error, std::move(text)};
    }
    /// `text` says what is wrong, `property` what to change, `allowed` to what.
    void require(bool good, const std::string& text, std::string_view property,
                 const std::string& allowed) {
        if (!good) fail(text + ": set " + std::string{property} + " to " + allowed);
    }
    void range(std::string_view name, std::int64_t value, std::int64_t least, std::int64_t most,
               std::string_view property) {
        const std::string tail = ": value=" + std::to_string(value);
        const std::string allowed = std::to_string(least) + ".." + std::to_string(most);
        require(value >= least,
                std::string{name} + " less than min size of " + std::to_string(least) + tail,
                property, allowed);
        require(value <= most,
                std::string{name} + " greater than max size of " + std::to_string(most) + tail,
                property, allowed);
    }
    Result<void> result() && {
        if (fault_) return *std::move(fault_);
        return {};
    }

  private:
    std::optional<Error> fault_;
};

std::string with_value(std::string_view name, auto value) {
    return std::string{name} + "=" + std::to_string(value);
}

void check_term_length(Checks& checks, std::int64_t length, std::string_view property) {
    const std::string allowed = "a power of two from 64k to 1g";
    const std::string tail = ": length=" + std::to_string(length);
    checks.require(length >= kTermLeast, "term length less than min length of 65536" + tail,
                   property, allowed);
    checks.require(length <= kTermMost, "term length greater than max length of 1073741824" + tail,
                   property, allowed);
    checks.require(is_power_of_two(length), "term length not a power of 2" + tail, property,
                   allowed);
}

void check_mtu(Checks& checks, std::int64_t mtu, std::string_view property) {
    const std::string allowed = "a multiple of 32 from 64 to 65504";
    checks.require(mtu > kHeaderLength && mtu <= kLongestPayload,
                   "mtuLength must be a > HEADER_LENGTH and <= MAX_UDP_PAYLOAD_LENGTH: " +
                       with_value("mtuLength", mtu),
                   property, allowed);
    checks.require(
        mtu % 32 == 0,
        "mtuLength must be a multiple of FRAME_ALIGNMENT: " + with_value("mtuLength", mtu),
        property, allowed);
}

void check_lengths(Checks& checks, const Settings& s) {
    check_term_length(checks, s.term_buffer_length, "aeron.term.buffer.length");
    check_term_length(checks, s.ipc_term_buffer_length, "aeron.ipc.term.buffer.length");
    checks.range("file_page_size", s.file_page_size, 4096, kTermMost, "aeron.file.page.size");
    checks.require(is_power_of_two(s.file_page_size),
                   "Page size not a power of 2: page size=" + std::to_string(s.file_page_size),
                   "aeron.file.page.size", "a power of two such as 4096 or 2m");
    check_mtu(checks, s.mtu_length, "aeron.mtu.length");
    check_mtu(checks, s.ipc_mtu_length, "aeron.ipc.mtu.length");
    checks.range("to_driver_buffer_length", s.to_driver_buffer_length, 1049344, kIntMax,
                 "aeron.conductor.buffer.length");
    checks.range("to_clients_buffer_length", s.to_clients_buffer_length, 1048704, kIntMax,
                 "aeron.clients.buffer.length");
    checks.range("counters_values_buffer_length", s.counters_values_buffer_length, 1048576,
                 524288000, "aeron.counters.buffer.length");
    checks.range("error_buffer_length", s.error_buffer_length, 4194304, kIntMax,
                 "aeron.error.buffer.length");
    checks.range("publication_window_length", s.publication_window_length, 0, kTermMost,
                 "aeron.publication.term.window.length");
    checks.range("ipc_publication_window_length", s.ipc_publication_window_length, 0, kTermMost,
                 "aeron.ipc.publication.term.window.length");
    checks.require(
        s.max_messages_per_send <= s.sender_io_vector_capacity,
        "network_publication_max_messages_per_send may not exceed sender_io_vector_capacity (" +
            std::to_string(s.sender_io_vector_capacity) +
            "): value=" + std::to_string(s.max_messages_per_send),
        "aeron.sender.io.vector.capacity", std::to_string(s.max_messages_per_send) + " or more");
    checks.require(ManyToOneRing::is_valid_length(s.to_driver_buffer_length),
                   "to_driver_buffer_length is not a power of two and a trailer of 768: value=" +
                       std::to_string(s.to_driver_buffer_length),
                   "aeron.conductor.buffer.length", "1049344, 2097920, 4195072 or such");
    checks.require(is_valid_broadcast_length(s.to_clients_buffer_length),
                   "to_clients_buffer_length is not a power of two and a trailer of 128: value=" +
                       std::to_string(s.to_clients_buffer_length),
                   "aeron.clients.buffer.length", "1048704, 2097280, 4194432 or such");
    checks.require(s.counters_values_buffer_length % 128 == 0,
                   "counters_values_buffer_length is not a multiple of 128: value=" +
                       std::to_string(s.counters_values_buffer_length),
                   "aeron.counters.buffer.length", "a multiple of 128");
    checks.require(s.error_buffer_length % 8 == 0,
                   "error_buffer_length is not a multiple of 8: value=" +
                       std::to_string(s.error_buffer_length),
                   "aeron.error.buffer.length", "a multiple of 8");
}

void check_cnc_length(Checks& checks, const Settings& s) {
    constexpr std::int64_t kHeader = 128;
    const std::int64_t length =
        align(kHeader + s.to_driver_buffer_length + s.to_clients_buffer_length +
                  5 * s.counters_values_buffer_length + s.error_buffer_length,
              s.file_page_size);
    checks.require(
        length <= kIntMax,
        "CnC file length greater than max size of 2147483647: value=" + std::to_string(length),
        "aeron.counters.buffer.length", "less, or shorten one of the other buffers in it");
}

void check_timeouts(Checks& checks, const Settings& s) {
    const auto longer = [&checks](std::string_view name, Nanos value, std::string_view than_name,
                                  Nanos than, std::string_view property) {
        checks.require(
            value > than,
            with_value(name, value.count()) + " <= " + with_value(than_name, than.count()),
            property, "more than " + std::to_string(than.count()) + " ns");
    };
    longer("publication_unblock_timeout_ns", s.publication_unblock_timeout,
           "client_liveness_timeout_ns", s.client_liveness_timeout,
           "aeron.publication.unblock.timeout");
    longer("client_liveness_timeout_ns", s.client_liveness_timeout, "timer_interval_ns",
           s.timer_interval, "aeron.client.liveness.timeout");
    longer("untethered_window_limit_timeout_ns", s.untethered_window_limit_timeout,
           "timer_interval_ns", s.timer_interval, "aeron.untethered.window.limit.timeout");
    longer("untethered_resting_timeout_ns", s.untethered_resting_timeout, "timer_interval_ns",
           s.timer_interval, "aeron.untethered.resting.timeout");
    if (s.untethered_linger_timeout) {
        longer("untethered_linger_timeout_ns", *s.untethered_linger_timeout, "timer_interval_ns",
               s.timer_interval, "aeron.untethered.linger.timeout");
    }
    const std::int64_t delay = s.nak_unicast_delay.count();
    checks.require(
        delay <= 0 || s.nak_unicast_retry_delay_ratio <= INT64_MAX / delay,
        "nak_unicast_delay_ns (" + std::to_string(delay) + ") * nak_unicast_retry_delay_ratio (" +
            std::to_string(s.nak_unicast_retry_delay_ratio) + ") exceeds 9223372036854775807",
        "aeron.nak.unicast.retry.delay.ratio", "less");
}

// Enough must be left for all publications that there can be, or a search for an id would not end.
void check_session_ids(Checks& checks, const Settings& s) {
    const std::int64_t reserved =
        std::int64_t{s.reserved_session_id_high} - s.reserved_session_id_low + 1;
    checks.require(reserved <= std::int64_t{1} << 31,
                   "reserved session ids are more than half of all: low=" +
                       std::to_string(s.reserved_session_id_low) +
                       ", high=" + std::to_string(s.reserved_session_id_high),
                   "aeron.publication.reserved.session.id.high",
                   "at most " + std::to_string(INT32_MAX) + " more than the low one");
}

/// What programs give in text is clamped to the table's ranges; what is set in code is checked
/// here.
void check_table(Checks& checks, const Settings& s) {
    for (const SettingRow& row : setting_rows()) {
        const auto check = [&](std::int64_t value) {
            checks.require(
                value >= row.least && value <= row.most,
                std::string{row.property} + " is out of range: value=" + std::to_string(value),
                row.property, std::to_string(row.least) + ".." + std::to_string(row.most));
        };
        std::visit(
            [&](auto member) {
                using T = std::remove_cvref_t<decltype(s.*member)>;
                if constexpr (std::is_same_v<T, Nanos> || std::is_same_v<T, Millis>) {
                    check((s.*member).count());
                } else if constexpr (std::is_same_v<T, std::uint64_t>) {
                    check(static_cast<std::int64_t>(std::min<std::uint64_t>(s.*member, INT64_MAX)));
                } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
                    check(static_cast<std::int64_t>(s.*member));
                } else if constexpr (std::is_same_v<T, std::optional<Nanos>>) {
                    if (s.*member) check((s.*member)->count());
                }
            },
            row.member);
    }
}

/// What this driver cannot do, whoever asks for it.
void check_features(Checks& checks, const Settings& s) {
    if (!s.resolver_interface.empty() && s.resolver_name.empty()) {
        checks.fail(
            "`resolverName` is required when `resolverInterface` is set: set "
            "aeron.driver.resolver.name");
    }
    if (!s.dynamic_libraries.empty()) {
        checks.fail(
            "dynamic loading of libraries not supported with a statically link driver: remove "
            "aeron.driver.dynamic.libraries=" +
            s.dynamic_libraries.front());
    }
    if (!s.agent_on_start_function.empty()) {
        checks.fail("could not find agent on start function " + s.agent_on_start_function +
                    ": functions are not looked up by name; remove aeron.agent.on.start.function");
    }
    if (!s.outgoing_interceptors.empty()) {
        checks.fail("could not find interceptor bindings " + s.outgoing_interceptors.front() +
                    ": there is none for outgoing datagrams; remove "
                    "aeron.udp.channel.outgoing.interceptors");
    }
    constexpr std::array<std::string_view, 3> kIncoming{"loss", "fixed-loss", "multi-gap-loss"};
    for (const std::string& name : s.incoming_interceptors) {
        if (std::find(kIncoming.begin(), kIncoming.end(), name) == kIncoming.end()) {
            checks.fail("could not find interceptor bindings " + name +
                        ": set aeron.udp.channel.incoming.interceptors to loss, fixed-loss or "
                        "multi-gap-loss");
        }
    }
}

}  // namespace

Result<void> validate(const Settings& settings) {
    Checks checks;
    check_lengths(checks, settings);
    check_cnc_length(checks, settings);
    check_timeouts(checks, settings);
    check_session_ids(checks, settings);
    check_table(checks, settings);
    check_features(checks, settings);
    return std::move(checks).result();
}

}  // namespace tern::driver

#include "tern/driver/system_counters.hpp"

#include <string>
#include <string_view>

#include "tern/base/version.hpp"
#include "tern/protocol/message_types.hpp"

namespace tern::driver {
namespace {

constexpr std::array<std::string_view, kSystemCounterCount> kLabels = {
    "Bytes sent",
    "Bytes received",
    "Failed offers to ReceiverProxy",
    "Failed offers to SenderProxy",
    "Failed offers to DriverConductorProxy",
    "NAKs sent",
    "NAKs received",
    "Status Messages sent",
    "Status Messages received",
    "Heartbeats sent",
    "Heartbeats received",
    "Retransmits sent",
    "Flow control under runs",
    "Flow control over runs",
    "Invalid packets",
    "Errors",
    "Short sends",
    "Failed attempts to free log buffers",
    "Sender flow control limits, i.e. back-pressure events",
    "Unblocked Publications",
    "Unblocked Control Commands",
    "Possible TTL Asymmetry",
    "ControllableIdleStrategy status",
    "Loss gap fills",
    "Client liveness timeouts",
    "Resolution changes",
    "Conductor max cycle time doing its work in ns",
    "Conductor work cycle exceeded threshold count",
    "Sender max cycle time doing its work in ns",
    "Sender work cycle exceeded threshold count",
    "Receiver max cycle time doing its work in ns",
    "Receiver work cycle exceeded threshold count",
    "NameResolver max time in ns",
    "NameResolver exceeded threshold count",
    "Aeron software",
    "Bytes currently mapped",
    "Retransmitted bytes",
    "Retransmit Pool Overflow count",
    "Error Frames received",
    "Error Frames sent",
    "Publications Revoked",
    "Publication Images Revoked",
    "Images rejected",
    "Control protocol version",
    "Status Messages rejected",
    "Failed offers to NativeResourceAgentProxy",
};

std::string_view mode_text(ThreadingMode mode) {
    switch (mode) {
        case ThreadingMode::dedicated: return "DEDICATED";
        case ThreadingMode::shared_network: return "SHARED_NETWORK";
        case ThreadingMode::shared: return "SHARED";
        case ThreadingMode::invoker: return "INVOKER";
    }
    return "";
}

// In the largest unit that loses nothing.
std::string duration_text(Nanos duration) {
    const std::int64_t ns = duration.count();
    if (ns % 1'000'000'000 == 0) return std::to_string(ns / 1'000'000'000) + "s";
    if (ns % 1'000'000 == 0) return std::to_string(ns / 1'000'000) + "ms";
    if (ns % 1'000 == 0) return std::to_string(ns / 1'000) + "us";
    return std::to_string(ns) + "ns";
}

std::string version_suffix() {
    return ": version=" + std::string(version_text()) + " commit=" + std::string(revision_text());
}

std::string label_suffix(SystemCounter counter, const Settings& settings) {
    const std::string mode(mode_text(settings.threading_mode));
    const auto threshold = [](Nanos limit) { return ": threshold=" + duration_text(limit); };
    switch (counter) {
        case SystemCounter::errors:
        case SystemCounter::software_version: return version_suffix();
        case SystemCounter::resolution_changes: return ": driverName=" + settings.resolver_name;
        case SystemCounter::conductor_max_cycle_time:
        case SystemCounter::sender_max_cycle_time:
        case SystemCounter::receiver_max_cycle_time: return ": " + mode;
        case SystemCounter::conductor_cycle_time_threshold_exceeded:
            return threshold(settings.conductor_cycle_threshold) + " " + mode;
        case SystemCounter::sender_cycle_time_threshold_exceeded:
            return threshold(settings.sender_cycle_threshold) + " " + mode;
        case SystemCounter::receiver_cycle_time_threshold_exceeded:
            return threshold(settings.receiver_cycle_threshold) + " " + mode;
        case SystemCounter::name_resolver_time_threshold_exceeded:
            return threshold(settings.name_resolver_threshold);
        default: return "";
    }
}

std::int64_t initial_value(SystemCounter counter) {
    switch (counter) {
        case SystemCounter::software_version: return version_number();
        case SystemCounter::control_protocol_version: return protocol::kControlProtocolVersion;
        default: return 0;
    }
}

}  // namespace

SystemCounters::SystemCounters(CountersManager& manager, const Settings& settings,
                               Millis epoch_now) {
    for (std::int32_t id = 0; id < kSystemCounterCount; ++id) {
        const auto counter = static_cast<SystemCounter>(id);
        const std::string label =
            std::string(kLabels[static_cast<std::size_t>(id)]) + label_suffix(counter, settings);
        std::byte key[sizeof id];
        store_plain(key, id);
        const Result<std::int32_t> allocated = manager.allocate({.type_id = 0,
                                                                 .key = key,
                                                                 .label = label,
                                                                 .registration_id = id,
                                                                 .owner_id = -1,
                                                                 .value = initial_value(counter)},
                                                                epoch_now);
        TERN_ASSERT(allocated && *allocated == id);
        counters_[static_cast<std::size_t>(id)] = manager.counter(id);
    }
}

void SystemCounters::free_all(CountersManager& manager, Millis epoch_now) {
    for (std::int32_t id = 0; id < kSystemCounterCount; ++id) {
        manager.free(id, epoch_now);
    }
}

}  // namespace tern::driver

#include "tern/driver/system_counters.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tern/base/version.hpp"

namespace tern::driver {
namespace {

constexpr Millis kNow{1'700'000'000'000};

struct Fixture : ::testing::Test {
    std::vector<std::byte> metadata = std::vector<std::byte>(64 * 512);
    std::vector<std::byte> values = std::vector<std::byte>(64 * 128);
    CountersManager manager{metadata, values, Millis{1000}};
    Settings settings;

    std::string label(SystemCounter counter) const {
        return std::string(manager.label(static_cast<std::int32_t>(counter)));
    }
};
using SystemCountersTest = Fixture;

TEST_F(SystemCountersTest, have_their_own_numbers_as_ids) {
    const SystemCounters counters(manager, settings, kNow);
    for (std::int32_t id = 0; id < kSystemCounterCount; ++id) {
        EXPECT_EQ(manager.state(id), CounterState::allocated);
        EXPECT_EQ(manager.type_id(id), 0);
        EXPECT_EQ(manager.registration_id(id), id);
        EXPECT_EQ(manager.owner_id(id), -1);
        EXPECT_EQ(load_plain<std::int32_t>(manager.find(id)->key.data()), id);
    }
    EXPECT_EQ(manager.state(kSystemCounterCount), CounterState::unused);
    counters[SystemCounter::heartbeats_received].increment();
    EXPECT_EQ(manager.value(10), 1);
}

// Golden vector 17.1 of counters.md.
TEST_F(SystemCountersTest, control_protocol_version_is_that_of_vector_17_1) {
    const SystemCounters counters(manager, settings, kNow);
    EXPECT_EQ(label(SystemCounter::control_protocol_version), "Control protocol version");
    EXPECT_EQ(manager.value(43), 65'536);
    EXPECT_EQ(manager.value(34), version_number());
}

TEST_F(SystemCountersTest, labels_say_what_was_configured) {
    settings.threading_mode = ThreadingMode::shared_network;
    settings.sender_cycle_threshold = Nanos{1'500'000};
    const SystemCounters counters(manager, settings, kNow);
    const std::string version =
        ": version=" + std::string(version_text()) + " commit=" + std::string(revision_text());
    EXPECT_EQ(label(SystemCounter::bytes_sent), "Bytes sent");
    EXPECT_EQ(label(SystemCounter::errors), "Errors" + version);
    EXPECT_EQ(label(SystemCounter::software_version), "Aeron software" + version);
    EXPECT_EQ(label(SystemCounter::resolution_changes), "Resolution changes: driverName=");
    EXPECT_EQ(label(SystemCounter::conductor_max_cycle_time),
              "Conductor max cycle time doing its work in ns: SHARED_NETWORK");
    EXPECT_EQ(label(SystemCounter::conductor_cycle_time_threshold_exceeded),
              "Conductor work cycle exceeded threshold count: threshold=100ms SHARED_NETWORK");
    EXPECT_EQ(label(SystemCounter::sender_cycle_time_threshold_exceeded),
              "Sender work cycle exceeded threshold count: threshold=1500us SHARED_NETWORK");
    EXPECT_EQ(label(SystemCounter::name_resolver_time_threshold_exceeded),
              "NameResolver exceeded threshold count: threshold=5s");
    EXPECT_EQ(label(SystemCounter::native_resource_agent_proxy_fails),
              "Failed offers to NativeResourceAgentProxy");
}

TEST_F(SystemCountersTest, are_freed_when_the_driver_closes) {
    SystemCounters counters(manager, settings, kNow);
    counters.free_all(manager, kNow);
    EXPECT_EQ(manager.state(0), CounterState::reclaimed);
    EXPECT_EQ(manager.state(45), CounterState::reclaimed);
}

}  // namespace
}  // namespace tern::driver

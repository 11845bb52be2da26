#include "tern/shm/cnc_file.hpp"

#include <gtest/gtest.h>

#include "tern/shm/cnc_connector.hpp"
#include "tern/shm/many_to_one_ring.hpp"
#include "tern/shm/testing/memory.hpp"
#include "tern/shm/testing/memory_file_system.hpp"

namespace tern {
namespace {

using namespace std::chrono_literals;
using testing::hex;

constexpr Millis kEpoch{1'700'000'000'000};

CncLayout small_layout() {
    return {.to_driver_buffer_length = 1024 + 768,
            .to_clients_buffer_length = 1024 + 128,
            .counters_metadata_buffer_length = 4 * 1024,
            .counters_values_buffer_length = 1024,
            .error_log_buffer_length = 1024};
}

struct CncFixture : ::testing::Test {
    MemoryFileSystem files;
    const std::string directory = "/aeron";
    const std::string path = directory + "/cnc.dat";

    CncFile make(const CncLayout& layout) {
        auto mapping =
            files.create(path, static_cast<std::uint64_t>(layout.file_length()), Blocks::reserved);
        return CncFile::initialise(*mapping, layout);
    }
    /// A live driver whose heartbeat is `age` old.
    CncFile start_driver(Millis age = 0ms) {
        CncFile cnc = make(small_layout());
        ManyToOneRing{cnc.to_driver()}.set_consumer_heartbeat_ms((kEpoch - age).count());
        cnc.publish_version();
        return cnc;
    }
    void remove() { ASSERT_TRUE(files.remove_file(path)); }
    std::shared_ptr<Mapping> open() { return *files.open(path, MapMode::read_write); }
};

TEST_F(CncFixture, vector_3_6_default_header_and_places) {
    CncLayout layout;
    layout.start_timestamp = Millis{1'700'000'000'123};
    layout.pid = 4242;
    EXPECT_EQ(layout.file_length(), 48'238'592);
    CncFile cnc = make(layout);
    EXPECT_EQ(cnc.version(), 0);
    cnc.publish_version();
    const Bytes bytes = cnc.mapping()->bytes();
    EXPECT_EQ(hex(bytes.first(52)),
              "00 02 00 00 00 03 10 00 80 00 10 00 00 00 00 02 "
              "00 00 80 00 00 00 40 00 00 e4 0b 54 02 00 00 00 "
              "7b 68 e5 cf 8b 01 00 00 92 10 00 00 00 00 00 00 "
              "00 10 00 00");
    const auto offset_of = [&bytes](const Bytes& section) { return section.data() - bytes.data(); };
    EXPECT_EQ(offset_of(cnc.to_driver()), 128);
    EXPECT_EQ(offset_of(cnc.to_clients()), 1'049'472);
    EXPECT_EQ(offset_of(cnc.counters_metadata()), 2'098'176);
    EXPECT_EQ(offset_of(cnc.counters_values()), 35'652'608);
    EXPECT_EQ(offset_of(cnc.error_log()), 44'041'216);
    ManyToOneRing ring{cnc.to_driver()};
    ring.set_consumer_heartbeat_ms(-2);
    EXPECT_EQ(load_plain<std::int64_t>(bytes.data() + 1'049'344), -2);
}

TEST_F(CncFixture, a_file_that_does_not_hold_what_its_header_says_is_refused) {
    start_driver();
    const auto spoil = [this](std::size_t offset, std::int32_t value) {
        const auto mapping = open();
        const auto before = load_plain<std::int32_t>(mapping->bytes().data() + offset);
        store_plain(mapping->bytes().data() + offset, value);
        const auto result = CncFile::over(mapping);
        store_plain(mapping->bytes().data() + offset, before);
        return result ? std::string{} : result.error().text;
    };
    EXPECT_NE(spoil(4, 1000), "");
    EXPECT_NE(spoil(4, -1), "");
    EXPECT_NE(spoil(8, 100), "");
    EXPECT_NE(spoil(12, std::numeric_limits<std::int32_t>::max()), "");
    EXPECT_NE(spoil(16, -8), "");
    EXPECT_NE(spoil(20, 1 << 30), "");
    EXPECT_EQ(spoil(48, 0), "") << "an older driver writes no page size";
    EXPECT_TRUE(CncFile::over(open()));
}

TEST_F(CncFixture, tells_a_live_driver_from_a_dead_one) {
    using State = DriverPresence::State;
    const auto look = [this] { return look_for_driver(*open(), kEpoch, 10'000ms).state; };
    CncFile cnc = start_driver(10'000ms);
    EXPECT_EQ(look(), State::active);
    ManyToOneRing ring{cnc.to_driver()};
    ring.set_consumer_heartbeat_ms((kEpoch - 10'001ms).count());
    EXPECT_EQ(look(), State::none);
    ring.set_consumer_heartbeat_ms((kEpoch + 60'000ms).count());
    EXPECT_EQ(look(), State::active) << "a heartbeat in the future counts as active";
    for (const std::int64_t dead : {std::int64_t{0}, std::int64_t{-1}}) {
        ring.set_consumer_heartbeat_ms(dead);
        EXPECT_EQ(look(), State::none) << dead;
    }
}

TEST_F(CncFixture, is_no_driver_where_the_file_is_short_unfinished_or_alien) {
    using State = DriverPresence::State;
    const auto look = [this] { return look_for_driver(*open(), kEpoch, 10'000ms).state; };
    ASSERT_TRUE(files.create(path, 128, Blocks::sparse));
    EXPECT_EQ(look(), State::none);
    remove();
    ASSERT_TRUE(files.create(path, 4096, Blocks::sparse));
    EXPECT_EQ(look(), State::initialising);
    store_plain(open()->bytes().data(), semantic_version(0, 2, 0));
    EXPECT_EQ(look(), State::none) << "its to-driver length is 0";
    store_plain(open()->bytes().data() + 4, std::int32_t{(1 << 20) + 768});
    EXPECT_EQ(look(), State::none) << "cut short";
    store_plain(open()->bytes().data(), semantic_version(1, 0, 0));
    EXPECT_EQ(look(), State::other_major);
}

struct ConnectorFixture : CncFixture {
    Nanos        now{1s};
    CncConnector connector{files, directory, 10s, 1s + 10s};

    CncConnector::Step step() { return connector.try_step(now, kEpoch); }
    bool waits() { return std::holds_alternative<CncConnector::Wait>(step()); }
    bool connects() { return std::holds_alternative<CncConnector::Connected>(step()); }
    Error error() {
        const CncConnector::Step result = step();
        const auto* found = std::get_if<Error>(&result);
        return found == nullptr ? Error{ErrorCode::none, ""} : *found;
    }
};

TEST_F(ConnectorFixture, connects_to_a_live_driver_at_the_first_step) {
    start_driver();
    EXPECT_TRUE(connects());
}

TEST_F(ConnectorFixture, waits_for_the_file_then_the_version_then_the_heartbeat) {
    EXPECT_TRUE(waits());
    CncFile cnc = make(small_layout());
    EXPECT_TRUE(waits());
    cnc.publish_version();
    EXPECT_TRUE(waits());
    ManyToOneRing{cnc.to_driver()}.set_consumer_heartbeat_ms(kEpoch.count());
    EXPECT_TRUE(connects());
}

TEST_F(ConnectorFixture, opens_the_new_file_of_a_restarted_driver) {
    start_driver(60'000ms);
    EXPECT_TRUE(waits());
    remove();
    start_driver();
    EXPECT_TRUE(connects());
}

TEST_F(ConnectorFixture, says_what_is_missing_past_the_deadline) {
    now = 11s;
    EXPECT_EQ(error().code, ErrorCode::driver_timeout);
    EXPECT_NE(error().text.find("CnC file not created: /aeron/cnc.dat"), std::string::npos);
    CncFile cnc = make(small_layout());
    EXPECT_EQ(error().code, ErrorCode::client_timeout);
    EXPECT_NE(error().text.find("CnC file is created but not initialised"), std::string::npos);
    cnc.publish_version();
    EXPECT_EQ(error().code, ErrorCode::driver_timeout);
    EXPECT_NE(error().text.find("no driver heartbeat detected after: 10000ms"), std::string::npos);
}

TEST_F(ConnectorFixture, refuses_another_major_and_an_older_minor_at_once) {
    start_driver();
    const auto with_version = [this](std::int32_t version) {
        store_plain(open()->bytes().data(), version);
        return error().text;
    };
    EXPECT_NE(with_version(semantic_version(1, 0, 0)).find("app=0.2.0 file=1.0.0"),
              std::string::npos);
    EXPECT_NE(with_version(semantic_version(0, 1, 9)).find("driverVersion=0.1.9 insufficient"),
              std::string::npos);
    store_plain(open()->bytes().data(), semantic_version(0, 3, 0));
    EXPECT_TRUE(connects());
}

}  // namespace
}  // namespace tern

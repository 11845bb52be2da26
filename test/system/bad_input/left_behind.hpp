#pragma once

/// What a driver that was killed leaves behind, to be spoilt by a test.

#include <gtest/gtest.h>

#include <csignal>
#include <cstdint>
#include <random>
#include <string>

#include "system/ternd_process.hpp"
#include "tern/platform/os_file_system.hpp"
#include "tern/platform/system_clock.hpp"
#include "tern/shm/many_to_one_ring.hpp"

namespace tern::test {

/// The cnc.dat of a driver that is no more, as if it had been alive just now.
struct LeftBehind : ::testing::Test {
    TempDir temp;
    const std::string directory = temp / "aeron", file = directory + "/cnc.dat";

    void SetUp() override {
        Ternd ternd{directory};
        ternd.wait_until_ready();
        ternd.stop(SIGKILL);
        set_heartbeat(INT64_MAX / 2);
    }
    void set_heartbeat(std::int64_t epoch_ms) {
        ManyToOneRing{open_cnc(directory).to_driver()}.set_consumer_heartbeat_ms(epoch_ms);
    }
    void store(std::size_t offset, std::int32_t value) {
        platform::OsFileSystem files;
        store_plain(files.open(file, MapMode::read_write).value()->bytes().data() + offset, value);
    }
    /// Right lengths and version, a fresh heartbeat, and anything else.
    void scribble_behind_header(std::mt19937_64& random) {
        {
            const CncFile cnc = open_cnc(directory);
            const Bytes bytes = cnc.mapping()->bytes();
            for (std::size_t at = kCncHeaderLength; at + 8 <= bytes.size(); at += 8) {
                store_plain(bytes.data() + at, random());
            }
        }
        set_heartbeat(platform::SystemClock{}.epoch_now().count());
    }
};

}  // namespace tern::test

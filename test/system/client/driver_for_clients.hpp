#pragma once

/// An embedded driver that lets life cycles pass quickly, and contexts on it.

#include <string>
#include <thread>

#include "support/temp_dir.hpp"
#include "tern/embedded_driver.hpp"
#include "tern/tern.hpp"

namespace tern::test {

struct DriverForClients {
    TempDir temp;
    EmbeddedDriver driver{options(temp / "aeron")};

    static EmbeddedDriver::Options options(const std::string& directory) {
        return {.directory = directory,
                .settings = {{"aeron.counters.buffer.length", "1m"},
                             {"aeron.timer.interval", "10ms"},
                             {"aeron.ipc.term.buffer.length", "64k"}}};
    }
    Context::Options context_options() const { return {.directory = driver.directory()}; }
};

/// Looks again and again; a test that waits for ever is ended by its time-out.
template <typename Predicate>
void eventually(Predicate&& predicate) {
    while (!predicate()) std::this_thread::yield();
}

}  // namespace tern::test

/// A client asks a driver to end (spec control-protocol.md, 17.3).

#include <gtest/gtest.h>

#include <csignal>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "system/ternd_process.hpp"
#include "tern/embedded_driver.hpp"
#include "tern/protocol/client_commands.hpp"
#include "tern/shm/many_to_one_ring.hpp"

namespace tern::test {
namespace {

/// As a client would: the driver gives no answer.
void request_termination(const std::string& directory, std::string_view token) {
    const CncFile cnc = open_cnc(directory);
    ManyToOneRing ring{cnc.to_driver()};
    const protocol::TerminateDriver command{
        .header = {.client_id = ring.next_correlation_id(),
                   .correlation_id = ring.next_correlation_id()},
        .token = bytes_of(token)};
    std::vector<std::byte> body(protocol::encoded_length(command));
    protocol::encode(command, body);
    ASSERT_EQ(ring.write(static_cast<std::int32_t>(command.type()), body), RingResult::ok);
}

/// Until the driver has taken every command so far out of its ring.
void wait_until_read(const std::string& directory) {
    const CncFile cnc = open_cnc(directory);
    const ManyToOneRing ring{cnc.to_driver()};
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (ring.size() > 0 && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    EXPECT_EQ(ring.size(), 0);
}

TEST(Termination, is_obeyed_by_ternd_where_its_validator_allows_it) {
    TempDir temp;
    Ternd ternd{temp / "aeron", {"-Daeron.driver.termination.validator=allow"}};
    ternd.wait_until_ready();
    request_termination(temp / "aeron", "please");
    EXPECT_EQ(ternd.process().wait(), kCleanEnd);
    EXPECT_NE(ternd.process().output().find("shutting down driver (a client's request)"),
              std::string::npos);
    EXPECT_EQ(open_cnc(temp / "aeron").consumer_heartbeat_ms(), -1);
}

TEST(Termination, is_denied_by_default) {
    TempDir temp;
    Ternd ternd{temp / "aeron"};
    ternd.wait_until_ready();
    request_termination(temp / "aeron", "please");
    wait_until_read(temp / "aeron");
    EXPECT_TRUE(ternd.process().running());
    EXPECT_EQ(ternd.stop(SIGTERM), kCleanEnd);
    EXPECT_NE(ternd.process().output().find("(SIGTERM)"), std::string::npos)
        << ternd.process().output();
}

TEST(Termination, is_decided_by_the_program_that_embeds_the_driver) {
    std::promise<void> requested;
    auto request = requested.get_future();
    EmbeddedDriver driver{{
        .settings = {{"aeron.counters.buffer.length", "1m"}},
        .termination_validator =
            [](std::span<const std::byte> token) { return text_of(token) == "sesame"; },
        .on_termination_request = [&] { requested.set_value(); },
    }};
    request_termination(driver.directory(), "guess");
    wait_until_read(driver.directory());
    EXPECT_EQ(request.wait_for(std::chrono::seconds{0}), std::future_status::timeout);
    request_termination(driver.directory(), "sesame");
    EXPECT_EQ(request.wait_for(kPatience), std::future_status::ready);
    EXPECT_FALSE(driver.is_closed());  // the program has to do it
    driver.close();
}

}  // namespace
}  // namespace tern::test

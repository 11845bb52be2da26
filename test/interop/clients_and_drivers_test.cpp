// Every client against every driver over shared memory: Tern's, the real C one and the real Java
// one. Messages of mixed sizes, whole and fragmented; the receiver checks each byte and the order.

#include <csignal>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/child_process.hpp"
#include "support/temp_dir.hpp"

namespace tern::test {
namespace {

using Words = std::vector<std::string>;

const std::string kSizes = "20,21,63,20-3000,1408,7000-8000";

Words driver_command(const std::string& side) {
    return side == "tern" ? Words{TERN_TERND}
           : side == "c"  ? Words{TERN_REAL_DRIVER}
                          : Words{TERN_REAL_JAVA, "driver"};
}

std::string client_program(const std::string& side) {
    return side == "tern" ? TERN_PEER : side == "c" ? TERN_REAL_CLIENT : TERN_REAL_JAVA;
}

Words operator+(Words left, const Words& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

class System {
  public:
    explicit System(const std::string& side)
        : driver_({.argv = driver_command(side), .env = environment()}) {
        EXPECT_TRUE(driver_.read_until("ready")) << driver_.output() << driver_.errors();
    }
    ~System() {
        driver_.signal(SIGTERM);
        driver_.wait();
    }
    std::map<std::string, std::string> environment() const {
        return {{"AERON_DIR", directory_ / "aeron"},
                {"AERON_THREADING_MODE", "SHARED"},
                {"AERON_IPC_TERM_BUFFER_LENGTH", "65536"},
                {"AERON_CLIENT_LIVENESS_TIMEOUT", "3s"},
                {"AERON_TIMER_INTERVAL", "100ms"}};
    }
    std::unique_ptr<ChildProcess> start(const std::string& side, const Words& arguments) const {
        auto client = std::make_unique<ChildProcess>(
            ChildProcess::Options{.argv = Words{client_program(side)} + arguments,
                                  .env = environment(),
                                  .stderr_to_stdout = true});
        EXPECT_TRUE(client->read_until("ready")) << side << ": " << client->output();
        return client;
    }
    static void expect_ok(ChildProcess& client) {
        EXPECT_EQ(client.wait(), (ChildProcess::Ended{0, 0})) << client.output();
        EXPECT_NE(client.output().find("\nok "), std::string::npos) << client.output();
    }

  private:
    TempDir      directory_;
    ChildProcess driver_;
};

struct Pairing {
    std::string driver, publisher, subscriber;
};

class ClientsAndDrivers : public ::testing::TestWithParam<Pairing> {};

TEST_P(ClientsAndDrivers, pass_messages_of_mixed_sizes) {
    System system{GetParam().driver};
    int stream = 1001;
    for (const char* kind : {"", "--exclusive"}) {
        const std::string number = std::to_string(stream++);
        const auto subscriber =
            system.start(GetParam().subscriber, {"sub", "aeron:ipc", number, "--count", "3000"});
        Words arguments{"pub", "aeron:ipc?term-length=64k", number, "--count", "3000", "--sizes",
                        kSizes};
        if (*kind != '\0') {
            arguments.emplace_back(kind);
        }
        const auto publisher = system.start(GetParam().publisher, arguments);
        System::expect_ok(*publisher);
        System::expect_ok(*subscriber);
    }
}

std::vector<Pairing> pairings() {
    std::vector<Pairing> all;
    for (const char* publisher : {"tern", "c", "java"}) {
        for (const char* subscriber : {"tern", "c", "java"}) {
            all.push_back({"tern", publisher, subscriber});
        }
    }
    for (const char* driver : {"c", "java"}) {
        for (const char* other : {"tern", "c", "java"}) {
            all.push_back({driver, "tern", other});
            if (std::string{other} != "tern") {
                all.push_back({driver, other, "tern"});
            }
        }
    }
    return all;
}

INSTANTIATE_TEST_SUITE_P(Ipc, ClientsAndDrivers, ::testing::ValuesIn(pairings()),
                         [](const auto& pairing) {
                             return pairing.param.publisher + "_to_" + pairing.param.subscriber +
                                    "_on_" + pairing.param.driver;
                         });

class EveryDriver : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryDriver, three_implementations_share_one_publication_with_the_smallest_terms) {
    System system{GetParam()};
    std::vector<std::unique_ptr<ChildProcess>> clients;
    for (const char* side : {"tern", "c", "java"}) {
        clients.push_back(
            system.start(side, {"sub", "aeron:ipc", "7", "--count", "6000", "--mixed"}));
    }
    std::vector<std::unique_ptr<ChildProcess>> publishers;
    int id = 1;
    for (const char* side : {"tern", "c", "java"}) {
        publishers.push_back(
            system.start(side, {"pub", "aeron:ipc?term-length=64k", "7", "--count", "2000",
                                "--sizes", kSizes, "--publisher", std::to_string(id++)}));
    }
    for (const auto& client : publishers) {
        System::expect_ok(*client);
    }
    for (const auto& client : clients) {
        System::expect_ok(*client);
    }
}

TEST_P(EveryDriver, tern_polls_in_every_way_and_sends_in_every_way) {
    System system{GetParam()};
    int stream = 20;
    for (const char* poll : {"fragment", "message", "controlled", "image", "bounded"}) {
        for (const char* send : {"--claim", "--vector"}) {
            const std::string number = std::to_string(stream++);
            const auto subscriber = system.start(
                "tern", {"sub", "aeron:ipc", number, "--count", "500", "--poll", poll});
            const auto publisher =
                system.start("tern", {"pub", "aeron:ipc?term-length=64k", number, "--count", "500",
                                      "--sizes", kSizes, send});
            System::expect_ok(*publisher);
            System::expect_ok(*subscriber);
        }
    }
}

TEST_P(EveryDriver, a_client_killed_in_the_middle_disturbs_nobody_else) {
    System system{GetParam()};
    int stream = 9;
    for (const char* victim : {"tern", "c"}) {
        const std::string number = std::to_string(stream++);
        const auto killed_sub =
            system.start(victim, {"sub", "aeron:ipc", number, "--count", "1000000"});
        const auto subscriber =
            system.start("tern", {"sub", "aeron:ipc?session-id=424242", number, "--count", "400"});
        const auto killed_pub = system.start(victim, {"pub", "aeron:ipc?session-id=99999", number,
                                                      "--count", "1000000", "--exclusive"});
        killed_pub->signal(SIGKILL);
        killed_sub->signal(SIGKILL);
        // Goes on once the driver has given up the dead subscriber, which holds the stream up until
        // then.
        const auto publisher =
            system.start("c", {"pub", "aeron:ipc?session-id=424242", number, "--count", "400",
                               "--sizes", kSizes, "--exclusive"});
        System::expect_ok(*publisher);
        System::expect_ok(*subscriber);
    }
}

INSTANTIATE_TEST_SUITE_P(Ipc, EveryDriver, ::testing::Values("tern", "c", "java"),
                         [](const auto& driver) { return driver.param; });

TEST(RealTools, read_the_directory_of_ternd) {
    System system{"tern"};
    const auto subscriber = system.start("c", {"sub", "aeron:ipc", "5", "--count", "2"});
    const auto publisher = system.start("c", {"pub", "aeron:ipc", "5", "--count", "1", "--hold"});
    ASSERT_TRUE(publisher->read_until("holding"));
    const Finished stat =
        run({.argv = {TERN_REAL_JAVA, "io.aeron.samples.AeronStat", "watch=false"},
             .env = system.environment()});
    EXPECT_EQ(stat.ended, (ChildProcess::Ended{0, 0})) << stat.output << stat.errors;
    EXPECT_NE(stat.output.find("sub-pos: "), std::string::npos) << stat.output;
    EXPECT_NE(stat.output.find("Bytes sent"), std::string::npos) << stat.output;
    const Finished errors =
        run({.argv = {TERN_REAL_JAVA, "io.aeron.samples.ErrorStat"}, .env = system.environment()});
    EXPECT_EQ(errors.ended, (ChildProcess::Ended{0, 0})) << errors.output << errors.errors;
}

TEST(RealCounters, are_seen_from_both_sides) {
    System system{"tern"};
    const auto holder = system.start("c", {"add-counter", "--type", "1234", "--label",
                                           "seen by all", "--value", "77", "--hold"});
    const Finished java = run(
        {.argv = {TERN_REAL_JAVA, "find-counter", "--type", "1234"}, .env = system.environment()});
    EXPECT_EQ(java.ended, (ChildProcess::Ended{0, 0})) << java.output << java.errors;
    EXPECT_NE(java.output.find("seen by all"), std::string::npos) << java.output;
    holder->close_stdin();
    System::expect_ok(*holder);
}

}  // namespace
}  // namespace tern::test

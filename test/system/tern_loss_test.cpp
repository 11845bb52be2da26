/// tern loss, on reports that this test writes as a driver would.

#include <gtest/gtest.h>

#include <fstream>

#include "system/tern_process.hpp"
#include "tern/platform/os_file_system.hpp"
#include "tern/platform/system_clock.hpp"
#include "tern/shm/loss_report.hpp"

namespace tern::test {
namespace {

constexpr Millis kDay = std::chrono::hours{24};

class TernLoss : public ::testing::Test {
  protected:
    std::shared_ptr<Mapping> make_report() {
        platform::OsFileSystem files;
        return files.create(file_, 64 * 1024, Blocks::reserved).value();
    }
    /// Two streams: one lost something a day ago, the other now.
    void write_two_losses() {
        const auto mapping = make_report();
        LossReport report{mapping->bytes()};
        const Millis now = platform::SystemClock{}.epoch_now();
        const auto first = report.create(1408, now - kDay, -1662310220, 1001,
                                         "aeron:udp?endpoint=localhost:20121", "127.0.0.1:49531");
        report.observe(first.value(), 1'458'848, now - kDay);
        ASSERT_TRUE(report.create(64, now, 7, -2, "aeron:udp?endpoint=[::1]:9", "[::1]:10"));
    }
    Finished loss(std::vector<std::string> arguments = {}) const {
        arguments.insert(arguments.begin(), {"loss", "--dir", temp_.path()});
        return run_tern(std::move(arguments));
    }

    TempDir temp_;
    const std::string file_ = temp_ / "loss-report.dat";
};

TEST_F(TernLoss, shows_the_columns_of_loss_stat) {
    write_two_losses();
    const Finished shown = loss();
    EXPECT_EQ(shown.ended, kCleanEnd) << shown.errors;
    for (const std::string part :
         {"    2   1,460,256  ", "  -1662310220  1001    aeron:udp?endpoint=localhost:20121  127.0",
          "    1          64  ", "\n2 loss entries\n"}) {
        EXPECT_TRUE(has(shown.output, part)) << part << " is not in\n" << shown.output;
    }
    const Finished csv = loss({"--csv"});
    EXPECT_TRUE(csv.output.starts_with(
        "OBSERVATION_COUNT,TOTAL_BYTES_LOST,FIRST_OBSERVATION,LAST_OBSERVATION,SESSION_ID,"
        "STREAM_ID,CHANNEL,SOURCE\n2,1460256,"))
        << csv.output;
    EXPECT_TRUE(
        has(csv.output, ",-1662310220,1001,aeron:udp?endpoint=localhost:20121,127.0.0.1:49531\n"))
        << csv.output;
}

TEST_F(TernLoss, gives_json_and_chooses_by_time) {
    write_two_losses();
    const Finished recent = loss({"--json", "--since", "3600"});
    EXPECT_EQ(recent.ended, kCleanEnd) << recent.errors;
    const auto entry = parse_json(recent.output);
    EXPECT_EQ(entry.at("count"), 1);
    EXPECT_EQ(entry.at("bytes_lost"), 64);
    EXPECT_EQ(entry.at("session_id"), 7);
    EXPECT_EQ(entry.at("stream_id"), -2);
    EXPECT_EQ(entry.at("channel"), "aeron:udp?endpoint=[::1]:9");
    EXPECT_EQ(entry.at("source"), "[::1]:10");
    EXPECT_EQ(entry.at("first_ms"), entry.at("last_ms"));
}

TEST_F(TernLoss, says_so_where_nothing_was_lost) {
    make_report();
    const Finished shown = loss();
    EXPECT_EQ(shown.ended, kCleanEnd);
    EXPECT_EQ(shown.output, "nothing was lost so far\n");
    EXPECT_EQ(loss({"--json"}).output, "");
    EXPECT_EQ(loss({"--fail-on-loss"}).ended, kCleanEnd);
}

TEST_F(TernLoss, tells_a_monitor_by_its_exit_status) {
    write_two_losses();
    EXPECT_EQ(loss({"--fail-on-loss"}).ended.exit_code, 4);
    EXPECT_EQ(loss({"--json", "--csv"}).ended.exit_code, 2);
}

TEST_F(TernLoss, says_what_to_do_where_there_is_no_report) {
    const Finished missing = loss();
    EXPECT_EQ(missing.ended.exit_code, 3);
    EXPECT_TRUE(has(missing.errors, file_)) << missing.errors;
    EXPECT_TRUE(has(missing.errors, "start one with: tern driver")) << missing.errors;
    EXPECT_EQ(loss({"--file", temp_ / "other"}).ended.exit_code, 1);
}

TEST_F(TernLoss, ends_at_bytes_that_are_no_entry) {
    write_two_losses();
    {
        platform::OsFileSystem files;
        const auto mapping = files.open(file_, MapMode::read_write).value();
        store_plain(mapping->bytes().data() + 128 + 40, std::int32_t{0x7fffffff});
    }
    const Finished shown = loss({"--csv"});
    EXPECT_EQ(shown.ended, kCleanEnd) << shown.errors;
    EXPECT_TRUE(has(shown.output, ",1001,")) << shown.output;
    EXPECT_FALSE(has(shown.output, ",-2,")) << shown.output;
}

TEST_F(TernLoss, refuses_a_file_that_is_no_report) {
    const std::string other = temp_ / "other";
    std::ofstream{other} << std::string(200, 'x');
    const Finished shown = loss({"--file", other});
    EXPECT_EQ(shown.ended.exit_code, 1);
    EXPECT_EQ(shown.output, "");
    EXPECT_TRUE(has(shown.errors, other + " is no loss report")) << shown.errors;
}

TEST_F(TernLoss, reads_the_report_of_a_driver) {
    Ternd driver{temp_ / "aeron"};
    driver.wait_until_ready();
    const Finished shown = run_tern({"loss", "--dir", temp_ / "aeron"});
    EXPECT_EQ(shown.ended, kCleanEnd) << shown.errors;
    EXPECT_EQ(shown.output, "nothing was lost so far\n");
}

}  // namespace
}  // namespace tern::test

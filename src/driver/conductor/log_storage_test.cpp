#include "tern/driver/conductor/log_storage.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "tern/driver/testing/manual_executor.hpp"
#include "tern/shm/testing/memory_file_system.hpp"

namespace tern::driver {
namespace {

constexpr std::uint64_t kLength = 200'704;

struct LogStorageTest : ::testing::Test {
    MemoryFileSystem files;
    ManualExecutor executor;
    CachedTime time{.now = Nanos{1}, .epoch = Millis{1'700'000'000'000}};
    std::vector<std::byte> metadata = std::vector<std::byte>(64 * 512);
    std::vector<std::byte> values = std::vector<std::byte>(64 * 128);
    CountersManager manager{metadata, values, Millis{0}};
    Settings settings;
    SystemCounters counters{manager, settings, time.epoch};
    std::vector<std::byte> error_bytes = std::vector<std::byte>(64 * 1024);
    DistinctErrorLog error_log{error_bytes};
    ErrorSink errors{error_log, counters[SystemCounter::errors], time};
    LogStorage storage{settings, "/dir", files, executor, counters, errors};
    std::optional<Result<std::shared_ptr<Mapping>>> made;

    LogStorage::Request request(std::string path) {
        return {.path = std::move(path), .length = kLength, .reserve = {{kLength - 4096, 4096}}};
    }
    bool make(const LogStorage::Request& wanted) {
        return storage.make(wanted, [this](auto result) { made = std::move(result); });
    }
    std::int64_t mapped() { return counters[SystemCounter::bytes_currently_mapped].get(); }
    std::vector<std::string> logged() {
        std::vector<std::string> texts;
        read_error_log(error_bytes,
                       [&](const ErrorObservation& seen) { texts.emplace_back(seen.text); });
        return texts;
    }
};

TEST_F(LogStorageTest, makes_a_sparse_file_with_its_first_blocks) {
    ASSERT_TRUE(make(request("/dir/1")));
    EXPECT_FALSE(made);  // never from within the call
    executor.poll(1);
    ASSERT_TRUE(made && *made);
    EXPECT_EQ(made->value()->bytes().size(), kLength);
    EXPECT_EQ(files.used(), 4096U);
    EXPECT_EQ(mapped(), static_cast<std::int64_t>(kLength));
}

TEST_F(LogStorageTest, makes_a_whole_file_where_it_is_not_sparse) {
    LogStorage::Request whole = request("/dir/1");
    whole.is_sparse = false;
    ASSERT_TRUE(make(whole));
    executor.poll(1);
    EXPECT_EQ(files.used(), kLength);
}

TEST_F(LogStorageTest, refuses_a_file_that_does_not_fit) {
    files.set_capacity(kLength - 1);
    ASSERT_TRUE(make(request("/dir/1")));
    executor.poll(1);
    ASSERT_TRUE(made && !*made);
    EXPECT_EQ(made->error().code, ErrorCode::storage_space);
    EXPECT_EQ(made->error().text,
              "insufficient usable storage for new log of length=200704 usable=200703 in /dir");
    EXPECT_TRUE(files.file_names().empty());
    EXPECT_EQ(mapped(), 0);
}

TEST_F(LogStorageTest, leaves_nothing_of_a_file_whose_blocks_were_refused) {
    settings.perform_storage_checks = false;
    files.set_capacity(4095);
    ASSERT_TRUE(make(request("/dir/1")));
    executor.poll(1);
    ASSERT_TRUE(made && !*made);
    EXPECT_EQ(made->error().code, ErrorCode::storage_space);
    EXPECT_NE(made->error().text.find("free=4095 needed=4096"), std::string::npos);
    EXPECT_TRUE(files.file_names().empty());
}

TEST_F(LogStorageTest, warns_where_space_runs_low_and_goes_on) {
    settings.low_storage_warning_threshold = 300'000;
    files.set_capacity(300'000);
    ASSERT_TRUE(make(request("/dir/1")));
    executor.poll(1);
    EXPECT_TRUE(made && *made);
    EXPECT_EQ(logged(),
              std::vector<std::string>{
                  "WARNING: space is running low: threshold=300000 usable=300000 in /dir"});
    EXPECT_EQ(counters[SystemCounter::errors].get(), 1);
}

TEST_F(LogStorageTest, deletes_no_more_files_in_a_cycle_than_the_limit_says) {
    for (const char* path : {"/dir/1", "/dir/2", "/dir/3"}) {
        ASSERT_TRUE(make(request(path)));
        executor.poll(1);
        storage.remove(made->value());
        made.reset();
    }
    EXPECT_EQ(storage.submit_removals(), 1);
    executor.poll(16);
    EXPECT_EQ(files.file_names(), (std::vector<std::string>{"/dir/2", "/dir/3"}));
    EXPECT_EQ(storage.submit_removals(), 1);
    EXPECT_EQ(storage.submit_removals(), 1);
    EXPECT_EQ(storage.submit_removals(), 0);
    executor.poll(16);
    EXPECT_TRUE(files.file_names().empty());
    EXPECT_EQ(mapped(), 0);
    EXPECT_EQ(files.used(), 0U);  // unmapped as well
}

TEST_F(LogStorageTest, tries_a_failed_deletion_again_in_the_next_timer_pass) {
    ASSERT_TRUE(make(request("/dir/1")));
    executor.poll(1);
    storage.remove(made->value());
    made.reset();
    files.fail_removals(1);
    storage.submit_removals();
    executor.poll(1);
    EXPECT_EQ(counters[SystemCounter::free_fails].get(), 1);
    EXPECT_EQ(storage.submit_removals(), 0);
    storage.on_timer();
    EXPECT_EQ(storage.submit_removals(), 1);
    executor.poll(1);
    EXPECT_TRUE(files.file_names().empty());
    EXPECT_EQ(mapped(), 0);  // taken off once
}

TEST_F(LogStorageTest, keeps_what_the_executor_has_no_room_for) {
    ASSERT_TRUE(make(request("/dir/1")));
    executor.poll(1);
    storage.remove(made->value());
    made.reset();
    executor.set_capacity(0);
    EXPECT_FALSE(make(request("/dir/2")));
    EXPECT_EQ(storage.submit_removals(), 0);
    executor.set_capacity(1);
    EXPECT_EQ(storage.submit_removals(), 1);
    executor.poll(1);
    EXPECT_TRUE(files.file_names().empty());
}

}  // namespace
}  // namespace tern::driver

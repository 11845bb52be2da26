#include "tern/driver/directory.hpp"

#include <gtest/gtest.h>

#include "tern/base/random.hpp"
#include "tern/driver/saved_errors.hpp"
#include "tern/shm/distinct_error_log.hpp"
#include "tern/shm/many_to_one_ring.hpp"
#include "tern/shm/testing/memory_file_system.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;

struct DirectoryFixture {
    Settings settings{.directory = "/shm/aeron-test"};
    MemoryFileSystem files;
    ManualClock clock;
    std::vector<std::string> notices;
    int waits = 0;
    std::function<void()> on_wait;
    std::function<bool()> is_given_up;

    DirectoryFixture() {
        settings.counters_values_buffer_length = 1024 * 1024;
        settings.warn_if_directory_exists = true;
    }
    Result<PreparedDirectory> prepare() {
        const auto wait = [this](Nanos period) {
            ++waits;
            clock.advance(period);
            if (on_wait) on_wait();
        };
        const auto notice = [this](std::string_view line) { notices.emplace_back(line); };
        return prepare_directory(settings, files, clock, wait, notice, 4711, is_given_up);
    }
    PreparedDirectory must_prepare() {
        auto prepared = prepare();
        EXPECT_TRUE(prepared) << prepared.error().text;
        return *std::move(prepared);
    }
    std::string fault() {
        auto prepared = prepare();
        return prepared ? "accepted" : prepared.error().text;
    }
    std::string cnc() const { return settings.directory + "/cnc.dat"; }
    bool noticed(const std::string& text) const {
        for (const std::string& line : notices) {
            if (line.find(text) != line.npos) return true;
        }
        return false;
    }
    void write(std::string bytes) {
        ASSERT_TRUE(files.make_directories(settings.directory));
        ASSERT_TRUE(files.write_text(cnc(), bytes));
    }
};

TEST(Directory, is_made_with_all_that_a_driver_needs) {
    DirectoryFixture fixture;
    const PreparedDirectory made = fixture.must_prepare();
    EXPECT_EQ(made.path, "/shm/aeron-test");
    EXPECT_TRUE(fixture.files.exists(made.publications()));
    EXPECT_TRUE(fixture.files.exists(made.images()));
    EXPECT_EQ(made.cnc.version(), 0);
    EXPECT_EQ(made.cnc.layout().pid, 4711);
    EXPECT_EQ(made.cnc.layout().client_liveness_timeout, 10s);
    EXPECT_EQ(made.cnc.layout().counters_metadata_buffer_length, 4 * 1024 * 1024);
    EXPECT_EQ(made.loss_report->bytes().size(), 1024u * 1024u);
    EXPECT_TRUE(fixture.notices.empty());
}

// driver-config.md 21.4: 48235392 bytes of sections, the header, rounded up to the page size.
TEST(Directory, gives_the_cnc_file_the_length_of_the_specification_with_defaults) {
    DirectoryFixture fixture;
    fixture.settings = Settings{.directory = "/shm/aeron-test"};
    const PreparedDirectory made = fixture.must_prepare();
    EXPECT_EQ(made.cnc.layout().sections_length(), 48235392);
    EXPECT_EQ(fixture.files.file_length(fixture.cnc()), 48238592u);
}

TEST(Directory, can_be_used_by_clients_once_it_is_published) {
    DirectoryFixture fixture;
    PreparedDirectory made = fixture.must_prepare();
    publish(made, fixture.clock);
    EXPECT_EQ(made.cnc.version(), kCncVersion);
    EXPECT_EQ(made.cnc.consumer_heartbeat_ms(), fixture.clock.epoch_now().count());
}

TEST(Directory, refuses_to_start_beside_an_active_driver) {
    DirectoryFixture fixture;
    PreparedDirectory first = fixture.must_prepare();
    publish(first, fixture.clock);
    fixture.clock.advance(10s);  // the time-out itself still counts as active
    const std::string text = fixture.fault();
    EXPECT_EQ(text.find("Active media driver detected: /shm/aeron-test/cnc.dat"), 0u) << text;
    EXPECT_NE(text.find(" (could not recreate aeron dir: /shm/aeron-test)"), text.npos) << text;
    EXPECT_EQ(text.find('\n'), text.npos) << text;
    EXPECT_TRUE(fixture.files.exists(fixture.cnc()));
    EXPECT_TRUE(fixture.noticed("INFO: Aeron driver heartbeat is 10000 ms old"));
}

TEST(Directory, says_whether_the_process_of_an_active_driver_is_still_there) {
    DirectoryFixture fixture;
    PreparedDirectory first = fixture.must_prepare();
    publish(first, fixture.clock);
    const auto says = [&](const std::string& what) {
        const std::string text = fixture.fault();
        EXPECT_NE(text.find("/cnc.dat: " + what + ", or set aeron.dir to another directory"),
                  text.npos)
            << text;
    };
    says("stop that driver, pid 4711");  // nothing is known of processes
    ASSERT_TRUE(fixture.files.make_directories("/proc/self"));
    says(
        "there is no process 4711 here any more, but its driver counts as alive until its "
        "heartbeat is 10s old: start again then");
    ASSERT_TRUE(fixture.files.make_directories("/proc/4711"));
    says("stop that driver, pid 4711");
}

/// A driver whose clock, when its heart beats, is an hour ahead of ours.
struct DriverAhead : DirectoryFixture {
    DriverAhead() { beat(); }
    void beat() {
        ManyToOneRing{driver.cnc.to_driver()}.set_consumer_heartbeat_ms(
            (clock.epoch_now() + 1h).count());
    }
    PreparedDirectory driver = [this] {
        PreparedDirectory made = must_prepare();
        publish(made, clock);
        return made;
    }();
};

TEST(Directory, of_a_driver_that_died_before_the_clock_was_set_back_is_replaced) {
    DriverAhead fixture;
    auto prepared = fixture.prepare();
    ASSERT_TRUE(prepared) << prepared.error().text;
    EXPECT_EQ(fixture.waits, 10'000);  // the driver time-out
    EXPECT_TRUE(fixture.noticed("ms ahead of the clock and has stood still for 10000 ms"));
}

TEST(Directory, of_a_driver_that_is_ahead_of_our_clock_and_alive_is_left_alone) {
    DriverAhead fixture;
    fixture.on_wait = [&] {
        if (fixture.waits == 1'000) fixture.beat();
    };
    EXPECT_EQ(fixture.fault().find("Active media driver detected"), 0u);
    EXPECT_EQ(fixture.waits, 1'000);
}

TEST(Directory, replaces_that_of_a_driver_that_is_dead_or_has_closed) {
    for (const bool has_closed : {false, true}) {
        DirectoryFixture fixture;
        PreparedDirectory old = fixture.must_prepare();
        publish(old, fixture.clock);
        if (has_closed) {
            ManyToOneRing{old.cnc.to_driver()}.set_consumer_heartbeat_ms(-1);
        } else {
            fixture.clock.advance(10s + 1ms);
        }
        ASSERT_TRUE(fixture.files.write_text(old.publications() + "/7.logbuffer", "left behind"));
        const PreparedDirectory fresh = fixture.must_prepare();
        EXPECT_EQ(fresh.cnc.version(), 0);
        EXPECT_FALSE(fixture.files.exists(fresh.publications() + "/7.logbuffer"));
        EXPECT_TRUE(fixture.noticed("WARNING: /shm/aeron-test exists"));
    }
}

TEST(Directory, waits_for_a_driver_that_is_just_starting) {
    DirectoryFixture fixture;
    PreparedDirectory first = fixture.must_prepare();
    fixture.on_wait = [&] {
        if (fixture.waits == 5) publish(first, fixture.clock);
    };
    EXPECT_EQ(fixture.fault().find("Active media driver detected"), 0u);
    EXPECT_EQ(fixture.waits, 5);
}

TEST(Directory, takes_a_file_that_never_got_its_version_for_the_trace_of_a_crash) {
    DirectoryFixture fixture;
    fixture.settings.driver_timeout = Millis{50};
    const PreparedDirectory crashed = fixture.must_prepare();
    const PreparedDirectory fresh = fixture.must_prepare();
    EXPECT_GE(fixture.waits, 50);
    EXPECT_TRUE(fixture.noticed("not initialised"));
}

TEST(Directory, says_at_once_that_it_waits_for_an_unfinished_file_and_may_be_given_up) {
    DirectoryFixture fixture;
    const PreparedDirectory unfinished = fixture.must_prepare();
    fixture.on_wait = [&] {
        EXPECT_TRUE(
            fixture.noticed("INFO: /shm/aeron-test/cnc.dat is unfinished: waiting up to "
                            "10s for whoever makes it"));
    };
    fixture.is_given_up = [&] { return fixture.waits == 3; };
    EXPECT_EQ(fixture.fault().find("the start was given up"), 0u);
    EXPECT_EQ(fixture.waits, 3);
    EXPECT_TRUE(fixture.files.exists(fixture.cnc()));
}

TEST(Directory, may_be_given_up_while_another_start_is_under_way) {
    DirectoryFixture fixture;
    const std::shared_ptr<void> other = fixture.files.try_lock("/shm");
    fixture.is_given_up = [&] { return fixture.waits == 3; };
    EXPECT_EQ(fixture.fault().find("the start was given up"), 0u);
    EXPECT_EQ(fixture.waits, 3);
    EXPECT_FALSE(fixture.files.exists(fixture.cnc()));
}

// shared-memory.md 2.5, 1: up to the length of a header there is no driver.
TEST(Directory, takes_an_empty_or_tiny_file_for_no_driver) {
    for (const std::size_t length : {std::size_t{1}, std::size_t{128}}) {
        DirectoryFixture fixture;
        fixture.write(std::string(length, '\1'));
        EXPECT_EQ(fixture.fault(), "accepted");
    }
}

// shared-memory.md 2.5, 4: a live driver gives the file its length before the version.
TEST(Directory, takes_a_truncated_file_for_no_driver) {
    DirectoryFixture fixture;
    PreparedDirectory old = fixture.must_prepare();
    publish(old, fixture.clock);
    const Bytes bytes = old.cnc.mapping()->bytes();
    const std::string start{text_of(bytes.first(200'000))};
    ASSERT_TRUE(fixture.files.remove_tree(fixture.settings.directory));
    fixture.write(start);
    EXPECT_EQ(fixture.fault(), "accepted");
    EXPECT_TRUE(fixture.noticed("cut short"));
}

// shared-memory.md 2.5, 3: it might be alive.
TEST(Directory, leaves_that_of_a_driver_of_another_major_version_alone) {
    DirectoryFixture fixture;
    PreparedDirectory old = fixture.must_prepare();
    publish(old, fixture.clock);
    store_plain(old.cnc.mapping()->bytes().data(), semantic_version(7, 1, 0));
    fixture.clock.advance(1h);
    const std::string text = fixture.fault();
    EXPECT_NE(text.find("app=0.2.0 file=7.1.0"), text.npos) << text;
    EXPECT_TRUE(fixture.files.exists(fixture.cnc()));
}

TEST(Directory, survives_garbage) {
    std::string garbage(300'000, '\0');
    SeededRandom random{7};
    for (int round = 0; round < 50; ++round) {
        for (char& c : garbage) c = static_cast<char>(random.next());
        // Half of the rounds with our version, so that the rest is looked at.
        if (round % 2 == 0) store_plain(garbage.data(), kCncVersion);
        DirectoryFixture fixture;
        fixture.settings.driver_timeout = Millis{5};
        fixture.write(garbage);
        (void)fixture.fault();  // either answer; it must not read outside of the file
    }
}

TEST(Directory, is_deleted_without_a_look_where_the_setting_says_so) {
    DirectoryFixture fixture;
    PreparedDirectory first = fixture.must_prepare();
    publish(first, fixture.clock);
    fixture.settings.delete_directory_on_start = true;
    EXPECT_EQ(fixture.fault(), "accepted");
}

TEST(Directory, keeps_the_errors_of_a_dead_driver_beside_it) {
    DirectoryFixture fixture;
    PreparedDirectory old = fixture.must_prepare();
    publish(old, fixture.clock);
    DistinctErrorLog log{old.cnc.error_log()};
    ASSERT_TRUE(log.record(ErrorCode::generic_error, "something bad", fixture.clock.epoch_now()));
    ASSERT_TRUE(log.record(ErrorCode::generic_error, "something bad", fixture.clock.epoch_now()));
    fixture.clock.advance(1h);
    const PreparedDirectory fresh = fixture.must_prepare();

    std::string saved;
    for (const std::string& name : fixture.files.file_names()) {
        if (name.ends_with("-error.log")) saved = name;
    }
    ASSERT_FALSE(saved.empty());
    EXPECT_EQ(saved.find("/shm/aeron-test-20"), 0u) << saved;
    EXPECT_EQ(saved.find(':'), saved.npos);
    EXPECT_TRUE(fixture.noticed("WARNING: Existing errors saved to: " + saved));
    auto text = fixture.files.read_text(saved, 1'000'000);
    ASSERT_TRUE(text);
    const std::string when = date_text(fixture.clock.epoch_now() - 1h);
    EXPECT_EQ(*text, "***\n2 observations from " + when + " to " + when +
                         " for:\n something bad\n"
                         "\n1 distinct errors observed.\n");
}

TEST(Directory, starts_also_when_old_errors_cannot_be_saved) {
    DirectoryFixture fixture;
    PreparedDirectory old = fixture.must_prepare();
    publish(old, fixture.clock);
    DistinctErrorLog log{old.cnc.error_log()};
    ASSERT_TRUE(log.record(ErrorCode::generic_error, "something bad", fixture.clock.epoch_now()));
    fixture.clock.advance(1h);
    fixture.files.fail_creations(1, Error{ErrorCode::storage_space, "no room"});
    EXPECT_EQ(fixture.fault(), "accepted");
    EXPECT_TRUE(fixture.noticed("ERROR: Failed to save existing errors to: /shm/aeron-test-"));
    EXPECT_TRUE(fixture.noticed("something bad"));
}

TEST(Directory, says_what_is_free_and_needed_when_there_is_no_room) {
    DirectoryFixture fixture;
    fixture.files.set_capacity(1024 * 1024);
    auto prepared = fixture.prepare();
    ASSERT_FALSE(prepared);
    EXPECT_EQ(prepared.error().code, ErrorCode::storage_space);
    EXPECT_NE(prepared.error().text.find("free=1048576"), std::string::npos)
        << prepared.error().text;
    EXPECT_NE(prepared.error().text.find("needed="), std::string::npos) << prepared.error().text;
}

TEST(Directory, waits_while_another_start_is_under_way_and_goes_on_when_it_never_ends) {
    DirectoryFixture fixture;
    fixture.settings.driver_timeout = Millis{20};
    std::shared_ptr<void> other = fixture.files.try_lock("/shm");
    fixture.on_wait = [&] {
        if (fixture.waits == 3) other.reset();
    };
    EXPECT_EQ(fixture.fault(), "accepted");
    EXPECT_EQ(fixture.waits, 3);
    EXPECT_TRUE(fixture.notices.empty());

    DirectoryFixture stuck;
    stuck.settings.driver_timeout = Millis{20};
    other = stuck.files.try_lock("/shm");
    EXPECT_EQ(stuck.fault(), "accepted");
    EXPECT_TRUE(stuck.noticed("starting without the lock"));
}

TEST(Directory, is_left_for_inspection_or_deleted_at_the_end) {
    for (const bool deletes : {false, true}) {
        DirectoryFixture fixture;
        fixture.settings.delete_directory_on_shutdown = deletes;
        PreparedDirectory made = fixture.must_prepare();
        ASSERT_TRUE(close_directory(std::move(made), fixture.settings, fixture.files));
        EXPECT_EQ(fixture.files.exists(fixture.cnc()), !deletes);
    }
}

TEST(DateText, prints_any_time_that_foreign_bytes_may_hold) {
    EXPECT_EQ(date_text(Millis{0}).size(), std::string{"1970-01-01 00:00:00.000+0000"}.size());
    EXPECT_NE(date_text(Millis{-1}).find(".999"), std::string::npos);
    EXPECT_FALSE(date_text(Millis{INT64_MAX}).empty());
    EXPECT_FALSE(date_text(Millis{INT64_MIN}).empty());
}

}  // namespace
}  // namespace tern::driver

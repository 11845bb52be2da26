/// The file system with the driver's directory is full. A store to a page that it has no room for
/// would end in SIGBUS, in whichever process that is; instead publishers feel back pressure.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/wait_until.hpp"
#include "system/bad_input/bystander.hpp"
#include "system/bad_input/on_tmpfs.hpp"
#include "system/ternd_process.hpp"
#include "tern/shm/distinct_error_log.hpp"

namespace tern::test {
namespace {

constexpr std::uint64_t kKiB = 1024, kMiB = 1024 * kKiB;

std::optional<std::string> logged(const std::string& directory, const std::string& text) {
    std::optional<std::string> found;
    read_error_log(open_cnc(directory).error_log(), [&](const ErrorObservation& error) {
        if (error.text.find(text) != error.text.npos) found = error.text;
    });
    return found;
}

void expect_free_and_needed(const std::string& text) {
    EXPECT_NE(text.find("needed="), text.npos) << text;
    EXPECT_NE(text.find("free="), text.npos) << text;
}

/// Fills the disk while the driver stands still. It may have taken blocks that do not suffice and
/// be about to give them back: the disk would look full, and would not be so a moment later. A
/// process stops between its system calls.
void fill(const OnTmpfs& disk, Ternd& ternd, std::uint64_t but) {
    ternd.process().signal(SIGSTOP);
    siginfo_t stopped{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(ternd.process().pid()), &stopped, WSTOPPED), 0);
    disk.fill(but);
    ternd.process().signal(SIGCONT);
}

/// A stream whose log is larger than what the file system has left, and everybody on it.
struct Stream {
    // A mapping for each, see Bystander: what orders the use of a place in one term and in the term
    // three later runs through the driver, which is another process.
    std::string directory;
    Context sub_ctx;
    Subscription sub;
    std::vector<Context> pub_ctxs;
    std::vector<Publication> pubs;
    std::int64_t bytes = 0;

    Stream(const std::string& in, const Config& conf, int publishers)
        : directory(in),
          sub_ctx{{.directory = in, .driver_timeout = kPatience}},
          sub(subscriber(sub_ctx, conf)) {
        for (int i = 0; i < publishers; ++i) {
            pub_ctxs.push_back(Context{{.directory = in, .driver_timeout = kPatience}});
            pubs.push_back(publisher(pub_ctxs.back(), conf));
        }
    }
    /// All publishers at once send messages of that length, and everything is read, until `done()`.
    template <typename Done>
    void send_until(std::size_t length, Done&& done) {
        std::atomic<bool> is_done{false};
        std::atomic<std::int64_t> sent{bytes};
        std::vector<std::thread> threads;
        for (Publication& pub : pubs) {
            threads.emplace_back([&] {
                const std::vector<std::byte> message(length, std::byte{1});
                while (!is_done) {
                    if (pub.offer(message)) {
                        sent += static_cast<std::int64_t>(length);
                    } else {
                        std::this_thread::yield();
                    }
                }
            });
        }
        while (!done()) take_all();
        is_done = true;
        for (std::thread& thread : threads) thread.join();
        take_all();
        EXPECT_EQ(bytes, sent);
    }
    void send(std::size_t length, std::int64_t more) {
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        send_until(length, [&, end = bytes + more] {
            return bytes >= end || std::chrono::steady_clock::now() > deadline;
        });
    }
    /// Until the driver has said that there is no room for this log, and has then looked after it
    /// several times without a message coming through.
    void send_until_it_stands(std::size_t length) {
        const CncFile cnc = open_cnc(directory);
        const std::string file =
            std::to_string(pubs[0].core()->original_registration_id()) + ".logbuffer";
        const auto deadline = std::chrono::steady_clock::now() + kPatience;
        std::int64_t seen = -1, heartbeat = 0;
        int passes = 0;
        send_until(length, [&] {
            if (bytes != seen) {
                seen = bytes;
                passes = 0;
            } else if (cnc.consumer_heartbeat_ms() != heartbeat) {
                heartbeat = cnc.consumer_heartbeat_ms();
                ++passes;
            }
            return (passes >= 6 && logged(directory, file)) ||
                   std::chrono::steady_clock::now() > deadline;
        });
        EXPECT_TRUE(logged(directory, file));
        EXPECT_EQ(pubs[0].offer("x").status(), OfferStatus::back_pressured);
    }
    void take_all() {
        while (const std::optional<Message> message = sub.poll()) {
            bytes += static_cast<std::int64_t>(message->buffer.size());
        }
    }
};

TEST(FullFileSystem, is_back_pressure_until_there_is_room_again) {
    const OnTmpfs disk{"64m"};
    if (!disk.is_here()) return;
    const std::string directory = disk.path() + "/aeron";
    Ternd ternd{directory};
    ternd.wait_until_ready();
    Bystander bystander{directory};
    Stream stream{directory, {.channel = "aeron:ipc?term-length=8m", .stream = 5}, 1};
    fill(disk, ternd, 5 * kMiB);
    stream.send_until_it_stands(1000);
    EXPECT_GT(stream.bytes, 0);
    EXPECT_LT(stream.bytes, std::int64_t{6 * kMiB});
    const auto error = logged(directory, "no room for ");
    ASSERT_TRUE(error);
    expect_free_and_needed(*error);
    EXPECT_TRUE(bystander.goes_on()) << bystander.fault();

    // Nor is there room for a log of somebody else.
    fill(disk, ternd, 0);
    Context ctx{{.directory = directory, .driver_timeout = kPatience}};
    for (const std::string channel : {"aeron:ipc?term-length=64k", "aeron:ipc?term-length=64m",
                                      "aeron:ipc?term-length=64k|sparse=false"}) {
        try {
            const Publication pub = ctx.add_publication(channel, 6);
            ADD_FAILURE() << channel << " where nothing is free";
        } catch (const RegistrationError& refused) {
            EXPECT_EQ(refused.code(), ErrorCode::storage_space) << refused.what();
        }
    }
    EXPECT_TRUE(bystander.goes_on()) << bystander.fault();

    disk.make_room();
    stream.send(1000, 32 * kMiB);
    EXPECT_GT(stream.bytes, std::int64_t{32 * kMiB});  // around all three terms
    const Publication pub = ctx.add_publication("aeron:ipc?term-length=64k", 6);
    EXPECT_TRUE(bystander.goes_on()) << bystander.fault();
    EXPECT_EQ(ternd.stop(SIGTERM).exit_code, 0);
}

/// The longest messages reach furthest beyond the limit, and more of them at the same time.
TEST(FullFileSystem, stops_many_publishers_of_the_longest_messages_in_time) {
    const OnTmpfs disk{"64m"};
    if (!disk.is_here()) return;
    const std::string directory = disk.path() + "/aeron";
    Ternd ternd{directory};
    ternd.wait_until_ready();
    for (int round = 0; round < 10; ++round) {
        // Until the log of the round before is gone.
        ASSERT_TRUE(wait_until(
            [&] { return std::filesystem::is_empty(directory + "/publications"); }));
        Stream stream{directory, {.channel = "aeron:ipc?term-length=1m", .stream = 7 + round}, 8};
        fill(disk, ternd, 1536 * kKiB + 64 * kKiB * static_cast<std::uint64_t>(round));
        const auto longest = static_cast<std::size_t>(stream.pubs[0].max_message_length());
        stream.send_until_it_stands(longest);
        disk.make_room();
        stream.send(longest, 4 * kMiB);
        EXPECT_GT(stream.bytes, std::int64_t{4 * kMiB});
    }
    EXPECT_EQ(ternd.stop(SIGTERM).exit_code, 0);
}

/// Even a read takes a block of a sparse file, so this may not touch what was not reserved.
TEST(FullFileSystem, does_not_harm_a_client_that_touches_logs_beforehand) {
    const OnTmpfs disk{"64m"};
    if (!disk.is_here()) return;
    const std::string directory = disk.path() + "/aeron";
    Ternd ternd{directory};
    ternd.wait_until_ready();
    const Config conf{.channel = "aeron:ipc?term-length=8m", .stream = 5};
    Stream stream{directory, conf, 1};
    fill(disk, ternd, 5 * kMiB);
    std::vector<std::string> errors;
    {
        Context ctx{{.directory = directory,
                     .driver_timeout = kPatience,
                     .pre_touch = true,
                     .on_error = [&](const Error& error) { errors.push_back(error.text); }}};
        Subscription sub = subscriber(ctx, conf);
        Publication pub = publisher(ctx, conf);
        ASSERT_TRUE(pub.offer_for(std::string_view("works"), kPatience).ok());
        EXPECT_EQ(sub.take().text(), "works");
    }
    ASSERT_EQ(errors.size(), 1u) << ::testing::PrintToString(errors);
    expect_free_and_needed(errors[0]);
    disk.make_room();
    EXPECT_EQ(ternd.stop(SIGTERM).exit_code, 0);
}

}  // namespace
}  // namespace tern::test

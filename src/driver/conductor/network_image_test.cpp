// The conductor's half of an image, by itself: rebuilding, gaps, status messages, cleaning, blocks
// ahead of the window, and what it never believes (spec wire-protocol.md 5.8 to 5.12).

#include "tern/driver/conductor/network_image.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tern/driver/conductor/receive_channels.hpp"
#include "tern/driver/settings.hpp"
#include "tern/logbuffer/term_rebuilder.hpp"
#include "tern/shm/testing/memory_file_system.hpp"

namespace tern::driver {
namespace {

using namespace std::chrono_literals;

constexpr std::int32_t kInitialTermId = 5;
constexpr std::int32_t kSession = 7;

struct ImageFixture : ::testing::Test {
    struct Options {
        std::int32_t term_length = 64 * 1024;
        std::int32_t window = 32 * 1024;
        std::int32_t mtu_length = 1408;
        Position join = 0;
        std::int64_t reserved = -1;  // bytes from the join position; -1: all
        CongestionControlKind control = CongestionControlKind::fixed;
        bool is_reliable = true;
    };

    void make(const Options& options) {
        const std::shared_ptr<Mapping> file =
            files
                .create("/images/1.logbuffer", log_file_length(options.term_length, 4096),
                        Blocks::reserved)
                .value();
        const LogBuffers log = LogBuffers::initialise(file, {.type = LogType::image,
                                                             .correlation_id = 1,
                                                             .session_id = kSession,
                                                             .stream_id = 10,
                                                             .initial_term_id = kInitialTermId,
                                                             .term_length = options.term_length,
                                                             .page_size = 4096,
                                                             .mtu_length = options.mtu_length});
        hwm_word.store_relaxed(options.join);
        position_word.store_relaxed(options.join);
        const bool is_sparse = options.reserved >= 0;
        image = std::make_unique<NetworkImage>(
            LocalStream::Identity{.registration_id = 1,
                                  .session_id = kSession,
                                  .stream_id = 10,
                                  .log_file_name = "/images/1.logbuffer",
                                  .source_identity = "10.0.0.1:4000"},
            NetworkImage::Config{
                .join_position = options.join,
                .mtu_length = options.mtu_length,
                .is_sparse = is_sparse,
                .feedback = feedback_delay(options.is_reliable, false, std::nullopt, settings),
                .liveness_timeout = 10s,
                .status_message_timeout = 200ms},
            log,
            NetworkImage::Counters{.high_water_mark = {.id = 1, .value = Counter(hwm_word)},
                                   .position = {.id = 2, .value = Counter(position_word)}},
            make_congestion_control({.kind = options.control,
                                     .receiver_window = options.window,
                                     .term_length = options.term_length,
                                     .mtu_length = options.mtu_length},
                                    settings, now),
            channel, options.join + options.reserved,
            ImageLosses(report, {.session_id = kSession,
                                 .stream_id = 10,
                                 .channel = "aeron:udp?endpoint=localhost:40123",
                                 .source = "10.0.0.1:4000"}),
            random, now);
    }
    void subscribe(Position position = 0) {
        reader_word.store_relaxed(position);
        image->subscribers().add({.link = &link, .counter_id = 9, .value = Counter(reader_word)});
    }

    // What the receiver does: frames of this length at a position.
    void receive(Position position, std::int32_t length) {
        const TermGeometry& geometry = image->log().geometry();
        std::vector<std::byte> frame(static_cast<std::size_t>(aligned_frame_length(length)),
                                     std::byte{0xAB});
        store_plain(frame.data(), length);
        store_plain(frame.data() + 4, std::uint32_t{0x0001'C000});
        store_plain(frame.data() + 8, geometry.offset_at(position));
        store_plain(frame.data() + 12, kSession);
        store_plain(frame.data() + 16, std::int32_t{10});
        store_plain(frame.data() + 20, geometry.term_id_at(position));
        insert_frames(image->log().term_bytes(geometry.partition_at(position)),
                      geometry.offset_at(position), frame);
        Counter(hwm_word).propose_max(position + aligned_frame_length(length));
    }
    void receive_to(Position end, std::int32_t length = 1024) {
        for (Position at = hwm_word.load_relaxed(); at < end; at += length) receive(at, length);
    }
    int track() { return image->track(now, 1'700'000'000'000ms); }
    std::optional<ScheduledStatus> status() { return image->signals().status.take_new(); }
    Position position() const { return position_word.load_relaxed(); }
    std::byte at(Position position) const {
        const TermGeometry& geometry = image->log().geometry();
        return image->log().term(geometry.partition_at(position))[geometry.offset_at(position)];
    }
    LossObservation losses() const {
        return loss_report_entry_at(report_bytes, 0).value_or(LossReportPlace{}).observation;
    }

    Settings settings;
    MemoryFileSystem files;
    SeededRandom random{1};
    Nanos now = 1s;
    alignas(8) std::array<std::byte, 4096> report_bytes{};
    LossReport report{report_bytes};
    ReceiveChannel channel;
    SubscriptionLink link{.registration_id = 3};
    SharedWord<std::int64_t> hwm_word{}, position_word{}, reader_word{};
    std::unique_ptr<NetworkImage> image;
};

TEST_F(ImageFixture, position_follows_what_is_complete) {
    make({});
    subscribe();
    receive_to(4096);
    receive(5120, 1024);
    track();
    EXPECT_EQ(position(), 4096);
    receive(4096, 1024);
    track();
    EXPECT_EQ(position(), 6144);
}

TEST_F(ImageFixture, nobody_reads_nothing_moves) {
    make({});
    receive_to(4096);
    track();
    EXPECT_EQ(position(), 0);
    EXPECT_FALSE(status());
}

TEST_F(ImageFixture, tells_senders_after_a_quarter_of_the_window) {
    make({});
    subscribe();
    receive_to(16'384);
    reader_word.store_relaxed(8192);
    EXPECT_EQ(track(), 0);
    EXPECT_FALSE(status());
    reader_word.store_relaxed(8192 + 32);
    EXPECT_EQ(track(), 1);
    const std::optional<ScheduledStatus> told = status();
    ASSERT_TRUE(told);
    EXPECT_EQ(told->position, 8224);
    EXPECT_EQ(told->window, 32'768);
    EXPECT_EQ(track(), 0);
}

// rcv-wnd=8k|mtu=8k: a sender that is left with less room than its next frame would stand still for
// good.
TEST_F(ImageFixture, a_window_of_one_frame_does_not_stall) {
    make({.window = 8192, .mtu_length = 8192});
    subscribe();
    receive(0, 1024);
    reader_word.store_relaxed(1024);
    track();
    const std::optional<ScheduledStatus> told = status();
    ASSERT_TRUE(told);
    EXPECT_EQ(told->position, 1024);
    EXPECT_EQ(told->window, 8192);
}

TEST_F(ImageFixture, reports_a_gap_once_it_is_due_and_again) {
    make({});
    subscribe();
    receive(1024, 1024);
    track();
    EXPECT_FALSE(image->signals().gap.take_new());
    now += 1us;
    EXPECT_EQ(track(), 1);
    EXPECT_EQ(image->signals().gap.take_new(), (Gap{kInitialTermId, 0, 1024}));
    now += 99us;
    track();
    EXPECT_FALSE(image->signals().gap.take_new());
    now += 1us;
    track();
    EXPECT_TRUE(image->signals().gap.take_new());
    EXPECT_NE(image->next_deadline(), kNever);
    receive(0, 1024);
    track();
    EXPECT_EQ(image->next_deadline(), kNever);
}

// Else the conductor of an image that ended with a gap would never rest.
TEST_F(ImageFixture, a_gap_that_nobody_waits_for_is_never_due) {
    make({});
    subscribe();
    receive(1024, 1024);
    track();
    EXPECT_NE(image->next_deadline(), kNever);
    image->log().set_revoked();
    track();
    EXPECT_EQ(image->next_deadline(), kNever);
}

TEST_F(ImageFixture, loss_report_counts_each_byte_once) {
    make({.is_reliable = false});
    subscribe();
    receive(4096, 1024);
    track();
    EXPECT_EQ(losses().observation_count, 1);
    EXPECT_EQ(losses().total_bytes_lost, 4096);
    EXPECT_EQ(losses().channel, "aeron:udp?endpoint=localhost:40123");
    EXPECT_EQ(losses().source, "10.0.0.1:4000");
    receive(3072, 1024);  // the gap shrinks
    track();
    EXPECT_EQ(losses().total_bytes_lost, 4096);
    EXPECT_EQ(losses().observation_count, 1);
    receive(0, 3072);
    receive(6144, 1024);
    track();
    EXPECT_EQ(losses().total_bytes_lost, 5120);
    EXPECT_EQ(losses().observation_count, 2);
}

TEST_F(ImageFixture, zeroes_what_lies_a_term_behind_before_the_window_opens) {
    make({});
    subscribe();
    Position end = 0;
    while (end < 4 * 65'536) {
        end += 16'384;
        receive_to(end);
        reader_word.store_relaxed(end);
        track();
        const std::optional<ScheduledStatus> told = status();
        ASSERT_TRUE(told) << end;
        EXPECT_EQ(told->position, end);
        EXPECT_EQ(position(), end);
        // Where the receiver may write now, nothing is left of the terms before.
        for (Position next = end; next < end + 32'768; next += 32) {
            ASSERT_EQ(at(next), std::byte{0}) << next;
        }
    }
}

TEST_F(ImageFixture, grants_a_window_only_where_the_log_has_blocks) {
    make({.term_length = 1024 * 1024, .window = 128 * 1024, .reserved = 160 * 1024});
    subscribe();
    EXPECT_EQ(image->signals().writable_to.load_relaxed(), 160 * 1024 - 32);
    receive_to(64 * 1024);
    reader_word.store_relaxed(64 * 1024);
    track();
    EXPECT_FALSE(status());  // 64k + 128k
    const Position due = image->blocks_due();
    EXPECT_GE(due, 192 * 1024 + 32);
    const std::vector<FileRange> ranges = image->request_blocks(due);
    ASSERT_EQ(ranges.size(), 1U);
    EXPECT_EQ(ranges[0].offset, 160U * 1024);
    track();
    EXPECT_EQ(image->blocks_due(), 0);  // is on its way
    image->blocks_refused(now + 1s);    // a full disk: the window stays
    track();
    EXPECT_EQ(image->blocks_due(), 0);
    EXPECT_FALSE(status());
    now += 1s;
    track();
    EXPECT_EQ(image->blocks_due(), due);
    image->request_blocks(due);
    image->blocks_reserved(due);
    EXPECT_EQ(image->signals().writable_to.load_relaxed(), due - 32);
    track();
    EXPECT_EQ(status()->position, 64 * 1024);
}

// A late joiner of a stream whose pace somebody else sets; padding that leads beyond the limit.
TEST_F(ImageFixture, asks_for_blocks_as_far_as_the_stream_has_come) {
    make({.term_length = 16 * 1024 * 1024,
          .window = 128 * 1024,
          .join = 4 * 1024 * 1024,
          .reserved = 192 * 1024});
    const Position join = 4 * 1024 * 1024;
    subscribe(join);
    image->signals().wanted_to.store_release(join + 3 * 1024 * 1024);
    track();
    const Position due = image->blocks_due();
    EXPECT_GE(due, join + 4 * 1024 * 1024);  // and ahead of it, as it goes on meanwhile
    image->request_blocks(due);
    image->blocks_reserved(due);
    receive(join + 3 * 1024 * 1024 - 1024, 1024);
    track();
    now += 1ms;
    track();
    const std::optional<Gap> gap = image->signals().gap.take_new();
    ASSERT_TRUE(gap);
    EXPECT_EQ(gap->length, 3 * 1024 * 1024 - 1024);
}

TEST_F(ImageFixture, believes_nobody_who_wants_blocks_beyond_half_a_term) {
    make({.term_length = 1024 * 1024, .window = 64 * 1024, .reserved = 128 * 1024});
    subscribe();
    image->signals().wanted_to.store_release(INT64_MAX);
    track();
    EXPECT_EQ(image->blocks_due(), 1024 * 1024 + 4096);
}

TEST_F(ImageFixture, asks_for_no_more_blocks_once_the_log_has_all) {
    make({.term_length = 1024 * 1024,
          .window = 128 * 1024,
          .join = 96 * 1024,
          .reserved = 256 * 1024});
    subscribe(96 * 1024);
    for (Position end = 96 * 1024; end < 8 * 1024 * 1024; end += 64 * 1024) {
        receive_to(end);
        reader_word.store_relaxed(end);
        track();
        if (const Position due = image->blocks_due(); due != 0) {
            for (const FileRange& range : image->request_blocks(due)) {
                ASSERT_LE(range.offset + range.length, 3U * 1024 * 1024);
            }
            image->blocks_reserved(due);
            track();
        }
        ASSERT_EQ(position(), end);
    }
    EXPECT_EQ(image->signals().writable_to.load_relaxed(), INT64_MAX);
    EXPECT_EQ(image->blocks_due(), 0);
}

TEST_F(ImageFixture, cubic_shrinks_its_window_at_once_when_something_is_lost) {
    make({.term_length = 1024 * 1024,
          .window = 128 * 1024,
          .control = CongestionControlKind::cubic});
    subscribe();
    EXPECT_EQ(image->congestion_control().initial_window(), 14'080);
    receive(1024, 1024);
    track();
    EXPECT_EQ(status()->window, 11'264);  // 10 segments to 8
}

// Counters lie where any client can write.
TEST_F(ImageFixture, believes_no_counter_beyond_what_can_be) {
    make({});
    subscribe();
    Position granted = 0;
    for (const std::int64_t lie : {INT64_MAX, INT64_MIN, std::int64_t{-1}, std::int64_t{40'001}}) {
        reader_word.store_relaxed(lie);
        hwm_word.store_relaxed(lie);
        track();
        EXPECT_LE(position(), granted + 32'768);  // what the receiver accepts
        EXPECT_EQ(position() % 32, 0);
        EXPECT_LE(image->join_position(), position());
        granted = status().value_or(ScheduledStatus{granted}).position;
    }
}

}  // namespace
}  // namespace tern::driver

// Logs: publishers that share one, rotate it and die at any step; an exclusive publisher; a reader;
// the driver that cleans and unblocks; a receiver that rebuilds. Terms have 128 bytes, which is
// four frames without payload, so a handful of messages goes through a rotation. A message is told
// by its reserved value: publisher * 16 + number, counted from 1.

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "explorer.hpp"
#include "tern/logbuffer/concurrent_appender.hpp"
#include "tern/logbuffer/exclusive_appender.hpp"
#include "tern/logbuffer/gap_filler.hpp"
#include "tern/logbuffer/gap_scanner.hpp"
#include "tern/logbuffer/log_unblocker.hpp"
#include "tern/logbuffer/term_cleaner.hpp"
#include "tern/logbuffer/term_reader.hpp"
#include "tern/logbuffer/term_rebuilder.hpp"

namespace tern::model {
namespace {

constexpr std::int32_t kTerm = 128;
constexpr std::int32_t kSession = 0x1234;
constexpr std::int32_t kStream = 1001;
constexpr Position     kNoLimit = INT64_MAX;

class ModelMapping final : public Mapping {
  public:
    explicit ModelMapping(Bytes bytes) : Mapping("/model", bytes) {}
    Result<void> reserve(std::uint64_t, std::uint64_t) override { return {}; }
    void flush() override {}
};

/// All that threads share, side by side for the explorer.
struct SharedBytes {
    alignas(8) std::byte     log[log_file_length(kTerm, kPageMinSize)];
    SharedWord<std::int64_t> position;       // the reader's
    SharedWord<std::int64_t> limit;
    SharedWord<std::int64_t> gap;            // to the receiver: offset to be filled, or -1
    std::int64_t             delivered[12];  // reserved values in the order in which they came
    std::int64_t             delivered_count;
    std::int64_t             sent[3];        // messages whose offer succeeded, a publisher
    std::int64_t             in_offer[3];
    char                     fault[32];      // something that must not happen has happened
};

/// A log that starts at `kStart` of its term 9 (the third), with a reader there.
template <std::int32_t kStart, LogType kType = LogType::concurrent_publication>
struct LogWorld {
    LogWorld() : bytes(std::make_unique<SharedBytes>()), log(make_log()) {
        const Position start = log.geometry().position(9, kStart);
        bytes->position.store_relaxed(start);
        bytes->limit.store_relaxed(start);
        bytes->gap.store_relaxed(-1);
        appender = std::make_unique<ConcurrentAppender>(log, kSession, kStream, INT64_MAX);
        one_by_one = std::make_unique<ConcurrentAppender>(log, kSession, kStream, 0);
        exclusive = std::make_unique<ExclusiveAppender>(log, kSession, kStream);
        reader = std::make_unique<TermReader>(log, bytes->position, closed);
    }
    LogBuffers make_log() {
        LogParameters with;
        with.type = kType;
        with.session_id = kSession;
        with.stream_id = kStream;
        with.initial_term_id = 7;
        with.start_term_id = 9;
        with.start_term_offset = kStart;
        with.term_length = kTerm;
        return LogBuffers::initialise(std::make_shared<ModelMapping>(Bytes(bytes->log)), with);
    }
    ConstBytes shared() const { return std::as_bytes(std::span{bytes.get(), 1}); }

    void fault(std::string_view text) {
        if (bytes->fault[0] == 0) {
            text.copy(bytes->fault, sizeof bytes->fault - 1);
        }
    }
    std::string fault() const { return bytes->fault; }

    /// One message, with a few attempts where the term is rotated.
    template <typename Appender>
    void publish(Appender& to, int who, std::size_t length, Position limit = kNoLimit,
                 int attempts = 4) {
        static constexpr std::byte kPayload[16] = {std::byte{1}, std::byte{2}};   // scans see it
        const std::int64_t number = bytes->sent[who] + 1;
        const auto id = [&](std::byte*, std::int32_t) { return who * 16 + number; };
        bytes->in_offer[who] = 1;
        for (int attempt = 0; attempt < attempts; ++attempt) {
            const OfferResult result = to.offer(ConstBytes(kPayload, length), limit, id);
            if (result) {
                bytes->sent[who] = number;
                bytes->in_offer[who] = 0;
                return;
            }
            if (result.status() == OfferStatus::back_pressured ||
                result.status() == OfferStatus::not_connected) {
                break;
            }
            if (result.status() != OfferStatus::admin_action) {
                fault("an offer failed");
            }
        }
        bytes->in_offer[who] = 0;
        if (limit == kNoLimit && attempts > 1) {
            fault("no attempt succeeded");
        }
    }

    void poll() {
        reader->poll([this](ConstBytes, const FragmentHeader& header) {
            if (bytes->delivered_count < 12) {
                bytes->delivered[bytes->delivered_count++] = header.reserved_value();
            }
        }, 10);
    }
    bool unblock(Publishers publishers) {
        return unblock_log(log, bytes->position.load_acquire(), publishers) !=
               UnblockOutcome::no_action;
    }
    /// Reads and unblocks until neither gets any further.
    void drain(Publishers publishers) {
        for (;;) {
            const Position before = bytes->position.load_acquire();
            poll();
            if (bytes->position.load_acquire() == before && !unblock(publishers)) {
                return;
            }
        }
    }

    /// Of each publisher all that it was told is sent, in order and once; of one that died perhaps
    /// one more.
    std::string check_delivered(int publishers) const {
        std::int64_t next[3] = {1, 1, 1};
        for (std::int64_t i = 0; i < bytes->delivered_count; ++i) {
            const auto who = static_cast<int>(bytes->delivered[i] / 16);
            if (who >= publishers || bytes->delivered[i] % 16 != next[who]++) {
                return "delivered out of turn: " + std::to_string(bytes->delivered[i]);
            }
        }
        for (int who = 0; who < publishers; ++who) {
            const std::int64_t sent = bytes->sent[who];
            const std::int64_t most = bytes->in_offer[who] != 0 ? sent + 1 : sent;
            if (next[who] - 1 < sent || next[who] - 1 > most) {
                return "of publisher " + std::to_string(who) + " sent " + std::to_string(sent) +
                       ", delivered " + std::to_string(next[who] - 1);
            }
        }
        return fault();
    }
    /// When nobody is left: everything claimed is passed, and all that was sent is delivered.
    std::string end_without_publishers(int publishers) {
        drain(Publishers::are_gone);
        if (bytes->position.load_acquire() != log.producer_position()) {
            return "the reader stands at " + std::to_string(bytes->position.load_acquire()) +
                   ", the producer position is " + std::to_string(log.producer_position());
        }
        return check_delivered(publishers);
    }

    std::unique_ptr<SharedBytes>        bytes;
    LogBuffers                          log;
    std::atomic<bool>                   closed{false};
    std::unique_ptr<ConcurrentAppender> appender;     // claims by addition
    std::unique_ptr<ConcurrentAppender> one_by_one;   // claims as for the longest messages
    std::unique_ptr<ExclusiveAppender>  exclusive;
    std::unique_ptr<TermReader>         reader;
};

void expect_fine(const Report& report, bool with_deaths = true) {
    EXPECT_EQ(report.violation, "");
    EXPECT_EQ(report.ends_after_a_death > 0, with_deaths);
    EXPECT_GT(report.states, 100U);
    ::testing::Test::RecordProperty("states", static_cast<int>(report.states));
}

// Two publishers, either or both of which die; a reader. `kStart` chooses what they run into: room
// for both, a term that one of them fills to the byte, one that the first or the second crosses.

template <std::int32_t kStart>
void explore_two_publishers(
    std::size_t first_length, std::size_t second_length,
    std::unique_ptr<ConcurrentAppender> LogWorld<kStart>::*second = &LogWorld<kStart>::appender) {
    using World = LogWorld<kStart>;
    Explorer<World> explorer{{.deaths = 2}};
    explorer.add_mortal("first", [=](World& world) {
        world.publish(*world.appender, 0, first_length);
    });
    explorer.add_mortal("second", [=](World& world) {
        world.publish(*(world.*second), 1, second_length);
    });
    explorer.add("reader", [](World& world) { world.poll(); });
    explorer.at_end([](World& world) { return world.end_without_publishers(2); });
    expect_fine(explorer.run());
}

TEST(LogModel, two_mortal_publishers_with_room_for_both) { explore_two_publishers<0>(0, 8); }
TEST(LogModel, two_mortal_publishers_one_of_whom_fills_the_term) {
    explore_two_publishers<64>(8, 8);
}
TEST(LogModel, two_mortal_publishers_who_both_cross_the_end) { explore_two_publishers<96>(8, 8); }
TEST(LogModel, two_mortal_publishers_at_the_very_end) { explore_two_publishers<128>(0, 0); }

// Long messages are claimed one by one, beside short ones that are not.

template <std::int32_t kStart>
void explore_two_ways_to_claim(std::size_t first_length, std::size_t second_length) {
    explore_two_publishers<kStart>(first_length, second_length, &LogWorld<kStart>::one_by_one);
}

TEST(LogModel, two_ways_to_claim_with_room_for_both) { explore_two_ways_to_claim<0>(0, 8); }
TEST(LogModel, two_ways_to_claim_where_both_cross_the_end) { explore_two_ways_to_claim<96>(8, 8); }
TEST(LogModel, two_ways_to_claim_at_the_very_end) { explore_two_ways_to_claim<128>(0, 0); }

// However late a publisher goes on after its look at the limit, only one gets beyond it.
TEST(LogModel, claims_one_by_one_reach_beyond_the_limit_once) {
    using World = LogWorld<0>;
    Explorer<World> explorer{{.deaths = 0}};
    for (int who = 0; who < 3; ++who) {
        explorer.add_mortal("publisher", [who](World& world) {
            const Position limit = world.bytes->limit.load_acquire() + 1;
            world.publish(*world.one_by_one, who, 0, limit);
            world.publish(*world.one_by_one, who, 0, limit);
        });
    }
    explorer.at_end([](World& world) {
        const Position one_message = world.bytes->limit.load_acquire() + 32;
        return world.log.producer_position() <= one_message ? std::string() : std::string("beyond");
    });
    expect_fine(explorer.run(), false);
}

TEST(LogModel, three_mortal_publishers_rotate_together) {
    using World = LogWorld<96>;
    Explorer<World> explorer{{.deaths = 1}};
    for (int who = 0; who < 3; ++who) {
        explorer.add_mortal("publisher", [who](World& world) {
            world.publish(*world.appender, who, who == 0 ? 8 : 0, kNoLimit, 1);
        });
    }
    explorer.at_end([](World& world) {
        world.publish(*world.appender, 0, 0);
        return world.end_without_publishers(3);
    });
    expect_fine(explorer.run());
}

// A publisher dies; the driver unblocks while another goes on publishing. A live publisher inside
// an offer must not be taken for a dead one: that is what the time-out is for, so here the driver
// looks only after an instant in which no live one was inside.

template <std::int32_t kStart>
void explore_unblocking_beside_a_live_publisher(std::size_t dead_length, std::size_t live_length) {
    using World = LogWorld<kStart>;
    Explorer<World> explorer;
    explorer.add_mortal("mortal", [=](World& world) {
        world.publish(*world.appender, 0, dead_length);
    });
    explorer.add("live", [=](World& world) {
        world.publish(*world.appender, 1, live_length);
        world.publish(*world.appender, 1, live_length);
    });
    explorer.add("driver", [](World& world) {
        for (int i = 0; i < 2; ++i) {
            world.poll();
            await([&world] { return is_over(0) && world.bytes->in_offer[1] == 0; });
            world.unblock(Publishers::may_be_alive);
        }
        world.poll();
    });
    explorer.at_end([](World& world) {
        // What was claimed with nothing behind it waits for the next publisher, and no longer.
        world.publish(*world.appender, 2, 0);
        world.drain(Publishers::may_be_alive);
        if (world.bytes->position.load_acquire() != world.log.producer_position()) {
            return std::string("still blocked");
        }
        return world.check_delivered(3);
    });
    expect_fine(explorer.run());
}

TEST(LogModel, unblocks_beside_a_live_publisher_within_a_term) {
    explore_unblocking_beside_a_live_publisher<0>(8, 0);
}
TEST(LogModel, unblocks_beside_a_live_publisher_who_rotates) {
    explore_unblocking_beside_a_live_publisher<64>(0, 8);
}
TEST(LogModel, unblocks_a_death_while_rotating_beside_a_live_publisher) {
    explore_unblocking_beside_a_live_publisher<96>(8, 0);
}

TEST(LogModel, the_driver_and_a_live_publisher_rotate_the_same_term) {
    using World = LogWorld<96>;
    Explorer<World> explorer;
    explorer.add_mortal("mortal", [](World& world) { world.publish(*world.appender, 0, 8); });
    explorer.add("live", [](World& world) {
        world.publish(*world.appender, 1, 0, kNoLimit, 1);
    });
    explorer.add("driver", [](World& world) {
        // Idempotent, so it need not wait until the live one is outside of its offer.
        const auto is_crossed = [&world] {
            return world.log.metadata().term_tail_counters[2].load_relaxed() > raw_tail(9, kTerm);
        };
        await([&] { return is_crossed() || (is_over(0) && is_over(1)); });
        if (is_crossed()) {
            rotate_log(world.log.metadata(), 2, 9);
        }
        world.poll();
    });
    explorer.at_end([](World& world) { return world.end_without_publishers(2); });
    expect_fine(explorer.run());
}

TEST(LogModel, unblocking_a_live_claim_is_found_by_this_model) {
    // The premise of the time-out taken away: the model must then see a message lost.
    using World = LogWorld<0>;
    Explorer<World> explorer;
    explorer.add("slow", [](World& world) { world.publish(*world.appender, 0, 0); });
    explorer.add("quick", [](World& world) { world.publish(*world.appender, 1, 0); });
    explorer.add("driver", [](World& world) {
        world.unblock(Publishers::may_be_alive);
        world.poll();
    });
    explorer.at_end([](World& world) { return world.end_without_publishers(2); });
    EXPECT_NE(explorer.run().violation, "");
}

TEST(LogModel, does_not_take_the_payload_of_a_frame_that_appears_meanwhile_for_the_next_frame) {
    using World = LogWorld<0>;
    Explorer<World> explorer;
    explorer.add("slow", [](World& world) { world.publish(*world.appender, 0, 8); });
    explorer.add("driver", [](World& world) { world.unblock(Publishers::may_be_alive); });
    explorer.at_end([](World& world) {
        // Found dead after its header or not at all, but never cut in two.
        return frame_length_acquire(world.log.term(2)) == 40 ? "" : std::string("cut in two");
    });
    EXPECT_EQ(explorer.run().violation, "");
}

// An exclusive publisher.

template <std::int32_t kStart>
void explore_exclusive_publisher(std::size_t first_length, std::size_t second_length) {
    using World = LogWorld<kStart, LogType::exclusive_publication>;
    Explorer<World> explorer;
    explorer.add_mortal("publisher", [=](World& world) {
        world.publish(*world.exclusive, 0, first_length);
        world.publish(*world.exclusive, 0, second_length);
        world.publish(*world.exclusive, 0, first_length);
    });
    explorer.add("reader", [](World& world) {
        for (int i = 0; i < 3; ++i) {
            world.poll();
        }
    });
    explorer.at_end([](World& world) { return world.end_without_publishers(1); });
    expect_fine(explorer.run());
}

TEST(LogModel, mortal_exclusive_publisher_within_a_term) { explore_exclusive_publisher<0>(0, 0); }
TEST(LogModel, mortal_exclusive_publisher_crosses_the_end) {
    explore_exclusive_publisher<32>(8, 8);
}
TEST(LogModel, mortal_exclusive_publisher_fills_a_term) { explore_exclusive_publisher<64>(8, 0); }

TEST(LogModel, a_block_becomes_visible_as_a_whole) {
    using World = LogWorld<0, LogType::exclusive_publication>;
    // Two frames, made by another log that stands at the same place.
    static World source;
    source.publish(*source.exclusive, 0, 0);
    source.publish(*source.exclusive, 0, 8);
    Explorer<World> explorer;
    explorer.add_mortal("publisher", [](World& world) {
        world.exclusive->offer_block(ConstBytes(source.log.term(2), 96), kNoLimit);
        world.bytes->sent[0] = 2;
    });
    explorer.add("reader", [](World& world) {
        world.poll();
        if (world.bytes->delivered_count == 1) {
            world.fault("half a block");
        }
        world.poll();
    });
    explorer.at_end([](World& world) {
        if (world.bytes->sent[0] == 0 && world.bytes->delivered_count == 0) {
            world.drain(Publishers::are_gone);
            return world.bytes->position.load_acquire() == world.log.producer_position()
                       ? world.fault()
                       : std::string("still blocked");
        }
        return world.end_without_publishers(1);
    });
    const Report report = explorer.run();
    EXPECT_EQ(report.violation, "");
    EXPECT_GT(report.ends_after_a_death, 0U);
}

// Around the log: what is written, read and cleaned goes through every partition and comes to the
// first again.

TEST(LogModel, publishers_write_only_into_zeroed_memory_around_the_log) {
    using World = LogWorld<64>;
    Explorer<World> explorer;
    explorer.add("publisher", [](World& world) {
        for (int i = 0; i < 8; ++i) {
            await([&world] {
                return world.log.producer_position() < world.bytes->limit.load_relaxed();
            });
            world.publish(*world.appender, 0, 8, world.bytes->limit.load_acquire());
        }
    });
    explorer.add("reader", [](World& world) {
        while (world.bytes->delivered_count < 8 && !is_over(0)) {
            await([&world] {
                const Position at = world.bytes->position.load_relaxed();
                const std::byte* term = world.log.term(world.log.geometry().partition_at(at));
                return is_over(0) ||
                       frame_length_acquire(term + world.log.geometry().offset_at(at)) > 0;
            });
            world.poll();
        }
    });
    explorer.add("driver", [](World& world) {
        Position clean_position = world.bytes->position.load_acquire();
        for (int i = 0; i < 16; ++i) {
            await([&world] {
                return is_over(0) || world.bytes->limit.load_relaxed() <
                                         world.bytes->position.load_relaxed() + kTerm / 2;
            });
            const Position consumed = world.bytes->position.load_acquire();
            clean_position = clean_to(world.log, clean_position, consumed);
            if (consumed + kTerm / 2 > world.bytes->limit.load_relaxed()) {
                world.bytes->limit.store_release(consumed + kTerm / 2);
            }
        }
    });
    explorer.at_end([](World& world) {
        if (world.bytes->sent[0] < 7) {
            return std::string("too few: ") + std::to_string(world.bytes->sent[0]);
        }
        return world.end_without_publishers(1);
    });
    expect_fine(explorer.run(), false);
}

// Receiving: frames out of order, one lost and filled, beside the conductor's scan and a reader.

std::array<std::byte, 64> received_frame(std::int32_t offset, std::int32_t length,
                                         std::int64_t id) {
    std::array<std::byte, 64> bytes{};
    begin_frame(bytes.data(), length, kUnfragmented, kDataFrame, offset, {kSession, kStream, 9});
    store_plain(bytes.data() + 24, id);
    commit_frame(bytes.data(), length);
    return bytes;
}

TEST(LogModel, rebuilds_and_fills_beside_the_scan_and_a_reader) {
    using World = LogWorld<0, LogType::image>;
    // Made here, for on a thread of the model each store into them would be a step.
    static const auto first = received_frame(0, 32, 1);
    static const auto late = received_frame(32, 32, 2);
    static const auto last = received_frame(96, 32, 3);
    Explorer<World> explorer;
    explorer.add("receiver", [](World& world) {
        const Bytes term = world.log.term_bytes(2);
        insert_frames(term, 96, ConstBytes(last).first(32));
        insert_frames(term, 0, ConstBytes(first).first(32));
        for (int i = 0; i < 2; ++i) {
            const auto offset = static_cast<std::int32_t>(world.bytes->gap.load_acquire());
            if (offset >= 0) {   // what the conductor saw may be out of date
                fill_gap(term, world.log.metadata().default_header, {9, offset, 96 - offset});
            }
            insert_frames(term, 32, ConstBytes(late).first(32));   // dropped if it was filled
        }
    });
    explorer.add("conductor", [](World& world) {
        std::int32_t from = 0;
        for (int i = 0; i < 2; ++i) {
            const GapScan scan = scan_for_gap(world.log.term_bytes(2), 9, from, kTerm);
            from = scan.complete_to;
            if (scan.gap && scan.gap->offset + scan.gap->length == 96) {
                world.bytes->gap.store_release(scan.gap->offset);
            }
        }
    });
    explorer.add("reader", [](World& world) {
        world.poll();
        world.poll();
    });
    explorer.at_end([](World& world) {
        const GapScan scan = scan_for_gap(world.log.term_bytes(2), 9, 0, kTerm);
        if (scan.gap) {
            fill_gap(world.log.term_bytes(2), world.log.metadata().default_header, *scan.gap);
        }
        world.poll();
        std::string ids;
        for (std::int64_t i = 0; i < world.bytes->delivered_count; ++i) {
            ids += std::to_string(world.bytes->delivered[i]);
        }
        const bool whole = ids == "123" || ids == "13" || ids == "3";
        return whole && world.bytes->position.load_acquire() == 3 * kTerm ? world.fault()
                                                                          : "delivered " + ids;
    });
    expect_fine(explorer.run(), false);
}

}  // namespace
}  // namespace tern::model

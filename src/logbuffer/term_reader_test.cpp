#include "tern/logbuffer/term_reader.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tern/logbuffer/concurrent_appender.hpp"
#include "tern/logbuffer/exclusive_appender.hpp"
#include "tern/logbuffer/testing/test_log.hpp"

namespace tern {
namespace {

using testing::kNoLimit;
using testing::kTestSession;
using testing::kTestStream;
using testing::patterned;
using testing::starting_at;
using testing::TestLog;

constexpr int kMany = 1000;

/// A log with its writer and a reader that starts where the stream does.
struct Read : TestLog {
    explicit Read(const LogParameters& parameters = testing::test_parameters())
        : TestLog(parameters), appender(log, kTestSession, kTestStream) {
        counter.store_release(log.producer_position());
    }
    void offer(std::string_view text) { ASSERT_TRUE(appender.offer(bytes_of(text), kNoLimit)); }
    /// Payloads of one poll, as text.
    std::vector<std::string> poll(int limit = kMany) {
        std::vector<std::string> texts;
        reader.poll([&](ConstBytes payload, const FragmentHeader&) {
            texts.emplace_back(text_of(payload));
        }, limit);
        return texts;
    }
    /// A handler that answers `actions` in turn.
    auto answering(std::vector<ControlledAction> actions) {
        return [this, actions, next = std::size_t{0}](ConstBytes payload,
                                                      const FragmentHeader&) mutable {
            seen.emplace_back(text_of(payload));
            return actions.at(next++);
        };
    }
    Position position() const { return counter.load_acquire(); }

    ExclusiveAppender        appender;
    SharedWord<std::int64_t> counter{};
    std::atomic<bool>        closed{false};
    TermReader               reader{log, counter, closed, this};
    std::vector<std::string> seen;
};

using Texts = std::vector<std::string>;

TEST(TermReader, vector_D_header_positions) {
    TestLog log(starting_at(7, 9, 65472));
    SharedWord<std::int64_t> counter{};
    counter.store_release(196544);
    const std::atomic<bool> closed{false};
    TermReader reader(log.log, counter, closed);
    ConcurrentAppender appender(log.log, kTestSession, kTestStream);
    EXPECT_EQ(appender.offer(patterned(35), kNoLimit).code(), -3);
    EXPECT_TRUE(appender.offer(bytes_of("hello"), kNoLimit));
    EXPECT_TRUE(appender.offer(patterned(3000), kNoLimit));

    std::vector<Position> positions;
    const auto collect = [&positions](ConstBytes, const FragmentHeader& header) {
        positions.push_back(header.position());
    };
    EXPECT_EQ(reader.poll(collect, kMany), 0);   // the padding to the end of the term
    EXPECT_EQ(reader.position(), 196608);
    EXPECT_EQ(reader.poll(collect, kMany), 4);
    EXPECT_EQ(positions, (std::vector<Position>{196672, 198080, 199488, 199776}));
    EXPECT_EQ(reader.position(), 199776);
}

TEST(TermReader, delivers_payload_and_every_field_of_the_header) {
    Read log;
    const auto supplier = [](std::byte*, std::int32_t) { return std::int64_t{-77}; };
    ASSERT_TRUE(log.appender.offer(bytes_of("hello"), kNoLimit, supplier));
    const auto handler = [&log](ConstBytes payload, const FragmentHeader& header) {
        EXPECT_EQ(text_of(payload), "hello");
        EXPECT_EQ(payload.data(), log.log.term(0) + 32);
        EXPECT_EQ(header.frame_length(), 37);
        EXPECT_EQ(header.version(), 0);
        EXPECT_EQ(header.flags(), kUnfragmented);
        EXPECT_EQ(header.type(), kDataFrame);
        EXPECT_EQ(header.term_offset(), 0);
        EXPECT_EQ(header.session_id(), kTestSession);
        EXPECT_EQ(header.stream_id(), kTestStream);
        EXPECT_EQ(header.term_id(), 7);
        EXPECT_EQ(header.reserved_value(), -77);
        EXPECT_EQ(header.initial_term_id(), 7);
        EXPECT_EQ(header.position_bits(), 16);
        EXPECT_EQ(header.next_term_offset(), 64);
        EXPECT_EQ(header.occupied_length(), 37);
        EXPECT_EQ(header.context(), &log);
    };
    EXPECT_EQ(log.reader.poll(handler, 1), 1);
}

TEST(TermReader, stops_at_the_limit_of_fragments_and_at_the_last_one_that_is_complete) {
    Read log;
    log.offer("a");
    log.offer("b");
    BufferClaim open;
    ASSERT_TRUE(log.appender.try_claim(1, kNoLimit, open));
    log.offer("d");
    EXPECT_EQ(log.poll(0), Texts{});
    EXPECT_EQ(log.position(), 0);
    EXPECT_EQ(log.poll(1), Texts{"a"});
    EXPECT_EQ(log.position(), 64);
    EXPECT_EQ(log.poll(), Texts{"b"});
    EXPECT_EQ(log.poll(), Texts{});
    open.buffer()[0] = std::byte{'c'};
    open.commit();
    EXPECT_EQ(log.poll(), (Texts{"c", "d"}));
}

TEST(TermReader, skips_padding_without_counting_it) {
    Read log;
    ASSERT_TRUE(log.appender.append_padding(100, kNoLimit));
    log.offer("a");
    EXPECT_EQ(log.poll(1), Texts{"a"});
    EXPECT_EQ(log.position(), 160 + 64);
    ASSERT_TRUE(log.appender.append_padding(100, kNoLimit));
    EXPECT_EQ(log.poll(), Texts{});
    EXPECT_EQ(log.position(), 160 + 64 + 160);
}

TEST(TermReader, delivers_a_type_that_it_does_not_know_like_data) {
    Read log;
    BufferClaim claim;
    ASSERT_TRUE(log.appender.try_claim(1, kNoLimit, claim));
    claim.buffer()[0] = std::byte{'x'};
    claim.set_type(99);
    claim.commit();
    EXPECT_EQ(log.poll(), Texts{"x"});
}

TEST(TermReader, stays_within_one_term_a_call) {
    Read log(starting_at(7, 7, 65536 - 64));
    log.offer("a");
    EXPECT_EQ(log.appender.offer(bytes_of("b"), kNoLimit).code(), -3);
    log.offer("b");
    EXPECT_EQ(log.poll(), Texts{"a"});
    EXPECT_EQ(log.poll(), Texts{"b"});
    EXPECT_EQ(log.position(), 65600);
}

TEST(TermReader, reads_the_last_frame_of_the_stream_and_then_nothing) {
    Read log(starting_at(7, wrapping_add(7, INT32_MAX), 65536 - 64));
    log.offer("a");
    EXPECT_EQ(log.poll(), Texts{"a"});
    EXPECT_EQ(log.position(), log.log.geometry().max_position());
    EXPECT_EQ(log.poll(), Texts{});
    EXPECT_EQ(log.position(), log.log.geometry().max_position());
}

TEST(TermReader, does_not_touch_the_counter_once_closed) {
    Read log;
    log.offer("a");
    log.offer("b");
    const auto close = [&log](ConstBytes, const FragmentHeader&) { log.closed = true; };
    EXPECT_EQ(log.reader.poll(close, kMany), 1);
    EXPECT_EQ(log.position(), 0);
    EXPECT_EQ(log.poll(), Texts{});
    EXPECT_EQ(log.reader.block_poll([](const Block&) { FAIL(); }, kMany), 0);
    EXPECT_EQ(log.reader.controlled_poll(log.answering({}), kMany), 0);
}

TEST(TermReader, has_consumed_the_fragment_whose_handler_throws) {
    Read log;
    log.offer("a");
    log.offer("b");
    log.offer("c");
    const auto throwing = [](ConstBytes payload, const FragmentHeader&) {
        if (text_of(payload) == "b") {
            throw std::runtime_error("b");
        }
    };
    EXPECT_THROW(log.reader.poll(throwing, kMany), std::runtime_error);
    EXPECT_EQ(log.position(), 128);
    EXPECT_EQ(log.poll(), Texts{"c"});
}

TEST(TermReader, never_passes_a_frame_whose_length_cannot_be_true) {
    for (const std::int32_t length : {1, 31, 65537, INT32_MAX, INT32_MIN, -1}) {
        Read log;
        log.offer("a");
        header_at(log.log.term(0) + 64).type = kDataFrame;
        commit_frame(log.log.term(0) + 64, length);
        EXPECT_EQ(log.poll(), Texts{"a"}) << length;
        EXPECT_EQ(log.poll(), Texts{}) << length;
        EXPECT_EQ(log.reader.block_poll([](const Block&) { FAIL(); }, INT32_MAX), 0) << length;
        EXPECT_EQ(log.position(), 64) << length;
    }
}

TEST(TermReader, stays_inside_the_log_whatever_its_counter_says) {
    for (const Position position : {INT64_MIN, Position{-1}, Position{65535}, INT64_MAX}) {
        Read log;
        log.counter.store_release(position);
        EXPECT_EQ(log.poll(), Texts{});
        EXPECT_EQ(log.position(), position);
    }
}

// Bounded.

TEST(TermReader, delivers_whole_a_fragment_that_starts_below_the_bound) {
    Read log;
    log.offer("a");
    log.offer("b");
    log.offer("c");
    Texts texts;
    const auto collect = [&texts](ConstBytes payload, const FragmentHeader&) {
        texts.emplace_back(text_of(payload));
    };
    EXPECT_EQ(log.reader.bounded_poll(collect, 0, kMany), 0);
    EXPECT_EQ(log.reader.bounded_poll(collect, -5, kMany), 0);
    EXPECT_EQ(log.reader.bounded_poll(collect, 65, kMany), 2);
    EXPECT_EQ(log.position(), 128);
    EXPECT_EQ(log.reader.bounded_poll(collect, 128, kMany), 0);
    EXPECT_EQ(log.reader.bounded_poll(collect, INT64_MAX, kMany), 1);
    EXPECT_EQ(texts, (Texts{"a", "b", "c"}));
}

TEST(TermReader, bounds_a_controlled_poll_too) {
    Read log;
    log.offer("a");
    log.offer("b");
    using enum ControlledAction;
    EXPECT_EQ(log.reader.bounded_controlled_poll(log.answering({}), 0, kMany), 0);
    EXPECT_EQ(log.reader.bounded_controlled_poll(log.answering({continue_}), 64, kMany), 1);
    EXPECT_EQ(log.position(), 64);
}

// Controlled.

TEST(TermReader, abort_delivers_the_fragment_again) {
    Read log;
    log.offer("a");
    log.offer("b");
    using enum ControlledAction;
    EXPECT_EQ(log.reader.controlled_poll(log.answering({continue_, abort}), kMany), 1);
    EXPECT_EQ(log.position(), 64);
    EXPECT_EQ(log.reader.controlled_poll(log.answering({continue_}), kMany), 1);
    EXPECT_EQ(log.seen, (Texts{"a", "b", "b"}));
    EXPECT_EQ(log.position(), 128);
}

TEST(TermReader, abort_keeps_the_padding_before_it_consumed) {
    Read log;
    ASSERT_TRUE(log.appender.append_padding(0, kNoLimit));
    log.offer("a");
    EXPECT_EQ(log.reader.controlled_poll(log.answering({ControlledAction::abort}), kMany), 0);
    EXPECT_EQ(log.position(), 32);
}

TEST(TermReader, break_consumes_and_stops) {
    Read log;
    log.offer("a");
    log.offer("b");
    EXPECT_EQ(log.reader.controlled_poll(log.answering({ControlledAction::break_}), kMany), 1);
    EXPECT_EQ(log.seen, Texts{"a"});
    EXPECT_EQ(log.position(), 64);
}

TEST(TermReader, commit_stores_the_position_at_once_and_continue_at_the_end) {
    Read log;
    for (int i = 0; i < 4; ++i) {
        log.offer("x");
    }
    std::vector<Position> positions;
    const auto handler = [&](ConstBytes, const FragmentHeader& header) {
        positions.push_back(log.position());
        return header.term_offset() == 64 ? ControlledAction::commit
                                          : ControlledAction::continue_;
    };
    EXPECT_EQ(log.reader.controlled_poll(handler, kMany), 4);
    EXPECT_EQ(positions, (std::vector<Position>{0, 0, 128, 128}));
    EXPECT_EQ(log.position(), 256);
}

TEST(TermReader, abort_after_commit_keeps_what_was_committed) {
    Read log;
    log.offer("a");
    log.offer("b");
    using enum ControlledAction;
    EXPECT_EQ(log.reader.controlled_poll(log.answering({commit, abort}), kMany), 1);
    EXPECT_EQ(log.position(), 64);
}

TEST(TermReader, counts_fragments_of_a_controlled_poll_up_to_the_limit) {
    Read log;
    log.offer("a");
    log.offer("b");
    EXPECT_EQ(log.reader.controlled_poll(log.answering({ControlledAction::continue_}), 1), 1);
}

// Blocks.

struct BlockSeen {
    std::ptrdiff_t offset;
    std::size_t    length;
    friend bool operator==(const BlockSeen&, const BlockSeen&) = default;
};

struct ReadBlocks : Read {
    using Read::Read;
    int poll_block(std::int32_t limit) {
        return reader.raw_block_poll([this](const RawBlock& block) {
            blocks.push_back({block.bytes.data() - log.term(0), block.bytes.size()});
            EXPECT_EQ(block.session_id, kTestSession);
            EXPECT_EQ(block.term_id, 7 + static_cast<std::int32_t>(block.file_offset / 65536));
            EXPECT_EQ(block.bytes.data(), block.file->bytes().data() + block.file_offset);
        }, limit);
    }
    std::vector<BlockSeen> blocks;
};

TEST(TermReader, block_ends_before_a_frame_that_exceeds_the_limit) {
    ReadBlocks log;
    log.offer("a");
    log.offer("b");
    log.offer("c");
    EXPECT_EQ(log.poll_block(63), 0);
    EXPECT_EQ(log.position(), 0);
    EXPECT_EQ(log.poll_block(191), 128);
    EXPECT_EQ(log.poll_block(64), 64);
    EXPECT_EQ(log.poll_block(64), 0);
    EXPECT_EQ(log.blocks, (std::vector<BlockSeen>{{0, 128}, {128, 64}}));
    EXPECT_EQ(log.position(), 192);
}

TEST(TermReader, block_ends_before_padding_which_is_a_block_of_its_own) {
    ReadBlocks log;
    log.offer("a");
    ASSERT_TRUE(log.appender.append_padding(1000, kNoLimit));
    log.offer("b");
    EXPECT_EQ(log.poll_block(kMany), 64);
    EXPECT_EQ(log.poll_block(64), 1056);   // longer than the limit
    EXPECT_EQ(log.poll_block(64), 64);
    EXPECT_EQ(log.position(), 64 + 1056 + 64);
}

TEST(TermReader, block_lies_in_the_file_where_it_says) {
    ReadBlocks log(starting_at(7, 8, 4096));
    log.offer("a");
    EXPECT_EQ(log.poll_block(kMany), 64);
    EXPECT_EQ(log.blocks, (std::vector<BlockSeen>{{65536 + 4096, 64}}));
}

TEST(TermReader, blocks_can_be_published_again_elsewhere) {
    Read from;
    from.offer("a");
    ASSERT_TRUE(from.appender.offer(patterned(4000), kNoLimit));
    Read to;
    const auto forward = [&to](const Block& block) {
        EXPECT_TRUE(to.appender.offer_block(block.bytes, kNoLimit));
    };
    EXPECT_EQ(from.reader.block_poll(forward, 65536), 64 + 4096);
    EXPECT_EQ(to.poll().size(), 4U);
    EXPECT_EQ(to.position(), from.position());
}

}  // namespace
}  // namespace tern

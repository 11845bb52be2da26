#include "tern/logbuffer/fragment_assembler.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

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

/// What a delegate got, with the header's values copied out.
struct Whole {
    std::vector<std::byte> bytes;
    std::int32_t           frame_length;
    int                    flags;
    std::int32_t           term_offset;
    std::int64_t           reserved_value;
    Position               position;
};

Whole copy_of(ConstBytes message, const FragmentHeader& header) {
    return {{message.begin(), message.end()},
            header.frame_length(),
            header.flags(),
            header.term_offset(),
            header.reserved_value(),
            header.position()};
}

/// Frames made by hand, so that they can be out of place.
class Fragments {
  public:
    template <typename Assembler>
    auto give(Assembler& assembler, std::uint8_t flags, std::int32_t offset, ConstBytes payload,
              std::int32_t session_id = kTestSession) {
        DataHeader header{};
        const auto length = static_cast<std::int32_t>(payload.size()) + kDataHeaderLength;
        header.frame_length.store_relaxed(length);
        header.flags = flags;
        header.type = kDataFrame;
        header.term_offset = offset;
        header.session_id = session_id;
        header.stream_id = kTestStream;
        header.term_id = 7;
        header.reserved_value = offset + 1;
        return assembler(payload, FragmentHeader(header, length, geometry_, this, length));
    }

  private:
    TermGeometry geometry_{7, 65536};
};

constexpr std::uint8_t kMiddle = 0;

struct Collected {
    std::vector<Whole> messages;
    auto handler() {
        return [this](ConstBytes message, const FragmentHeader& header) {
            messages.push_back(copy_of(message, header));
        };
    }
};

TEST(FragmentAssembler, vector_D_assembled_header_position) {
    TestLog log(starting_at(7, 10, 0));
    ExclusiveAppender appender(log.log, kTestSession, kTestStream);
    SharedWord<std::int64_t> counter{};
    counter.store_release(196608);
    const std::atomic<bool> closed{false};
    TermReader reader(log.log, counter, closed);
    const auto supplier = [](std::byte* frame, std::int32_t) {
        return std::int64_t{header_at(frame).term_offset};
    };
    ASSERT_TRUE(appender.offer(bytes_of("hello"), kNoLimit, supplier));
    ASSERT_TRUE(appender.offer(patterned(3000), kNoLimit, supplier));

    Collected collected;
    FragmentAssembler assembler(collected.handler());
    EXPECT_EQ(reader.poll(assembler, 10), 4);
    ASSERT_EQ(collected.messages.size(), 2U);
    EXPECT_EQ(collected.messages[0].position, 196672);
    EXPECT_EQ(collected.messages[0].bytes.size(), 5U);
    const Whole& whole = collected.messages[1];
    EXPECT_EQ(whole.position, 199776);
    EXPECT_EQ(whole.bytes, patterned(3000));
    EXPECT_EQ(whole.frame_length, 3032);
    EXPECT_EQ(whole.flags, kUnfragmented);
    EXPECT_EQ(whole.term_offset, 64);
    EXPECT_EQ(whole.reserved_value, 64);   // of the first fragment
}

TEST(FragmentAssembler, puts_the_longest_message_together) {
    LogParameters with = testing::test_parameters();
    with.term_length = 16 * 1024 * 1024;
    TestLog log(with);
    ExclusiveAppender appender(log.log, kTestSession, kTestStream);
    const auto message = patterned(2 * 1024 * 1024);
    ASSERT_EQ(appender.max_message_length(), 2 * 1024 * 1024);
    ASSERT_TRUE(appender.offer(message, kNoLimit));
    SharedWord<std::int64_t> counter{};
    const std::atomic<bool> closed{false};
    TermReader reader(log.log, counter, closed);
    Collected collected;
    ImageFragmentAssembler assembler(collected.handler());
    reader.poll(assembler, INT32_MAX);
    ASSERT_EQ(collected.messages.size(), 1U);
    EXPECT_EQ(collected.messages[0].bytes, message);
    EXPECT_EQ(collected.messages[0].position, appender.position());
}

TEST(FragmentAssembler, keeps_sessions_apart) {
    Collected collected;
    FragmentAssembler assembler(collected.handler());
    Fragments frames;
    frames.give(assembler, kBeginFragment, 0, bytes_of("a1"), 1);
    frames.give(assembler, kBeginFragment, 96, bytes_of("b1"), 2);
    frames.give(assembler, kEndFragment, 64, bytes_of("a2"), 1);
    frames.give(assembler, kEndFragment, 160, bytes_of("b2"), 2);
    ASSERT_EQ(collected.messages.size(), 2U);
    EXPECT_EQ(text_of(collected.messages[0].bytes), "a1a2");
    EXPECT_EQ(text_of(collected.messages[1].bytes), "b1b2");
}

TEST(FragmentAssembler, lets_a_whole_message_pass_between_fragments_of_another) {
    Collected collected;
    ImageFragmentAssembler assembler(collected.handler());
    Fragments frames;
    frames.give(assembler, kBeginFragment, 0, bytes_of("a1"));
    frames.give(assembler, kUnfragmented, 512, bytes_of("whole"));
    frames.give(assembler, kEndFragment, 64, bytes_of("a2"));
    ASSERT_EQ(collected.messages.size(), 2U);
    EXPECT_EQ(text_of(collected.messages[0].bytes), "whole");
    EXPECT_EQ(text_of(collected.messages[1].bytes), "a1a2");
}

TEST(FragmentAssembler, drops_a_message_with_a_hole) {
    Collected collected;
    FragmentAssembler assembler(collected.handler());
    Fragments frames;
    frames.give(assembler, kBeginFragment, 0, bytes_of("a1"));
    frames.give(assembler, kMiddle, 128, bytes_of("a3"));   // 64 was lost and filled
    frames.give(assembler, kEndFragment, 192, bytes_of("a4"));
    EXPECT_TRUE(collected.messages.empty());
    frames.give(assembler, kBeginFragment, 256, bytes_of("b1"));
    frames.give(assembler, kEndFragment, 320, bytes_of("b2"));
    ASSERT_EQ(collected.messages.size(), 1U);
    EXPECT_EQ(text_of(collected.messages[0].bytes), "b1b2");
}

TEST(FragmentAssembler, ignores_the_rest_of_a_message_that_it_joined_in_the_middle) {
    Collected collected;
    FragmentAssembler assembler(collected.handler());
    ImageFragmentAssembler of_image(collected.handler());
    Fragments frames;
    for (const std::uint8_t flags : {kMiddle, kEndFragment}) {
        frames.give(assembler, flags, 64, bytes_of("x"));
        frames.give(of_image, flags, 64, bytes_of("x"));
    }
    EXPECT_TRUE(collected.messages.empty());
}

TEST(FragmentAssembler, starts_over_with_a_new_first_fragment) {
    Collected collected;
    FragmentAssembler assembler(collected.handler());
    Fragments frames;
    frames.give(assembler, kBeginFragment, 0, bytes_of("lost"));
    frames.give(assembler, kBeginFragment, 256, bytes_of("b1"));
    frames.give(assembler, kEndFragment, 320, bytes_of("b2"));
    ASSERT_EQ(collected.messages.size(), 1U);
    EXPECT_EQ(text_of(collected.messages[0].bytes), "b1b2");
    EXPECT_EQ(collected.messages[0].term_offset, 256);
}

TEST(FragmentAssembler, delivers_a_message_once) {
    Collected collected;
    FragmentAssembler assembler(collected.handler());
    Fragments frames;
    frames.give(assembler, kBeginFragment, 0, bytes_of("a1"));
    frames.give(assembler, kEndFragment, 64, bytes_of("a2"));
    frames.give(assembler, kEndFragment, 64, bytes_of("a2"));
    frames.give(assembler, kEndFragment, 128, bytes_of("a3"));
    EXPECT_EQ(collected.messages.size(), 1U);
}

TEST(FragmentAssembler, forgets_a_session_that_is_erased) {
    Collected collected;
    FragmentAssembler assembler(collected.handler());
    Fragments frames;
    frames.give(assembler, kBeginFragment, 0, bytes_of("a1"), 5);
    EXPECT_FALSE(assembler.erase_session(6));
    EXPECT_TRUE(assembler.erase_session(5));
    frames.give(assembler, kEndFragment, 64, bytes_of("a2"), 5);
    EXPECT_TRUE(collected.messages.empty());
}

TEST(FragmentAssembler, survives_a_first_fragment_without_payload) {
    Collected collected;
    FragmentAssembler assembler(collected.handler());
    Fragments frames;
    frames.give(assembler, kBeginFragment, 0, {});
    frames.give(assembler, kEndFragment, 32, bytes_of("x"));
    ASSERT_EQ(collected.messages.size(), 1U);
    EXPECT_EQ(text_of(collected.messages[0].bytes), "x");
}

// Controlled.

struct Controlled {
    std::vector<std::string>      seen;
    std::vector<ControlledAction> answers;
    auto handler() {
        return [this](ConstBytes message, const FragmentHeader&) {
            seen.emplace_back(text_of(message));
            return answers.at(seen.size() - 1);
        };
    }
};

TEST(ControlledFragmentAssembler, goes_on_while_it_only_keeps_fragments) {
    using enum ControlledAction;
    Controlled delegate{.answers = {break_, commit}};
    ControlledFragmentAssembler assembler(delegate.handler());
    Fragments frames;
    EXPECT_EQ(frames.give(assembler, kMiddle, 0, bytes_of("x")), continue_);
    EXPECT_EQ(frames.give(assembler, kBeginFragment, 0, bytes_of("a1")), continue_);
    EXPECT_EQ(frames.give(assembler, kMiddle, 64, bytes_of("a2")), continue_);
    EXPECT_EQ(frames.give(assembler, kEndFragment, 128, bytes_of("a3")), break_);
    EXPECT_EQ(frames.give(assembler, kUnfragmented, 192, bytes_of("b")), commit);
    EXPECT_EQ(delegate.seen, (std::vector<std::string>{"a1a2a3", "b"}));
    EXPECT_TRUE(assembler.erase_session(kTestSession));
}

template <typename Assembler>
void expect_completed_again_after_abort(Controlled& delegate, Assembler assembler) {
    using enum ControlledAction;
    Fragments frames;
    frames.give(assembler, kBeginFragment, 0, bytes_of("a1"));
    EXPECT_EQ(frames.give(assembler, kEndFragment, 64, bytes_of("a2")), abort);
    EXPECT_EQ(frames.give(assembler, kEndFragment, 64, bytes_of("a2")), abort);
    EXPECT_EQ(frames.give(assembler, kEndFragment, 64, bytes_of("a2")), continue_);
    EXPECT_EQ(frames.give(assembler, kEndFragment, 64, bytes_of("a2")), continue_);   // no more
    EXPECT_EQ(delegate.seen, (std::vector<std::string>{"a1a2", "a1a2", "a1a2"}));
}

TEST(ControlledFragmentAssembler, completes_an_aborted_message_again_with_its_last_part) {
    using enum ControlledAction;
    Controlled delegate{.answers = {abort, abort, continue_}};
    expect_completed_again_after_abort(delegate, ControlledFragmentAssembler(delegate.handler()));
    Controlled of_image{.answers = {abort, abort, continue_}};
    expect_completed_again_after_abort(of_image,
                                       ControlledImageFragmentAssembler(of_image.handler()));
}

TEST(ControlledFragmentAssembler, aborts_through_a_reader_without_losing_or_doubling_a_part) {
    TestLog log;
    ExclusiveAppender appender(log.log, kTestSession, kTestStream);
    ASSERT_TRUE(appender.offer(patterned(3000), kNoLimit));
    SharedWord<std::int64_t> counter{};
    const std::atomic<bool> closed{false};
    TermReader reader(log.log, counter, closed);
    int calls = 0;
    ControlledFragmentAssembler assembler([&calls](ConstBytes message, const FragmentHeader&) {
        EXPECT_EQ((std::vector<std::byte>{message.begin(), message.end()}), patterned(3000));
        return ++calls < 3 ? ControlledAction::abort : ControlledAction::continue_;
    });
    EXPECT_EQ(reader.controlled_poll(assembler, 10), 2);
    EXPECT_EQ(reader.controlled_poll(assembler, 10), 0);
    EXPECT_EQ(reader.controlled_poll(assembler, 10), 1);
    EXPECT_EQ(calls, 3);
    EXPECT_EQ(reader.position(), appender.position());
}

}  // namespace
}  // namespace tern

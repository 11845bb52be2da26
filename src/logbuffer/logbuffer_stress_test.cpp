// Publishers, readers and the driver's part on threads of their own, for the thread sanitizer to
// watch. Terms are as small as they can be, so that the log is rotated every few dozen messages.

#include <algorithm>
#include <atomic>
#include <list>
#include <map>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tern/logbuffer/concurrent_appender.hpp"
#include "tern/logbuffer/exclusive_appender.hpp"
#include "tern/logbuffer/fragment_assembler.hpp"
#include "tern/logbuffer/gap_filler.hpp"
#include "tern/logbuffer/log_unblocker.hpp"
#include "tern/logbuffer/publication_limit.hpp"
#include "tern/logbuffer/term_cleaner.hpp"
#include "tern/logbuffer/term_rebuilder.hpp"
#include "tern/logbuffer/testing/test_log.hpp"

namespace tern {
namespace {

using testing::kTestSession;
using testing::kTestStream;
using testing::starting_at;
using testing::TestLog;

/// A message that says who sent it, which one it is, and whether it arrived whole.
struct Numbered {
    std::int32_t producer;
    std::int32_t number;
};

std::vector<std::byte> numbered(std::int32_t producer, std::int32_t number, std::size_t length) {
    std::vector<std::byte> bytes(std::max(length, sizeof(Numbered)));
    store_plain(bytes.data(), Numbered{producer, number});
    for (std::size_t i = sizeof(Numbered); i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::byte>(number + static_cast<std::int32_t>(i));
    }
    return bytes;
}

bool is_whole(ConstBytes bytes) {
    const auto head = load_plain<Numbered>(bytes.data());
    for (std::size_t i = sizeof(Numbered); i < bytes.size(); ++i) {
        if (bytes[i] != static_cast<std::byte>(head.number + static_cast<std::int32_t>(i))) {
            return false;
        }
    }
    return true;
}

void join_all(std::list<std::jthread>& threads) {
    for (std::jthread& thread : threads) {
        thread.join();
    }
}

/// A log, its subscribers, and the driver's conductor: cleans, raises the limit, unblocks.
struct Stream : TestLog {
    Stream(const LogParameters& parameters, int subscribers)
        : TestLog(parameters), positions(static_cast<std::size_t>(subscribers)),
          clean_position(log.producer_position()) {
        for (auto& position : positions) {
            position.store_release(clean_position);
        }
        limit.store_release(clean_position);
        log.set_connected(true);
    }

    Position slowest() {
        Position least = INT64_MAX;
        for (const auto& position : positions) {
            least = std::min(least, bounded_subscriber_position(position, log.producer_position()));
        }
        return least;
    }

    void raise_limit() {
        const Position consumed = slowest();
        clean_position = clean_to(log, clean_position, consumed);
        const Position proposed = consumed + publication_window_length(0, log.term_length());
        if (proposed > limit.load_relaxed()) {
            limit.store_release(proposed);
        }
    }

    std::vector<SharedWord<std::int64_t>> positions;
    SharedWord<std::int64_t>              limit{};
    Position                              clean_position;   // the conductor's
    std::atomic<bool>                     closed{false};
    std::atomic<int>                      subscribers_done{0};
};

/// Reads until `expected` messages have come; each producer's in order, each once and whole.
void subscribe(Stream& stream, std::size_t index, std::size_t expected) {
    TermReader reader(stream.log, stream.positions[index], stream.closed);
    std::map<std::int32_t, std::int32_t> next;
    std::size_t received = 0;
    FragmentAssembler assembler([&](ConstBytes message, const FragmentHeader&) {
        ASSERT_GE(message.size(), sizeof(Numbered));
        const auto head = load_plain<Numbered>(message.data());
        ASSERT_EQ(head.number, next[head.producer]) << "of producer " << head.producer;
        ASSERT_TRUE(is_whole(message)) << head.producer << ", " << head.number;
        ++next[head.producer];
        ++received;
    });
    while (received < expected && !::testing::Test::HasFatalFailure()) {
        if (reader.poll(assembler, 10) == 0) {
            std::this_thread::yield();
        }
    }
    ++stream.subscribers_done;
}

/// One attempt to get a message out, by one of the several ways.
template <typename Appender>
OfferResult send(Appender& appender, std::vector<std::byte>& message, Position limit) {
    const auto number = load_plain<Numbered>(message.data()).number;
    const ConstBytes all(message);
    if (number % 4 == 1) {
        const std::array<ConstBytes, 3> parts{all.first(5), ConstBytes{}, all.subspan(5)};
        return appender.offer(parts, limit, [](std::byte*, std::int32_t length) {
            return std::int64_t{length};
        });
    }
    if (number % 4 == 2 && message.size() <= 1376) {
        BufferClaim claim;
        const OfferResult result = appender.try_claim(message.size(), limit, claim);
        if (result) {
            std::copy(message.begin(), message.end(), claim.buffer().begin());
            claim.commit();
        }
        return result;
    }
    if (number % 4 == 3) {
        BufferClaim aborted;   // leaves nothing but padding
        if (appender.try_claim(100, limit, aborted)) {
            aborted.abort();
        }
    }
    return appender.offer(all, limit);
}

template <typename Appender>
void send_until_ok(Stream& stream, Appender& appender, std::vector<std::byte>& message) {
    while (!::testing::Test::HasFatalFailure()) {
        const OfferResult result = send(appender, message, stream.limit.load_acquire());
        if (result) {
            return;
        }
        ASSERT_TRUE(result.status() == OfferStatus::back_pressured ||
                    result.status() == OfferStatus::admin_action)
            << name_of(result.status());
        std::this_thread::yield();
    }
}

void publish(Stream& stream, std::int32_t producer, std::int32_t messages) {
    ConcurrentAppender appender(stream.log, kTestSession, kTestStream);
    std::minstd_rand random(static_cast<unsigned>(producer + 1));
    for (std::int32_t i = 0; i < messages; ++i) {
        auto message = numbered(producer, i, random() % (i % 16 == 0 ? 8192 : 300));
        send_until_ok(stream, appender, message);
    }
}

void conduct(Stream& stream, int subscribers) {
    while (stream.subscribers_done < subscribers) {
        stream.raise_limit();
        std::this_thread::yield();
    }
}

TEST(LogStress, exclusive_publisher_reaches_two_readers_in_order_and_whole) {
    constexpr std::int32_t kMessages = 30'000;
    // Term ids wrap on the way, so the count is what it is from the first term on.
    Stream stream(starting_at(INT32_MAX - 1, INT32_MAX - 1, 0), 2);
    std::list<std::jthread> threads;
    threads.emplace_back([&stream] {
        ExclusiveAppender appender(stream.log, kTestSession, kTestStream);
        std::minstd_rand random(7);
        for (std::int32_t i = 0; i < kMessages; ++i) {
            auto message = numbered(0, i, random() % (i % 16 == 0 ? 8192 : 300));
            send_until_ok(stream, appender, message);
        }
    });
    threads.emplace_back([&stream] { subscribe(stream, 0, kMessages); });
    threads.emplace_back([&stream] { subscribe(stream, 1, kMessages); });
    conduct(stream, 2);
    join_all(threads);
    EXPECT_GT(stream.count(), 100);
}

TEST(LogStress, every_message_of_every_publisher_arrives_once_in_order_and_whole) {
    constexpr std::int32_t kProducers = 3;
    constexpr std::int32_t kMessages = 15'000;
    Stream stream(starting_at(7, 9, 65472), 2);
    std::list<std::jthread> threads;
    for (std::int32_t producer = 0; producer < kProducers; ++producer) {
        threads.emplace_back([&stream, producer] { publish(stream, producer, kMessages); });
    }
    threads.emplace_back([&stream] { subscribe(stream, 0, kProducers * kMessages); });
    threads.emplace_back([&stream] { subscribe(stream, 1, kProducers * kMessages); });
    conduct(stream, 2);
    join_all(threads);
    EXPECT_GT(stream.count(), 100);
}

TEST(LogStress, publishers_that_race_into_the_end_of_the_stream_all_learn_of_it) {
    constexpr std::int32_t kProducers = 3;
    Stream stream(starting_at(7, wrapping_add(7, INT32_MAX), 0), 1);
    std::atomic<std::size_t> sent{0};
    std::list<std::jthread> threads;
    for (std::int32_t producer = 0; producer < kProducers; ++producer) {
        threads.emplace_back([&stream, &sent, producer] {
            ConcurrentAppender appender(stream.log, kTestSession, kTestStream);
            const Position no_limit = INT64_MAX;   // it lies beyond the end there, too
            for (std::int32_t i = 0, refused = 0; refused < 1000;) {
                const auto message = numbered(producer, i, static_cast<std::size_t>(i % 500));
                const OfferResult result = appender.offer(message, no_limit);
                if (result) {
                    ++i;
                    ++sent;
                } else {
                    ASSERT_EQ(result.status(), OfferStatus::max_position_exceeded);
                    ++refused;
                }
            }
        });
    }
    join_all(threads);
    subscribe(stream, 0, sent);
    EXPECT_EQ(stream.count(), INT32_MAX);
    // Nobody adds to the tail again who has found it past the end.
    EXPECT_LT(stream.tail(1) & 0xFFFF'FFFF, 65536U + 3 * 1024);
}

/// Publishers that die inside a claim, and a conductor that unblocks. It must not take a live
/// claim for a dead one, which is what the unblock time-out is for; here live publishers say when
/// they are inside an offer, and wait while it looks.
struct Mortal : Stream {
    using Stream::Stream;
    template <typename Body>
    void inside(Body&& body) {
        for (;;) {
            ++in_offer;
            if (!unblocking) {
                break;
            }
            --in_offer;
            std::this_thread::yield();
        }
        body();
        --in_offer;
    }
    void unblock_if_stuck() {
        const Position consumed = slowest();
        unblocking = true;
        while (in_offer != 0) {
            std::this_thread::yield();
        }
        if (slowest() == consumed && unblock_log(log, consumed, Publishers::may_be_alive) !=
                                         UnblockOutcome::no_action) {
            ++unblocked;
        }
        unblocking = false;
    }

    std::atomic<int>  in_offer{0};
    std::atomic<bool> unblocking{false};
    int               unblocked = 0;   // the conductor's
};

/// Leaves behind what a publisher leaves that dies: right after it moved the tail, or after it
/// wrote the header.
void die(Mortal& stream, std::int32_t round) {
    const Position limit = stream.limit.load_acquire();
    if (stream.log.producer_position() >= limit) {
        return;
    }
    if (round % 2 == 0) {
        const int partition = partition_of_count(stream.count());
        stream.log.metadata().term_tail_counters[partition].fetch_add(96 + round % 7 * 32);
    } else {
        BufferClaim never_committed;
        ConcurrentAppender(stream.log, kTestSession, kTestStream)
            .try_claim(static_cast<std::size_t>(round % 500), limit, never_committed);
    }
}

TEST(LogStress, deaths_inside_of_claims_lose_no_message_of_those_who_live) {
    constexpr std::int32_t kProducers = 2;
    constexpr std::int32_t kMessages = 15'000;
    Mortal stream(testing::test_parameters(), 1);
    std::list<std::jthread> threads;
    for (std::int32_t producer = 0; producer < kProducers; ++producer) {
        threads.emplace_back([&stream, producer] {
            ConcurrentAppender appender(stream.log, kTestSession, kTestStream);
            std::minstd_rand random(static_cast<unsigned>(producer + 1));
            for (std::int32_t i = 0; i < kMessages; ++i) {
                auto message = numbered(producer, i, random() % 2000);
                OfferResult result = OfferStatus::error;
                while (!result && !::testing::Test::HasFatalFailure()) {
                    stream.inside([&] {
                        if (i % 10 == 0 && result.status() == OfferStatus::error) {
                            die(stream, i / 10);
                        }
                        result = send(appender, message, stream.limit.load_acquire());
                    });
                    if (!result) {
                        std::this_thread::yield();
                    }
                }
            }
        });
    }
    threads.emplace_back([&stream] { subscribe(stream, 0, kProducers * kMessages); });
    while (stream.subscribers_done < 1) {
        stream.raise_limit();
        stream.unblock_if_stuck();
        std::this_thread::yield();
    }
    join_all(threads);
    EXPECT_GT(stream.unblocked, 50);
}

// Receiving: datagrams out of order, some twice, some never.

/// A datagram of one frame that carries its own position.
std::vector<std::byte> frame_at(const TermGeometry& geometry, Position position) {
    const std::int32_t offset = geometry.offset_at(position);
    const auto wanted = static_cast<std::int32_t>(64 + position / 64 % 13 * 32);
    const std::int32_t length = std::min(wanted, geometry.term_length() - offset);
    std::vector<std::byte> bytes(static_cast<std::size_t>(length));
    DataHeader& header = header_at(bytes.data());
    header.frame_length.store_relaxed(length);
    header.flags = kUnfragmented;
    header.type = kDataFrame;
    header.term_offset = offset;
    header.session_id = kTestSession;
    header.stream_id = kTestStream;
    header.term_id = geometry.term_id_at(position);
    header.reserved_value = position;
    for (std::size_t i = kDataHeaderLength; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::byte>(static_cast<std::size_t>(position) + i);
    }
    return bytes;
}

struct Received : TestLog {
    Received() : TestLog(image()) {}
    static LogParameters image() {
        LogParameters parameters = testing::test_parameters();
        parameters.type = LogType::image;
        return parameters;
    }

    SharedWord<std::int64_t> subscriber{};
    SharedWord<std::int64_t> rebuilt{};          // conductor to receiver: the window begins here
    SharedWord<std::int64_t> high_water_mark{};  // receiver to conductor
    SharedWord<std::int64_t> gap_begin{};        // conductor to receiver: fill from here, or -1
    SharedWord<std::int64_t> gap_length{};
    std::atomic<bool>        closed{false};
    std::atomic<bool>        done{false};
};

/// Inserts frames in a shuffled order, drops every seventh, repeats others, and fills gaps.
void receive(Received& image, Position end, Position& filled) {
    const TermGeometry& geometry = image.log.geometry();
    std::minstd_rand random(3);
    Position next = 0;
    int round = 0;
    while (!image.done) {
        if (const Position gap = image.gap_begin.load_acquire(); gap >= 0) {
            const auto length = static_cast<std::int32_t>(image.gap_length.load_relaxed());
            if (fill_gap(image.log.term_bytes(geometry.partition_at(gap)),
                         image.log.metadata().default_header,
                         {geometry.term_id_at(gap), geometry.offset_at(gap), length})) {
                filled += length;
            }
            image.gap_begin.store_release(-1);
        }
        std::vector<std::vector<std::byte>> batch;
        const Position window_end = image.rebuilt.load_acquire() + geometry.term_length() / 2;
        while (batch.size() < 8 && next < end && next + 512 < window_end) {
            batch.push_back(frame_at(geometry, next));
            next += static_cast<Position>(batch.back().size());
        }
        if (batch.empty()) {
            std::this_thread::yield();
            continue;
        }
        std::shuffle(batch.begin(), batch.end(), random);
        for (const auto& frame : batch) {
            const auto position = load_plain<Position>(frame.data() + 24);
            const Bytes term = image.log.term_bytes(geometry.partition_at(position));
            const std::int32_t offset = geometry.offset_at(position);
            if (++round % 7 != 0) {
                EXPECT_TRUE(insert_frames(term, offset, frame));
                EXPECT_FALSE(insert_frames(term, offset, frame));
            }
        }
        image.high_water_mark.store_release(next);
    }
}

/// Scans for gaps, opens the window and cleans behind the subscriber.
void scan(Received& image, Position end) {
    const TermGeometry& geometry = image.log.geometry();
    Position clean_position = 0;
    Position rebuilt = 0;
    while (image.subscriber.load_acquire() < end) {
        const Position hwm = image.high_water_mark.load_acquire();
        const Position term_end = (rebuilt / geometry.term_length() + 1) * geometry.term_length();
        const std::int32_t from = geometry.offset_at(rebuilt);
        const auto limit = static_cast<std::int32_t>(from + std::min(hwm, term_end) - rebuilt);
        const GapScan found = scan_for_gap(image.log.term_bytes(geometry.partition_at(rebuilt)),
                                           geometry.term_id_at(rebuilt), from, limit);
        rebuilt += found.complete_to - from;
        if (found.gap && image.gap_begin.load_acquire() < 0) {
            image.gap_length.store_relaxed(found.gap->length);
            image.gap_begin.store_release(rebuilt);
        }
        const Position consumed = bounded_subscriber_position(image.subscriber, rebuilt);
        clean_position = clean_to(image.log, clean_position, consumed - geometry.term_length());
        image.rebuilt.store_release(consumed);
        std::this_thread::yield();
    }
    image.done = true;
}

TEST(LogStress, receiver_conductor_and_reader_agree_on_what_was_received) {
    constexpr Position kEnd = 200 * 65536;
    Received image;
    image.gap_begin.store_release(-1);
    Position filled = 0;
    std::jthread receiver([&] { receive(image, kEnd, filled); });
    std::jthread conductor([&] { scan(image, kEnd); });

    TermReader reader(image.log, image.subscriber, image.closed);
    Position delivered = 0;
    while (reader.position() < kEnd) {
        const int fragments = reader.poll([&](ConstBytes payload, const FragmentHeader& header) {
            const Position position = header.reserved_value();
            ASSERT_EQ(header.position(), position + header.frame_length());
            for (std::size_t i = 0; i < payload.size(); ++i) {
                ASSERT_EQ(payload[i], static_cast<std::byte>(static_cast<std::size_t>(position) +
                                                             i + kDataHeaderLength));
            }
            delivered += header.frame_length();
        }, 10);
        if (fragments == 0) {
            std::this_thread::yield();
        }
    }
    receiver.join();
    conductor.join();
    EXPECT_GT(filled, 0);
    EXPECT_EQ(delivered + filled, kEnd);
}

}  // namespace
}  // namespace tern

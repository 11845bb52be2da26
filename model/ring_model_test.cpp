// The to-driver ring: producers that die at any step, a consumer that reads, skips dead claims, and
// never delivers anything torn, twice or out of order. The ring has 64 bytes and its records 8 or
// 16, so producers meet the end of the data area and a full ring within a few messages. The type of
// a message tells it apart: producer * 16 + number, counted from 1.

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "explorer.hpp"
#include "tern/shm/many_to_one_ring.hpp"

namespace tern::model {
namespace {

constexpr std::int32_t kCapacity = 64;

struct SharedBytes {
    alignas(8) std::byte ring[kCapacity + sizeof(RingTrailer)] = {};
    std::int32_t delivered[8] = {};  // types, in the order in which they came
    std::int32_t delivered_count = 0;
    std::int32_t written[4] = {};  // messages of a producer that were committed
    std::int32_t tried[4] = {};    // writes of a producer that have ended in any way
    std::int32_t damaged = 0;
    std::int32_t stuck = 0;
};

/// A ring whose positions start at `kStart`, so that a wrap-around is near where that is wanted,
/// and which holds `kBefore` messages of 8 bytes of a producer 0, so that it is full soon.
template <std::int64_t kStart, int kBefore = 0>
struct RingWorld {
    std::unique_ptr<SharedBytes> bytes = std::make_unique<SharedBytes>();
    ManyToOneRing ring{Bytes{bytes->ring}};

    RingWorld() {
        auto& trailer = *reinterpret_cast<RingTrailer*>(bytes->ring + kCapacity);
        trailer.tail->store_relaxed(kStart);
        trailer.head->store_relaxed(kStart);
        trailer.head_cache->store_relaxed(kStart);
        write(0, kBefore, 0);
    }
    ConstBytes shared() const { return std::as_bytes(std::span{bytes.get(), 1}); }

    /// `count` messages of `words` * 8 bytes; each word of a payload is the type of its message.
    void write(int producer, int count, std::size_t words) {
        for (int i = 1; i <= count; ++i) {
            const std::int32_t type = producer * 16 + bytes->written[producer] + 1;
            const std::int64_t payload[1] = {type};
            if (ring.write(type, std::as_bytes(std::span{payload}).first(words * 8)) ==
                RingResult::ok) {
                ++bytes->written[producer];
            }
            ++bytes->tried[producer];
            summarise(static_cast<std::uint64_t>(i));
        }
    }
    void read_times(int times) {
        for (int i = 0; i < times; ++i) {
            read();
            summarise(static_cast<std::uint64_t>(i));
        }
    }
    void read() {
        const auto outcome = ring.read([this](std::int32_t type, ConstBytes payload) {
            for (std::size_t i = 0; i < payload.size(); i += 8) {
                if (load_plain<std::int64_t>(payload.data() + i) != type) { bytes->damaged = 1; }
            }
            if (bytes->delivered_count < 8) { bytes->delivered[bytes->delivered_count++] = type; }
        });
        if (outcome.damaged) { bytes->damaged = 1; }
    }
    /// What the driver does where the ring stands still, with the time-out replaced by what it is
    /// meant to ensure: whoever had a claim then has ended it or died. The others go on meanwhile.
    void skip_dead_claims(int producers) {
        const std::int64_t claimed = ring.producer_position();
        std::int32_t tried[4];
        for (int i = 0; i < producers; ++i) {
            tried[i] = bytes->tried[i + 1];
            model_observe(static_cast<std::uint64_t>(tried[i]));
        }
        await([this, &tried, producers] {
            for (int i = 0; i < producers; ++i) {
                if (!is_over(i) && bytes->tried[i + 1] == tried[i]) { return false; }
            }
            return true;
        });
        read_on_until(claimed);
    }
    void read_on_until(std::int64_t claimed) {
        for (int i = 0; i < 8 && ring.consumer_position() < claimed; ++i) {
            read();
            ring.unblock(claimed);
            summarise(static_cast<std::uint64_t>(claimed * 16 + i));
        }
        if (ring.consumer_position() < claimed) { read(); }
        if (ring.consumer_position() < claimed) { bytes->stuck = 1; }
    }

    std::int32_t delivered_of(int producer) const {
        std::int32_t last = 0;
        for (std::int32_t i = 0; i < bytes->delivered_count; ++i) {
            if (bytes->delivered[i] / 16 == producer) { last = bytes->delivered[i] % 16; }
        }
        return last;
    }
    /// What holds at any time: each producer's messages come whole, once, in order, and none is
    /// made up.
    std::string check() const {
        if (bytes->damaged != 0) { return "a torn message or a damaged record"; }
        if (bytes->stuck != 0) { return "the consumer does not get past a dead claim"; }
        std::int32_t next[4] = {1, 1, 1, 1};
        for (std::int32_t i = 0; i < bytes->delivered_count; ++i) {
            const std::int32_t type = bytes->delivered[i];
            if (type % 16 != next[type / 16]++) {
                return "message " + std::to_string(type) + " out of order";
            }
        }
        const auto& trailer = *reinterpret_cast<const RingTrailer*>(bytes->ring + kCapacity);
        const std::int64_t head = trailer.head->load_relaxed();
        const std::int64_t tail = trailer.tail->load_relaxed();
        if (head > tail || tail - head > kCapacity || trailer.head_cache->load_relaxed() > head) {
            return "positions cross: head " + std::to_string(head) + " tail " +
                   std::to_string(tail);
        }
        return {};
    }
    /// All producers are through or dead: the driver goes on alone, and nothing is left.
    std::string settle() {
        read_on_until(ring.producer_position());
        if (const std::string fault = check(); !fault.empty()) { return fault; }
        for (int producer = 0; producer < 4; ++producer) {
            if (delivered_of(producer) < bytes->written[producer]) {
                return "committed, but never delivered: producer " + std::to_string(producer);
            }
        }
        for (std::int32_t i = 0; i < kCapacity; ++i) {
            if (bytes->ring[i] != std::byte{0}) {
                return "byte " + std::to_string(i) + " was not zeroed";
            }
        }
        return {};
    }
};

template <typename World>
void expect_sound(Explorer<World>& explorer, std::uint64_t at_least) {
    explorer.always([](const World& world) { return world.check(); });
    explorer.at_end([](World& world) { return world.settle(); });
    const Report report = explorer.run();
    EXPECT_EQ(report.violation, "");
    EXPECT_GT(report.states, at_least);
    EXPECT_GT(report.ends_after_a_death, 0U);
}

TEST(RingModel, producers_and_a_consumer_in_a_roomy_ring) {
    using World = RingWorld<0>;
    Explorer<World> explorer;
    explorer.add_mortal("a", [](World& world) { world.write(1, 1, 1); });
    explorer.add_mortal("b", [](World& world) { world.write(2, 2, 0); });
    explorer.add("consumer", [](World& world) { world.read_times(2); });
    expect_sound(explorer, 4'000);
}

TEST(RingModel, producers_that_come_to_the_end_of_the_data_area) {
    using World = RingWorld<56>;  // a record of 16 bytes does not fit before the end
    Explorer<World> explorer;
    explorer.add_mortal("a", [](World& world) { world.write(1, 1, 1); });
    explorer.add_mortal("b", [](World& world) { world.write(2, 1, 1); });
    explorer.add("consumer", [](World& world) { world.read_times(2); });
    expect_sound(explorer, 4'000);
}

TEST(RingModel, producers_that_find_the_ring_full) {
    using World = RingWorld<128 + 8, 5>;  // 24 bytes are left, 16 before the end and 8 behind
    Explorer<World> explorer;
    explorer.add_mortal("a", [](World& world) { world.write(1, 1, 1); });
    explorer.add_mortal("b", [](World& world) { world.write(2, 1, 1); });
    explorer.add("consumer", [](World& world) { world.read_times(2); });
    expect_sound(explorer, 4'000);
}

TEST(RingModel, skips_what_the_dead_left_while_others_write_on) {
    using World = RingWorld<48>;
    Explorer<World> explorer;
    explorer.add_mortal("a", [](World& world) { world.write(1, 1, 1); });
    explorer.add("b", [](World& world) { world.write(2, 2, 0); });
    explorer.add("consumer", [](World& world) { world.skip_dead_claims(2); });
    expect_sound(explorer, 4'000);
}

TEST(RingModel, skips_the_claims_of_two_that_died) {
    using World = RingWorld<40>;
    Explorer<World> explorer{{.deaths = 2}};
    explorer.add_mortal("a", [](World& world) { world.write(1, 1, 1); });
    explorer.add_mortal("b", [](World& world) { world.write(2, 1, 1); });
    explorer.add("consumer", [](World& world) { world.skip_dead_claims(2); });
    expect_sound(explorer, 4'000);
}

TEST(RingModel, claims_that_are_committed_or_aborted) {
    using World = RingWorld<48>;
    Explorer<World> explorer;
    explorer.add_mortal("a", [](World& world) {
        if (const auto claim = world.ring.try_claim(17, 8)) {
            store_plain(claim.payload.data(), std::int64_t{17});
            world.bytes->written[1] += world.ring.commit(claim.offset) ? 1 : 0;
        }
        ++world.bytes->tried[1];
    });
    explorer.add_mortal("b", [](World& world) {
        if (const auto claim = world.ring.try_claim(33, 8)) {
            store_plain(claim.payload.data(), std::int64_t{-1});
            world.ring.abort(claim.offset);
        }
        ++world.bytes->tried[2];
    });
    explorer.add("consumer", [](World& world) {
        world.read();
        world.skip_dead_claims(2);
    });
    expect_sound(explorer, 4'000);
}

}  // namespace
}  // namespace tern::model

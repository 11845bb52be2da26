/// The to-driver ring in memory that clients have written over: consumer and producer go on as they
/// can, and neither leaves the ring.
///
/// Input: log2 of the capacity (1 byte), how many steps (1 byte), steps of two bytes, the ring.

#include <array>

#include "target.hpp"
#include "tern/shm/many_to_one_ring.hpp"

namespace tern::fuzz {
namespace {

constexpr std::array<std::byte, 256> kPayload{};

void consume(ManyToOneRing& ring, std::uint8_t argument) {
    int messages = 0;
    const auto outcome = ring.controlled_read(
        [&](std::int32_t, ConstBytes payload) {
            touch(payload);
            ++messages;
            return static_cast<RingAction>((argument + messages) % 4);
        },
        1 + argument % 16);
    TERN_ASSERT(outcome.messages <= messages && outcome.messages <= 1 + argument % 16);
}

void step(ManyToOneRing& ring, Input& steps) {
    const auto what = steps.take<std::uint8_t>();
    const auto argument = steps.take<std::uint8_t>();
    switch (what % 7) {
        case 0: return consume(ring, argument);
        case 1: {
            ring.read([](std::int32_t, ConstBytes payload) { touch(payload); });
            return;
        }
        case 2: {
            ring.write(argument % 3, ConstBytes{kPayload}.first(argument));
            return;
        }
        case 3: {
            const auto claim = ring.try_claim(1, argument);
            if (!claim) return;
            std::fill(claim.payload.begin(), claim.payload.end(), std::byte{argument});
            TERN_ASSERT(argument % 2 == 0 ? ring.commit(claim.offset) : ring.abort(claim.offset));
            return;
        }
        case 4: {
            ring.commit(argument * 8 - 64);
            return;
        }
        case 5: {
            ring.unblock(position_difference(ring.producer_position(), argument * 8));
            return;
        }
        default: TERN_ASSERT(ring.size() >= 0 && ring.size() <= ring.capacity());
    }
}

}  // namespace

void run(ConstBytes bytes) {
    Input input{bytes};
    const std::size_t capacity = std::size_t{8} << input.below(9);
    Input steps{input.take_bytes(std::size_t{input.take<std::uint8_t>()} % 64 * 2)};
    const std::size_t length = capacity + sizeof(RingTrailer);
    const Memory memory{length, input.rest()};
    ManyToOneRing ring{memory.bytes()};
    while (!steps.is_empty()) step(ring, steps);
    ring.read([](std::int32_t, ConstBytes payload) { touch(payload); });
}

}  // namespace tern::fuzz

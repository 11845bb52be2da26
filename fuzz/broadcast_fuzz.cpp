/// The to-clients broadcast buffer in memory that somebody has written over: a receiver loses track
/// and finds it again, and neither side leaves the buffer.
///
/// Input: log2 of the capacity (1 byte), how many steps (1 byte), steps of a byte, the buffer.

#include <array>

#include "target.hpp"
#include "tern/shm/broadcast.hpp"

namespace tern::fuzz {
namespace {

constexpr std::array<std::byte, 256> kPayload{};

}  // namespace

void run(ConstBytes bytes) {
    Input input{bytes};
    const std::size_t capacity = std::size_t{64} << input.below(6);
    Input steps{input.take_bytes(std::size_t{input.take<std::uint8_t>()} % 64)};
    const std::size_t length = capacity + sizeof(BroadcastTrailer);
    const Memory memory{length, input.rest()};

    BroadcastReceiver receiver{memory.bytes()};
    BroadcastTransmitter transmitter{memory.bytes()};
    const auto receive = [&] {
        return receiver.receive([&](std::int32_t type, ConstBytes payload) {
            TERN_ASSERT(type >= 1 && payload.size() <= capacity / 8);
            touch(payload);
        });
    };
    while (!steps.is_empty()) {
        const auto step = steps.take<std::uint8_t>();
        if (step < 128) {
            receive();
        } else {
            transmitter.transmit(step % 3, ConstBytes{kPayload}.first(step - 128));
        }
    }
    for (int i = 0; i < 4; ++i) receive();
}

}  // namespace tern::fuzz

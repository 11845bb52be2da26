/// Messages as whole records in the buffers of the CnC file (spec control-protocol.md, 20.3). Here
/// and not in src/protocol, because messages know nothing of the buffers that carry them.

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "tern/protocol/command.hpp"
#include "tern/protocol/event.hpp"
#include "tern/shm/broadcast.hpp"
#include "tern/shm/many_to_one_ring.hpp"

namespace tern::protocol {
namespace {

template <typename... Numbers>
std::vector<std::byte> record(Numbers... numbers) {
    return {static_cast<std::byte>(numbers)...};
}

template <std::size_t Length>
struct alignas(128) Memory {
    std::array<std::byte, Length> bytes{};

    std::vector<std::byte> first(std::size_t count) const {
        return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count)};
    }
};

TEST(ControlRecords, add_publication_in_the_ring_is_golden_vector_20_3_a) {
    Memory<1024 + sizeof(RingTrailer)> memory;
    ManyToOneRing                      ring{memory.bytes};
    const AddPublication command{.header = {5, 7}, .stream_id = 1001, .channel = "aeron:ipc"};

    auto claim = ring.try_claim(static_cast<std::int32_t>(command.type()),
                                static_cast<std::int32_t>(encoded_length(command)));
    ASSERT_TRUE(claim);
    encode(command, claim.payload);
    ASSERT_TRUE(ring.commit(claim.offset));

    EXPECT_EQ(memory.first(48),
              record(0x29, 0, 0, 0, 0x01, 0, 0, 0, 0x05, 0, 0, 0, 0, 0, 0, 0,
                     0x07, 0, 0, 0, 0, 0, 0, 0, 0xe9, 0x03, 0, 0, 0x09, 0, 0, 0,
                     'a', 'e', 'r', 'o', 'n', ':', 'i', 'p', 'c', 0, 0, 0, 0, 0, 0, 0));
}

TEST(ControlRecords, operation_success_in_the_broadcast_buffer_is_golden_vector_20_3_b) {
    Memory<1024 + 128>   memory;
    BroadcastTransmitter transmitter{memory.bytes};
    const OperationSuccess event{.correlation_id = 8};
    std::array<std::byte, 8> body;
    ASSERT_EQ(encode(event, body), body.size());

    ASSERT_TRUE(transmitter.transmit(static_cast<std::int32_t>(event.type()), body));

    EXPECT_EQ(memory.first(16),
              record(0x10, 0, 0, 0, 0x04, 0x0f, 0, 0, 0x08, 0, 0, 0, 0, 0, 0, 0));
}

}  // namespace
}  // namespace tern::protocol

/// An event that a driver sent, as a client reads it. Input: low byte of the type, body.

#include "message_round_trip.hpp"
#include "tern/protocol/event.hpp"

namespace tern::fuzz {

void run(ConstBytes bytes) {
    Input input{bytes};
    const auto type = 0x0F00 | input.take<std::uint8_t>();
    expect_round_trip(type, input.rest(), protocol::decode_event);
}

}  // namespace tern::fuzz

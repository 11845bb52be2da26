/// A command that a client put into the ring. Input: type (1 byte), body.

#include "message_round_trip.hpp"
#include "tern/protocol/command.hpp"

namespace tern::fuzz {

void run(ConstBytes bytes) {
    Input input{bytes};
    const auto type = input.take<std::uint8_t>();
    (void)protocol::peek_header(input.rest());
    expect_round_trip(type, input.rest(), protocol::decode_command);
}

}  // namespace tern::fuzz

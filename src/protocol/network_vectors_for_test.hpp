#pragma once

/// The golden vectors of wire-protocol.md, section 11, for the tests of this folder.

#include <string>
#include <string_view>
#include <vector>

#include "tern/protocol/golden_messages_for_test.hpp"
#include "tern/protocol/network_frames.hpp"

namespace tern::protocol::vectors {

using Block = std::vector<std::byte>;

// Values that the vectors share.
inline constexpr std::int32_t kSession = 0x11223344;
inline constexpr std::int32_t kStream = 1001;
inline constexpr std::int32_t kTerm = 5;
inline constexpr std::int64_t kReceiver = 0x0A0B0C0D0E0F1011;
inline constexpr std::int32_t kTermLength = 65536;

/// DATA.
inline constexpr std::string_view kV1 =
    "25 00 00 00 00 c0 01 00 40 00 00 00 44 33 22 11 "
    "e9 03 00 00 05 00 00 00 00 00 00 00 00 00 00 00 "
    "68 65 6c 6c 6f 00 00 00 00 00 00 00 00 00 00 00 "
    "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00";

/// DATA, first fragment.
inline constexpr std::string_view kV2 =
    "40 00 00 00 00 80 01 00 80 00 00 00 44 33 22 11 "
    "e9 03 00 00 05 00 00 00 08 07 06 05 04 03 02 01 "
    "40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f "
    "50 51 52 53 54 55 56 57 58 59 5a 5b 5c 5d 5e 5f";

/// Heartbeat.
inline constexpr std::string_view kV3 =
    "00 00 00 00 00 c0 01 00 c0 00 00 00 44 33 22 11 "
    "e9 03 00 00 05 00 00 00 00 00 00 00 00 00 00 00";

/// Heartbeat with EOS.
inline constexpr std::string_view kV4 =
    "00 00 00 00 00 e0 01 00 c0 00 00 00 44 33 22 11 "
    "e9 03 00 00 05 00 00 00 00 00 00 00 00 00 00 00";

/// Heartbeat of a revoked publication.
inline constexpr std::string_view kV5 =
    "00 00 00 00 00 f0 01 00 c0 00 00 00 44 33 22 11 "
    "e9 03 00 00 05 00 00 00 00 00 00 00 00 00 00 00";

/// PAD.
inline constexpr std::string_view kV6 =
    "60 00 00 00 00 c0 00 00 a0 ff 00 00 44 33 22 11 "
    "e9 03 00 00 05 00 00 00 00 00 00 00 00 00 00 00";

/// Two DATA frames in one datagram.
inline constexpr std::string_view kV7 =
    "25 00 00 00 00 c0 01 00 00 00 00 00 44 33 22 11 "
    "e9 03 00 00 05 00 00 00 00 00 00 00 00 00 00 00 "
    "68 65 6c 6c 6f 00 00 00 00 00 00 00 00 00 00 00 "
    "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
    "22 00 00 00 00 c0 01 00 40 00 00 00 44 33 22 11 "
    "e9 03 00 00 05 00 00 00 00 00 00 00 00 00 00 00 "
    "6f 6b 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
    "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00";

/// DATA followed by PAD to the end of the term.
inline constexpr std::string_view kV8 =
    "25 00 00 00 00 c0 01 00 60 ff 00 00 44 33 22 11 "
    "e9 03 00 00 05 00 00 00 00 00 00 00 00 00 00 00 "
    "68 65 6c 6c 6f 00 00 00 00 00 00 00 00 00 00 00 "
    "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
    "60 00 00 00 00 c0 00 00 a0 ff 00 00 44 33 22 11 "
    "e9 03 00 00 05 00 00 00 00 00 00 00 00 00 00 00";

/// SETUP, unicast.
inline constexpr std::string_view kV9 =
    "28 00 00 00 00 00 05 00 c0 00 00 00 44 33 22 11 "
    "e9 03 00 00 05 00 00 00 05 00 00 00 00 00 01 00 "
    "80 05 00 00 00 00 00 00";

/// SETUP with GROUP and SEND_RESPONSE.
inline constexpr std::string_view kV10 =
    "28 00 00 00 00 c0 05 00 00 00 00 00 44 33 22 11 "
    "e9 03 00 00 ff ff ff ff 07 00 00 00 00 00 00 01 "
    "00 20 00 00 04 00 00 00";

/// SM.
inline constexpr std::string_view kV11 =
    "24 00 00 00 00 00 03 00 44 33 22 11 e9 03 00 00 "
    "05 00 00 00 c0 00 00 00 00 80 00 00 11 10 0f 0e "
    "0d 0c 0b 0a";

/// SM eliciting a SETUP for one session.
inline constexpr std::string_view kV12 =
    "24 00 00 00 00 80 03 00 44 33 22 11 e9 03 00 00 "
    "00 00 00 00 00 00 00 00 00 00 00 00 11 10 0f 0e "
    "0d 0c 0b 0a";

/// SM eliciting any SETUP (explicit control address).
inline constexpr std::string_view kV13 =
    "24 00 00 00 00 80 03 00 00 00 00 00 00 00 00 00 "
    "00 00 00 00 00 00 00 00 00 00 00 00 11 10 0f 0e "
    "0d 0c 0b 0a";

/// SM with EOS.
inline constexpr std::string_view kV14 =
    "24 00 00 00 00 40 03 00 44 33 22 11 e9 03 00 00 "
    "05 00 00 00 c0 00 00 00 00 80 00 00 11 10 0f 0e "
    "0d 0c 0b 0a";

/// SM with group tag −2.
inline constexpr std::string_view kV15 =
    "2c 00 00 00 00 00 03 00 44 33 22 11 e9 03 00 00 "
    "05 00 00 00 c0 00 00 00 00 80 00 00 11 10 0f 0e "
    "0d 0c 0b 0a fe ff ff ff ff ff ff ff";

/// NAK.
inline constexpr std::string_view kV16 =
    "1c 00 00 00 00 00 02 00 44 33 22 11 e9 03 00 00 "
    "05 00 00 00 40 00 00 00 40 00 00 00";

/// RTTM request.
inline constexpr std::string_view kV17 =
    "28 00 00 00 00 80 06 00 44 33 22 11 e9 03 00 00 "
    "00 ca 9a 3b 00 00 00 00 00 00 00 00 00 00 00 00 "
    "11 10 0f 0e 0d 0c 0b 0a";

/// RTTM reply.
inline constexpr std::string_view kV18 =
    "28 00 00 00 00 00 06 00 44 33 22 11 e9 03 00 00 "
    "00 ca 9a 3b 00 00 00 00 00 00 00 00 00 00 00 00 "
    "11 10 0f 0e 0d 0c 0b 0a";

/// ERR.
inline constexpr std::string_view kV19 =
    "30 00 00 00 00 00 04 00 44 33 22 11 e9 03 00 00 "
    "11 10 0f 0e 0d 0c 0b 0a ff ff ff ff ff ff ff ff "
    "0d 00 00 00 08 00 00 00 62 61 64 20 64 61 74 61";

/// ERR with group tag 77.
inline constexpr std::string_view kV20 =
    "30 00 00 00 00 08 04 00 44 33 22 11 e9 03 00 00 "
    "11 10 0f 0e 0d 0c 0b 0a 4d 00 00 00 00 00 00 00 "
    "0d 00 00 00 08 00 00 00 62 61 64 20 64 61 74 61";

/// RSP_SETUP.
inline constexpr std::string_view kV21 =
    "14 00 00 00 00 00 0b 00 44 33 22 11 e9 03 00 00 "
    "88 77 66 55";

/// RES, self entry.
inline constexpr std::string_view kV22 =
    "20 00 00 00 00 00 07 00 01 80 72 1f 00 00 00 00 "
    "00 00 00 00 07 00 64 72 69 76 65 72 41 00 00 00";

/// RES, two entries.
inline constexpr std::string_view kV23 =
    "40 00 00 00 00 00 07 00 01 00 72 1f dc 05 00 00 "
    "0a 00 00 07 07 00 64 72 69 76 65 72 42 00 00 00 "
    "02 00 72 1f c4 09 00 00 fd 00 00 00 00 00 00 00 "
    "00 00 00 00 00 00 00 07 04 00 64 72 76 43 00 00";

inline constexpr std::string_view kAll[] = {
    kV1, kV2, kV3, kV4, kV5, kV6, kV7, kV8, kV9, kV10, kV11, kV12, kV13, kV14, kV15, kV16,
    kV17, kV18, kV19, kV20, kV21, kV22, kV23};

/// The bytes of a vector; `changed` replaces those from `offset` on by others, likewise in hex.
inline Block bytes(std::string_view vector) { return from_hex(vector); }
inline Block changed(std::string_view vector, std::size_t offset, std::string_view others) {
    Block block = from_hex(vector);
    const Block by = from_hex(others);
    std::copy(by.begin(), by.end(), block.begin() + static_cast<std::ptrdiff_t>(offset));
    return block;
}
/// Cut, or extended by zeros.
inline Block resized(Block block, std::size_t length) {
    block.resize(length);
    block.shrink_to_fit();   // the address sanitizer watches the end of the heap block
    return block;
}

}  // namespace tern::protocol::vectors

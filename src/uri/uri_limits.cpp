#include "tern/uri/uri_limits.hpp"

#include "tern/base/bytes.hpp"

namespace tern::uri {

std::optional<std::string> mtu_fault(std::int64_t length) {
    if (length <= kDataHeaderLength || length > kMaxMtuLength) {
        return "mtuLength must be a > HEADER_LENGTH and <= MAX_UDP_PAYLOAD_LENGTH: mtuLength=" +
               std::to_string(length);
    }
    if (length % kFrameAlignment != 0) {
        return "mtuLength must be a multiple of FRAME_ALIGNMENT: mtuLength=" +
               std::to_string(length);
    }
    return std::nullopt;
}

std::optional<std::string> term_length_fault(std::int64_t length) {
    const std::string shown = ": length=" + std::to_string(length);
    if (length < kMinTermLength) {
        return "term length less than min length of " + std::to_string(kMinTermLength) + shown;
    }
    if (length > kMaxTermLength) {
        return "term length greater than max length of " + std::to_string(kMaxTermLength) + shown;
    }
    if (!is_power_of_two(length)) return "term length not a power of 2" + shown;
    return std::nullopt;
}

}  // namespace tern::uri

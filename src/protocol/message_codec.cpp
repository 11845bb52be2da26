#include "tern/protocol/message_codec.hpp"

#include <algorithm>
#include <cstdio>

namespace tern::protocol::codec {
namespace {

std::string subject(std::int32_t type) {
    char text[32];
    std::snprintf(text, sizeof text, type >= 0xF00 ? "command=0x%x" : "command=%d",
                  static_cast<unsigned>(type));
    return text;
}

}  // namespace

Error too_short(std::int32_t type, ConstBytes body) {
    return {ErrorCode::malformed_command,
            subject(type) + " too short: length=" + std::to_string(body.size())};
}

bool Reader::take(std::size_t length) {
    if (fault_) return false;
    if (body_.size() - at_ < length) {
        fault_ = too_short(type_, body_);
        return false;
    }
    at_ += length;
    return true;
}

ConstBytes Reader::variable(std::int32_t length, std::string_view field) {
    if (!fault_ && length < 0) {
        fault_ = Error{ErrorCode::malformed_command, subject(type_) + " negative " +
                                                         std::string{field} + "=" +
                                                         std::to_string(length)};
    }
    if (fault_ || !take(static_cast<std::size_t>(length))) return {};
    return body_.subspan(at_ - length, length);
}

void Writer::variable(ConstBytes bytes) {
    TERN_ASSERT(out_.size() - at_ >= bytes.size());
    std::copy(bytes.begin(), bytes.end(), out_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ += bytes.size();
}

void Writer::pad_to(std::size_t length) {
    TERN_ASSERT(out_.size() >= length);
    while (at_ < length) out_[at_++] = std::byte{0};
}

}  // namespace tern::protocol::codec

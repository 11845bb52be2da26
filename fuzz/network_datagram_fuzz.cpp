/// A datagram from anywhere: validation, every reader, the walk over its frames; and what the
/// driver would answer with is read back as it was.
///
/// Input: log2 of the term length (1 byte), datagram.

#include <vector>

#include "target.hpp"
#include "tern/protocol/network_frames.hpp"

namespace tern::fuzz {
namespace {

using namespace protocol;  // NOLINT

template <typename Frame, typename Read>
void expect_survives(const Frame& frame, Read read) {
    std::vector<std::byte> out(ErrorFrame::kMaxLength);
    out.resize(encode(frame, out));
    TERN_ASSERT(check_datagram(out).has_value());
    TERN_ASSERT(read(ConstBytes{out}) == frame);
}

void read_data(ConstBytes datagram, std::int32_t term_length) {
    const DataFrameHeader header = read_data_header(datagram);
    const auto length = effective_length(datagram, term_length);
    if (!length) return;
    TERN_ASSERT(header.term_offset >= 0 && header.term_offset % kFrameAlignment == 0);
    TERN_ASSERT(*length >= 0 && *length % kFrameAlignment == 0);
    TERN_ASSERT(header.term_offset + *length <= term_length);
    TERN_ASSERT((*length == 0) == is_heartbeat(datagram));
    TERN_ASSERT(*length == 0 || static_cast<std::size_t>(*length) >= datagram.size());
    if (*length > 0) return;
    const Heartbeat heartbeat{.flags = header.flags,
                              .session_id = header.session_id,
                              .stream_id = header.stream_id,
                              .term_id = header.term_id,
                              .term_offset = header.term_offset};
    std::byte out[kDataHeaderLength];
    TERN_ASSERT(encode(heartbeat, out) == sizeof out && is_heartbeat(out));
    TERN_ASSERT(effective_length(out, term_length) == 0);
}

void read_status(ConstBytes datagram, std::int32_t term_length) {
    StatusMessage message = read_status_message(datagram);
    if (is_valid(message, term_length)) {
        TERN_ASSERT(message.term_offset >= 0 && message.term_offset < term_length);
        TERN_ASSERT(message.window >= 0 && message.window <= term_length / 2);
    }
    TERN_ASSERT(message.odd_tag_length >= 0);
    TERN_ASSERT(message.odd_tag_length == 0 || !message.group_tag);
    message.odd_tag_length = 0;
    expect_survives(message, read_status_message);
}

void read_error_frame(ConstBytes datagram) {
    const auto error = read_error(datagram);
    if (!error) return;
    touch(error->text);
    TERN_ASSERT(error->text.size() <= kMaxErrorTextLength);
    if (error->text.size() < 4) return;  // would be filled up
    expect_survives(*error, [](ConstBytes bytes) { return read_error(bytes).value(); });
}

}  // namespace

void run(ConstBytes bytes) {
    Input input{bytes};
    const auto bits = 16 + input.below(15);
    const std::int32_t term_length = std::int32_t{1} << bits;
    const ConstBytes datagram = input.rest();
    const auto type = check_datagram(datagram);
    if (!type) return;
    switch (*type) {
        case FrameType::padding:
        case FrameType::data: return read_data(datagram, term_length);
        case FrameType::nak: {
            const Nak nak = read_nak(datagram);
            if (is_valid(nak, term_length)) {
                TERN_ASSERT(std::int64_t{nak.term_offset} + nak.length <= term_length);
            }
            return expect_survives(nak, read_nak);
        }
        case FrameType::status_message: return read_status(datagram, term_length);
        case FrameType::error: return read_error_frame(datagram);
        case FrameType::setup: {
            const protocol::Setup setup = read_setup(datagram);
            if (is_valid(setup)) TERN_ASSERT(setup.term_offset < setup.term_length);
            return expect_survives(setup, read_setup);
        }
        case FrameType::rtt_measurement:
            return expect_survives(read_rtt_measurement(datagram), read_rtt_measurement);
        case FrameType::response_setup:
            return expect_survives(read_response_setup(datagram), read_response_setup);
        case FrameType::resolution: return;  // resolution_frame_fuzz.cpp
    }
    TERN_ASSERT(false);
}

}  // namespace tern::fuzz

#include "tern/protocol/resolution_frame.hpp"

#include <algorithm>
#include <array>

#include "tern/base/assert.hpp"
#include "tern/protocol/network_frames.hpp"
#include "tern/protocol/network_layouts.hpp"

namespace tern::protocol {
namespace {

constexpr std::size_t kEntryAlignment = 8;  // from the start of the entry
constexpr std::int8_t kNameToIpv4 = 1;
constexpr std::int8_t kNameToIpv6 = 2;
constexpr std::size_t kNameLengthSize = sizeof(std::int16_t);

/// Of all that precedes the name.
constexpr std::size_t fixed_length(std::size_t address_size) {
    return sizeof(wire::ResolutionEntryHeader) + address_size + kNameLengthSize;
}
static_assert(fixed_length(4) == 14 && fixed_length(16) == 26);
static_assert(align(fixed_length(16) + ResolutionEntry::kMaxNameLength, kEntryAlignment) ==
              ResolutionEntry::kMaxLength);

IpAddress address_from(ConstBytes bytes) {
    std::array<std::uint8_t, 16> raw{};
    std::memcpy(raw.data(), bytes.data(), bytes.size());
    if (bytes.size() == raw.size()) return IpAddress::ipv6(raw);
    return IpAddress::ipv4(raw[0], raw[1], raw[2], raw[3]);
}

}  // namespace

ResolutionReader::ResolutionReader(ConstBytes datagram) {
    if (check_datagram(datagram) != FrameType::resolution) {
        is_valid_ = false;
        return;
    }
    const auto header = load_plain<wire::FrameHeader>(datagram.data());
    if (header.frame_length < static_cast<std::int32_t>(sizeof header)) {
        is_valid_ = false;
        return;
    }
    rest_ = datagram.first(static_cast<std::size_t>(header.frame_length)).subspan(sizeof header);
}

std::optional<ResolutionEntry> ResolutionReader::fail() {
    rest_ = {};
    is_valid_ = false;
    return std::nullopt;
}

std::optional<ResolutionEntry> ResolutionReader::next() {
    if (rest_.empty()) return std::nullopt;
    if (rest_.size() < sizeof(wire::ResolutionEntryHeader)) return fail();
    const auto header = load_plain<wire::ResolutionEntryHeader>(rest_.data());
    if (header.resolution_type != kNameToIpv4 && header.resolution_type != kNameToIpv6) {
        return fail();
    }
    const std::size_t address_size = header.resolution_type == kNameToIpv6 ? 16 : 4;
    const std::size_t fixed = fixed_length(address_size);
    if (rest_.size() < fixed) return fail();
    const auto name_length = load_plain<std::int16_t>(rest_.data() + fixed - kNameLengthSize);
    if (name_length <= 0 || name_length > static_cast<int>(ResolutionEntry::kMaxNameLength)) {
        return fail();
    }
    const auto name_size = static_cast<std::size_t>(name_length);
    if (rest_.size() - fixed < name_size) return fail();

    const ResolutionEntry entry{
        .is_self = (header.flags & wire::kEntrySelf) != 0,
        .address = {.ip = address_from(rest_.subspan(sizeof header, address_size)),
                    .port = header.port},
        .age_ms = header.age_ms,
        .name = text_of(rest_.subspan(fixed, name_size))};
    // The padding of the last entry may be missing.
    rest_ = rest_.subspan(std::min(align(fixed + name_size, kEntryAlignment), rest_.size()));
    return entry;
}

ResolutionWriter::ResolutionWriter(Bytes out) : out_(out), length_(sizeof(wire::FrameHeader)) {
    TERN_ASSERT(out.size() >= length_);
}

bool ResolutionWriter::is_empty() const { return length_ == sizeof(wire::FrameHeader); }

bool ResolutionWriter::add(const ResolutionEntry& entry) {
    TERN_ASSERT(!entry.name.empty() && entry.name.size() <= ResolutionEntry::kMaxNameLength);
    const IpAddress& ip = entry.address.ip;
    const std::size_t fixed = fixed_length(ip.size());
    const std::size_t length = align(fixed + entry.name.size(), kEntryAlignment);
    if (length > out_.size() - length_) return false;

    const Bytes at = out_.subspan(length_, length);
    store_plain(at.data(), wire::ResolutionEntryHeader{
                               .resolution_type = ip.is_ipv6() ? kNameToIpv6 : kNameToIpv4,
                               .flags = entry.is_self ? wire::kEntrySelf : std::uint8_t{0},
                               .port = entry.address.port,
                               .age_ms = entry.age_ms});
    std::memcpy(at.data() + sizeof(wire::ResolutionEntryHeader), ip.bytes().data(), ip.size());
    store_plain(at.data() + fixed - kNameLengthSize, static_cast<std::int16_t>(entry.name.size()));
    const auto end_of_name = std::ranges::copy(bytes_of(entry.name), at.begin() + fixed).out;
    std::fill(end_of_name, at.end(), std::byte{0});
    length_ += length;
    return true;
}

std::size_t ResolutionWriter::finish() {
    store_plain(out_.data(),
                wire::FrameHeader{.frame_length = static_cast<std::int32_t>(length_),
                                  .version = 0,
                                  .flags = 0,
                                  .type = static_cast<std::uint16_t>(FrameType::resolution)});
    return length_;
}

}  // namespace tern::protocol

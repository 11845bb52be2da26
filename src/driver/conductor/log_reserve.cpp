#include "tern/driver/conductor/log_reserve.hpp"

namespace tern::driver {

std::vector<FileRange> LogReserve::pieces(Position to) const {
    std::vector<FileRange> ranges;
    const auto term_length = static_cast<std::uint64_t>(geometry_.term_length());
    for (Position from = reserved_; from < to;) {
        const std::int64_t offset = geometry_.offset_at(from);
        const std::int64_t length = std::min(to - from, geometry_.term_length() - offset);
        ranges.push_back({static_cast<std::uint64_t>(geometry_.partition_at(from)) * term_length +
                              static_cast<std::uint64_t>(offset),
                          static_cast<std::uint64_t>(length)});
        from += length;
    }
    return ranges;
}

}  // namespace tern::driver

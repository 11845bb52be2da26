#include "tern/cli/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tern::cli {

std::size_t Histogram::place_of(std::uint64_t value) {
    const int bits = static_cast<int>(std::bit_width(value));
    const int shift = std::max(0, bits - kPrecisionBits);
    return (static_cast<std::size_t>(shift) << (kPrecisionBits - 1)) +
           static_cast<std::size_t>(value >> shift);
}

std::uint64_t Histogram::highest_of(std::size_t place) {
    constexpr std::size_t kHalf = std::size_t{1} << (kPrecisionBits - 1);
    if (place < 2 * kHalf) return place;
    const std::size_t shift = place / kHalf - 1;
    return ((static_cast<std::uint64_t>(place - shift * kHalf) + 1) << shift) - 1;
}

void Histogram::record(Nanos value) {
    const Nanos bounded = std::clamp(value, Nanos{0}, kLongest);
    ++counts_[place_of(static_cast<std::uint64_t>(bounded.count()))];
    ++count_;
    sum_ += static_cast<double>(bounded.count());
    min_ = std::min(min_, bounded);
    max_ = std::max(max_, bounded);
}

Nanos Histogram::mean() const {
    return count_ == 0 ? Nanos{0} : Nanos{std::llround(sum_ / static_cast<double>(count_))};
}

Nanos Histogram::percentile(double percent) const {
    if (count_ == 0) return Nanos{0};
    // In whole numbers: 99.9 has no exact double, and would be one rank too high.
    constexpr std::uint64_t kWhole = 100'000;
    const auto part = static_cast<std::uint64_t>(
        std::llround(std::clamp(percent, 0.0, 100.0) * (kWhole / 100.0)));
    const std::uint64_t rank =
        std::clamp<std::uint64_t>((part * count_ + kWhole - 1) / kWhole, 1, count_);
    std::uint64_t seen = 0;
    for (std::size_t place = 0; place < counts_.size(); ++place) {
        seen += counts_[place];
        if (seen >= rank) {
            return std::min(max_, Nanos{static_cast<std::int64_t>(highest_of(place))});
        }
    }
    return max_;
}

}  // namespace tern::cli

#pragma once

/// Counts how often each duration was seen, to three significant digits, in constant memory. One
/// thread. Recording allocates nothing.

#include <array>
#include <cstdint>

#include "tern/base/clock.hpp"

namespace tern::cli {

class Histogram {
  public:
    /// Below 0 counts as 0, above `kLongest` as `kLongest`.
    void record(Nanos value);
    void clear() { *this = Histogram{}; }

    std::uint64_t count() const { return count_; }
    Nanos min() const { return count_ == 0 ? Nanos{0} : min_; }
    Nanos max() const { return max_; }
    Nanos mean() const;
    /// The least value that at least `percent` of all values do not exceed, rounded up by at most
    /// 0.1%; never above max(). 0 where nothing was recorded. Three decimals of `percent` count.
    Nanos percentile(double percent) const;

    static constexpr Nanos kLongest{std::int64_t{1} << 40};  // about 18 minutes

  private:
    // Values below 2^11 have a place each; above, 2^10 places for every doubling.
    static constexpr int kPrecisionBits = 11;
    static constexpr int kDoublings = 40 - kPrecisionBits + 1;
    static constexpr std::size_t kPlaces = (kDoublings + 2) << (kPrecisionBits - 1);
    static std::size_t place_of(std::uint64_t value);
    static std::uint64_t highest_of(std::size_t place);

    std::array<std::uint64_t, kPlaces> counts_{};
    std::uint64_t                      count_ = 0;
    double                             sum_ = 0;
    Nanos                              min_ = kLongest;
    Nanos                              max_{0};
};

}  // namespace tern::cli

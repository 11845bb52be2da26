#pragma once

/// All chance of a run: one seed, drawn from in a fixed order, so that a run repeats exactly.

#include <cstdint>
#include <span>

#include "tern/base/assert.hpp"
#include "tern/base/clock.hpp"
#include "tern/base/random.hpp"

namespace tern::sim {

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : source_(seed) {}

    std::uint64_t next() { return source_.next(); }
    /// In [0, bound).
    std::uint64_t below(std::uint64_t bound) {
        TERN_ASSERT(bound > 0);
        return next() % bound;
    }
    /// In [low, high].
    std::int64_t between(std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
    }
    Nanos between(Nanos low, Nanos high) { return Nanos{between(low.count(), high.count())}; }
    bool chance(double probability) {
        return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability;
    }
    template <typename T, std::size_t N>
    const T& one_of(const T (&values)[N]) {
        return values[below(N)];
    }
    template <typename T>
    T& one_of(std::span<T> values) {
        return values[below(values.size())];
    }
    /// An independent sequence: what one part draws does not change what another gets.
    Dice split() { return Dice(next()); }

  private:
    SeededRandom source_;
};

}  // namespace tern::sim

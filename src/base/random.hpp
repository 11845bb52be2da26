#pragma once

/// Randomness comes in from outside, so that a run can be repeated (session ids, initial term ids).

#include <cstdint>

namespace tern {

class RandomSource {
  public:
    virtual ~RandomSource() = default;
    virtual std::uint64_t next() = 0;
};

/// SplitMix64: small, repeatable; for tests and the simulator, and seeded by the platform
/// otherwise.
class SeededRandom final : public RandomSource {
  public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() override {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }

  private:
    std::uint64_t state_;
};

}  // namespace tern

#pragma once

/// What went wrong in a run, and what happened just before.

#include <cstdint>
#include <deque>
#include <stdexcept>
#include <string>

#include "tern/base/clock.hpp"

namespace tern::sim {

/// An invariant does not hold. Thrown by checkers, caught by whoever runs a world.
class Violation : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// The last events of a run, for a person to read, and a digest of all of them, to tell whether two
/// runs were the same.
class Trace {
  public:
    void add(Nanos now, const std::string& event) {
        mix(static_cast<std::uint64_t>(now.count()));
        for (const char c : event) mix(static_cast<unsigned char>(c));
        lines_.push_back(std::to_string(now.count()) + " " + event);
        if (lines_.size() > kKept) lines_.pop_front();
    }
    /// Becomes part of the digest without being kept.
    void mix(std::uint64_t value) { digest_ = (digest_ ^ value) * 0x100000001b3ULL; }

    std::uint64_t digest() const { return digest_; }
    const std::deque<std::string>& lines() const { return lines_; }

  private:
    static constexpr std::size_t kKept = 200;
    std::deque<std::string> lines_;
    std::uint64_t digest_ = 0xcbf29ce484222325ULL;
};

}  // namespace tern::sim

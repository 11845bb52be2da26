#pragma once

/// What one image gave its subscriber: a contiguous run of what was published, byte by byte, from
/// its join position. Of an unreliable stream messages may be missing, but none may be wrong,
/// out of order or twice.

#include <cstdint>
#include <string>

#include "findings.hpp"
#include "ledger.hpp"
#include "tern/base/bytes.hpp"

namespace tern::sim {

class ReceivedChecker {
  public:
    ReceivedChecker(Ledger& ledger, std::string who, const StreamKey& stream,
                    Position join_position, bool is_reliable)
        : ledger_(ledger),
          who_(std::move(who)),
          stream_(stream),
          join_position_(join_position),
          last_end_(join_position),
          is_reliable_(is_reliable) {}

    /// A whole message that ends at `end`. Throws a Violation.
    MessageName on_message(ConstBytes message, Position end);

    Position last_end() const { return last_end_; }

  private:
    void check_nothing_missing(Position end) const;
    [[noreturn]] void fail(const std::string& what, Position end) const;

    Ledger& ledger_;
    std::string who_;
    StreamKey stream_;
    Position join_position_;
    Position last_end_;
    bool is_reliable_;
    bool is_first_ = true;
};

}  // namespace tern::sim

#pragma once

/// Writes messages to standard output in one of several forms. One thread.

#include <cstdint>
#include <span>
#include <string>

#include "tern/base/clock.hpp"
#include "tern/cli/output.hpp"
#include "tern/client/message_reader.hpp"

namespace tern::cli {

/// Sixteen bytes a line: offset, hexadecimal, characters.
std::string hex_dump(std::span<const std::byte> bytes);

/// What is known of a message, and its bytes: "text" where they are UTF-8, else "hex".
Json json_of(const Message& message, bool always_hex);

class MessagePrinter {
  public:
    enum class Format { text, hex, raw, count };

    /// `start` and the `now` of the other calls are of the same clock.
    MessagePrinter(Format format, bool is_json, Nanos start);

    /// Each of these is false where nobody reads standard output any more.

    /// Counts and writes the message. What was written is not flushed.
    bool show(const Message& message);
    /// With Format::count: the rates of the last second, where it is over.
    bool tick(Nanos now);
    /// With Format::count: the totals. Flushes.
    bool finish(Nanos now);

    std::uint64_t messages() const { return messages_; }

  private:
    bool show_rates(Nanos now);

    Format format_;
    bool is_json_;
    Nanos start_, second_;
    std::uint64_t messages_ = 0, bytes_ = 0;
    std::uint64_t shown_messages_ = 0, shown_bytes_ = 0;
};

}  // namespace tern::cli

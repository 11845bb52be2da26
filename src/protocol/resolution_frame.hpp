#pragma once

/// The frame in which name resolvers tell each other where drivers are (spec wire-protocol.md
/// 2.15, 7.2): a header and entries, each a name with its address. Nothing here allocates; names
/// point into the datagram.

#include <cstdint>
#include <optional>
#include <string_view>

#include "tern/base/bytes.hpp"
#include "tern/base/ip_address.hpp"

namespace tern::protocol {

struct ResolutionEntry {
    static constexpr std::size_t kMaxNameLength = 512;
    static constexpr std::size_t kMaxLength = 544;  // IPv6, the longest name, rounded up to 8
    bool is_self = false;     // of the sender; an address of zeros is then its source
    SocketAddress address;    // its family is the type of the entry
    std::int32_t age_ms = 0;  // since the named driver was last heard from; unchecked
    std::string_view name;    // ASCII, 1 to kMaxNameLength

    bool operator==(const ResolutionEntry&) const = default;
};

/// Goes through the entries of a datagram. What is wrong with one ends it: those before it stand,
/// and the datagram counts as an invalid packet.
///
///     ResolutionReader reader{datagram};
///     while (const auto entry = reader.next()) learn(*entry);
///     if (!reader.is_valid()) invalid_packets.increment();
class ResolutionReader {
  public:
    /// Any bytes at all: whether they are a resolution frame is checked here.
    explicit ResolutionReader(ConstBytes datagram);

    /// nullopt at the end, and at the first fault.
    std::optional<ResolutionEntry> next();
    bool is_valid() const { return is_valid_; }

  private:
    std::optional<ResolutionEntry> fail();

    ConstBytes rest_;  // entries not read yet
    bool is_valid_ = true;
};

/// Writes a frame of one or more entries into a datagram of at most `out.size()` bytes.
class ResolutionWriter {
  public:
    /// `out` has room for a frame header at least.
    explicit ResolutionWriter(Bytes out);

    /// False where there is no room for it: finish this frame and begin another. The name is not
    /// empty and not longer than kMaxNameLength (an assertion).
    [[nodiscard]] bool add(const ResolutionEntry& entry);
    bool is_empty() const;
    /// How many bytes to send: header and entries.
    std::size_t finish();

  private:
    Bytes out_;
    std::size_t length_;
};

}  // namespace tern::protocol

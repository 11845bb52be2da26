/// A datagram to the name resolver's socket. Entries that were read are written again and read
/// back. Input: datagram.

#include <vector>

#include "target.hpp"
#include "tern/protocol/resolution_frame.hpp"

namespace tern::fuzz {

void run(ConstBytes datagram) {
    using namespace protocol;  // NOLINT
    std::vector<ResolutionEntry> entries;
    ResolutionReader reader{datagram};
    while (const auto entry = reader.next()) {
        touch(entry->name);
        TERN_ASSERT(!entry->name.empty());
        TERN_ASSERT(entry->name.size() <= ResolutionEntry::kMaxNameLength);
        entries.push_back(*entry);
    }
    TERN_ASSERT(!reader.next());
    if (entries.empty()) return;

    std::vector<std::byte> out(8 + entries.size() * ResolutionEntry::kMaxLength);
    ResolutionWriter writer{out};
    for (const ResolutionEntry& entry : entries) TERN_ASSERT(writer.add(entry));
    const ConstBytes written = ConstBytes{out}.first(writer.finish());
    ResolutionReader again{written};
    for (const ResolutionEntry& entry : entries) TERN_ASSERT(again.next() == entry);
    TERN_ASSERT(!again.next() && again.is_valid());
}

}  // namespace tern::fuzz

#pragma once

/// Says the same to the real C driver and to ours, and compares what they answer, line by line.

#include <functional>
#include <map>
#include <ostream>
#include <string>

#include "interop/raw_client.hpp"

namespace tern::test {

struct Dialogue {
    std::string name;
    std::function<void(Conversation&)> talk;
    std::map<std::string, std::string> settings = {};  // of the drivers, besides the usual ones
};

std::ostream& operator<<(std::ostream& out, const Dialogue& dialogue);

/// Each driver is a fresh process in a directory of its own. The variable TERN_OTHER_DRIVER names
/// another program than ours: the real one again shows whether a dialogue gives the same each time.
void expect_same_transcripts(const Dialogue& dialogue);

}  // namespace tern::test

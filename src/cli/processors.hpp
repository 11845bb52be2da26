#pragma once

/// How many processors this process may really use.

#include <string_view>

namespace tern::cli {

/// Those that the scheduler may give us, or fewer where a container's quota says so; at least 1.
int usable_processors();

/// What a control group's cpu.max allows: "150000 100000" is one and a half, rounded down to 1;
/// 0 where it says nothing ("max 100000").
int processors_of_quota(std::string_view cpu_max);

}  // namespace tern::cli

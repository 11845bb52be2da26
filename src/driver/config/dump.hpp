#pragma once

/// The settings in effect, one a line, with Aeron's keys in Aeron's order (spec driver-config.md,
/// 13).

#include <string>

#include "tern/driver/settings.hpp"

namespace tern::driver {

/// Where the threads ended up, which only the platform can tell: -1 for those bound to none.
struct ResolvedAffinity {
    std::int32_t conductor = -1;
    std::int32_t sender = -1;
    std::int32_t receiver = -1;
    std::int32_t native_resource_agent = -1;
};

/// For people: a multi-line text that ends with a line feed.
std::string dump(const Settings& settings, const Hooks& hooks, const ResolvedAffinity& resolved);

}  // namespace tern::driver

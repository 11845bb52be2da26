#pragma once

/// Error codes as they cross between driver and client (spec control-protocol.md, 6).

#include <cstdint>
#include <string_view>

#include "tern/base/error.hpp"

namespace tern::protocol {

/// `unknown_code_value` for a value that is not in the table of 6.1.
ErrorCode error_code_from_wire(std::int32_t value);

/// The description of Aeron's C library: "invalid channel", "driver timeout".
std::string_view description_of(ErrorCode code);

}  // namespace tern::protocol

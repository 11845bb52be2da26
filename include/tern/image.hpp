#pragma once

/// Image: one stream as one subscription receives it; and what its fragments and blocks are.

#include "tern/client/client_settings.hpp"
#include "tern/client/image.hpp"
#include "tern/logbuffer/fragment_assembler.hpp"
#include "tern/logbuffer/term_reader.hpp"

namespace tern {

using Image = client::Image;
using client::ImageHandler;

}  // namespace tern

#pragma once

/// Channel URIs: taking them apart and building them.

#include "tern/uri/channel_uri.hpp"
#include "tern/uri/channel_uri_builder.hpp"

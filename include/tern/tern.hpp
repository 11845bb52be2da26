#pragma once

/// Tern: low-latency messaging over shared memory and UDP, compatible with Aeron. This header has
/// all of the C++ API; the everyday part of it is described in everyday.hpp, the full one in
/// context.hpp.

#include "tern/channel_uri.hpp"
#include "tern/context.hpp"
#include "tern/counter.hpp"
#include "tern/errors.hpp"
#include "tern/everyday.hpp"
#include "tern/image.hpp"
#include "tern/offer_result.hpp"
#include "tern/publication.hpp"
#include "tern/subscription.hpp"
#include "tern/watch.hpp"

#pragma once

/// OfferStatus and OfferResult: what came of sending a message.

#include "tern/logbuffer/offer_result.hpp"

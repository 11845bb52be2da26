#pragma once

/// What the parts of the sender work with: the settings, counters and queues of the driver, and the
/// time of the cycle. Made by the sender, handed down by reference. Sender thread.

#include "tern/driver/cached_time.hpp"
#include "tern/driver/error_sink.hpp"
#include "tern/driver/media/network.hpp"
#include "tern/driver/sender/datagram_batch.hpp"
#include "tern/driver/sender/sender_commands.hpp"
#include "tern/driver/settings.hpp"
#include "tern/driver/system_counters.hpp"

namespace tern::driver {

struct SenderContext {
    const Settings& settings;
    SystemCounters& system;
    ErrorSink& errors;
    HandOver<SenderEvent>& events;
    Network& network;  // only its epoch_ns and make_poller
    const CachedTime& time;
    DatagramBatch& batch;  // scratch
};

}  // namespace tern::driver

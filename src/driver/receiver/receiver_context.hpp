#pragma once

/// What the parts of the receiver work with: the settings, counters and queues of the driver, and
/// the time of the cycle. Made by the receiver, handed down by reference. Receiver thread.

#include "tern/driver/cached_time.hpp"
#include "tern/driver/error_sink.hpp"
#include "tern/driver/media/network.hpp"
#include "tern/driver/receiver/receiver_commands.hpp"
#include "tern/driver/report_cap.hpp"
#include "tern/driver/settings.hpp"
#include "tern/driver/system_counters.hpp"

namespace tern::driver {

struct ReceiverContext {
    const Settings& settings;
    SystemCounters& system;
    ErrorSink& errors;
    HandOver<ReceiverEvent>& events;
    Network& network;  // only its epoch_ns and make_poller
    const CachedTime& time;
    ReportCap& reports;  // of frames that could not be sent
};

/// Sends one frame to a sender. False where the socket did not take all of it, which is counted; a
/// hard error is reported, a few times a second at most.
bool send_control(ReceiveDestination& destination, const SocketAddress& to, ConstBytes frame,
                  ReceiverContext& context);

}  // namespace tern::driver

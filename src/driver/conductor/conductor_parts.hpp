#pragma once

/// What the parts of the conductor that obey commands work with. The conductor owns all of it; the
/// parts hold a reference and outlive nothing. Conductor thread only.

#include <string>

#include "tern/base/random.hpp"
#include "tern/driver/cached_time.hpp"
#include "tern/driver/conductor/channel_resolver.hpp"
#include "tern/driver/conductor/client_events.hpp"
#include "tern/driver/conductor/client_registry.hpp"
#include "tern/driver/conductor/counter_table.hpp"
#include "tern/driver/conductor/ipc_publications.hpp"
#include "tern/driver/conductor/log_storage.hpp"
#include "tern/driver/conductor/network_images.hpp"
#include "tern/driver/conductor/network_publications.hpp"
#include "tern/driver/conductor/receive_channels.hpp"
#include "tern/driver/conductor/response_routes.hpp"
#include "tern/driver/conductor/send_channels.hpp"
#include "tern/driver/conductor/session_ids.hpp"
#include "tern/driver/conductor/subscription_linker.hpp"
#include "tern/driver/conductor/subscriptions.hpp"
#include "tern/driver/driver_context.hpp"
#include "tern/driver/driver_memory.hpp"
#include "tern/driver/error_sink.hpp"
#include "tern/driver/media/network.hpp"
#include "tern/driver/receiver/receiver_commands.hpp"
#include "tern/driver/sender/sender_commands.hpp"
#include "tern/driver/settings.hpp"
#include "tern/driver/system_counters.hpp"
#include "tern/shm/loss_report.hpp"
#include "tern/shm/many_to_one_ring.hpp"

namespace tern::driver {

struct ConductorParts {
    ConductorParts(const DriverContext& context, DriverMemory& memory, Network& network,
                   SenderQueues& sender_queues, ReceiverQueues& receiver_queues);
    ConductorParts(const ConductorParts&) = delete;
    ConductorParts& operator=(const ConductorParts&) = delete;

    const Settings& settings;
    const Hooks& hooks;
    RandomSource& random;
    SocketBufferDefaults socket_buffers;
    std::string publications_directory;
    std::string images_directory;
    ManyToOneRing& to_driver;  // for correlation ids of our own
    LossReport loss_report;
    SystemCounters& system;
    Network& network;
    SenderQueues& sender_queues;
    ReceiverQueues& receiver_queues;

    CachedTime time;
    ErrorSink errors;
    ClientEvents events;
    CounterTable counters;
    LogStorage storage;
    ChannelResolver resolver;
    SessionIds session_ids;
    ClientRegistry clients;
    SubscriptionLinker linker;
    Subscriptions subscriptions;
    IpcPublications publications;
    SendChannels send_channels;
    NetworkPublications network_publications;  // after the channels that they send by
    ReceiveChannels receive_channels;
    NetworkImages images;  // after the channels that they receive by

    NoResponseRoutes no_responses;
    ResponseRoutes* responses = &no_responses;  // whoever keeps images puts itself here
};

}  // namespace tern::driver

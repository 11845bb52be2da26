#include "tern/driver/conductor/conductor_parts.hpp"

#include "tern/driver/directory.hpp"

namespace tern::driver {

ConductorParts::ConductorParts(const DriverContext& context, DriverMemory& memory, Network& net,
                               SenderQueues& to_sender, ReceiverQueues& to_receiver)
    : settings(context.settings),
      hooks(context.hooks),
      random(context.random),
      socket_buffers(context.socket_buffers),
      publications_directory(context.directory.publications()),
      images_directory(context.directory.images()),
      to_driver(memory.to_driver),
      loss_report(context.directory.loss_report->bytes()),
      system(memory.system_counters),
      network(net),
      sender_queues(to_sender),
      receiver_queues(to_receiver),
      errors(memory.error_log, memory.system_counters[SystemCounter::errors], time),
      events(memory.to_clients, errors),
      counters(memory.counters, time),
      storage(settings, context.directory.path, context.files, context.executor, system, errors),
      resolver(network, context.clock, context.names, settings, system),
      session_ids(static_cast<std::int32_t>(random.next()), settings.reserved_session_id_low,
                  settings.reserved_session_id_high),
      clients(settings.client_liveness_timeout, counters, events, time),
      linker(counters, events, time),
      send_channels(network, settings, counters, sender_queues.commands),
      receive_channels(network, settings, counters, random, receiver_queues.commands) {}

}  // namespace tern::driver

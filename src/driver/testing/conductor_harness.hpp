#pragma once

/// For tests: a conductor and a sender on virtual time, with files and a network in memory and slow
/// work on command. Speaks to it as clients do: raw commands into the ring, events out of the
/// broadcast buffer.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tern/base/clock.hpp"
#include "tern/base/random.hpp"
#include "tern/driver/conductor/conductor.hpp"
#include "tern/driver/directory.hpp"
#include "tern/driver/driver_memory.hpp"
#include "tern/driver/sender/sender.hpp"
#include "tern/driver/testing/event_record.hpp"
#include "tern/driver/testing/manual_executor.hpp"
#include "tern/driver/testing/memory_network.hpp"
#include "tern/logbuffer/log_buffers.hpp"
#include "tern/protocol/command.hpp"
#include "tern/shm/broadcast.hpp"
#include "tern/shm/testing/memory_file_system.hpp"

namespace tern::driver {

/// Small files, and a directory.
inline Settings harness_settings() {
    Settings settings;
    settings.directory = "/dev/shm/aeron";
    settings.ipc_term_buffer_length = 64 * 1024;
    settings.counters_values_buffer_length = 1024 * 128;
    return settings;
}

class ConductorHarness {
  public:
    explicit ConductorHarness(Settings with = harness_settings(), Hooks given = {},
                              std::uint64_t seed = 1)
        : settings(std::move(with)),
          hooks(std::move(given)),
          random_(seed),
          directory_(prepare_directory(
                         settings, files, clock, [](Nanos) {}, [](std::string_view) {}, 7)
                         .value()),
          memory_(std::make_unique<DriverMemory>(directory_.cnc, settings, clock.epoch_now())),
          context_{settings, hooks, clock, files, random_, executor, names, directory_},
          conductor_(std::make_unique<Conductor>(context_, *memory_, network, sender_queues,
                                                 receiver_queues)),
          sender_(std::make_unique<Sender>(context_, *memory_, network, sender_queues)),
          receiver_(memory_->cnc.to_clients()) {
        conductor_->do_work(clock.now());
    }

    Settings settings;
    Hooks hooks;
    ManualClock clock;
    MemoryFileSystem files;
    ManualExecutor executor;
    ManualExecutor names;
    MemoryNetwork segment{clock};
    MemoryHost& network = segment.add_host("driver", {IpAddress::ipv4(192, 168, 0, 20)});
    SenderQueues sender_queues;
    ReceiverQueues receiver_queues;

    Conductor& conductor() { return *conductor_; }
    ManyToOneRing& ring() { return memory_->to_driver; }
    SystemCounters& system_counters() { return memory_->system_counters; }
    const CountersReader& counters() const { return memory_->counters; }
    std::int64_t next_id() { return ring().next_correlation_id(); }
    std::int64_t value(std::int32_t counter_id) const { return counters().value(counter_id); }
    std::int64_t value(SystemCounter counter) const {
        return value(static_cast<std::int32_t>(counter));
    }
    void set_value(std::int32_t counter_id, std::int64_t to) {
        counters().counter(counter_id).set(to);
    }
    std::string label(std::int32_t counter_id) const {
        return std::string(counters().label(counter_id));
    }
    std::vector<std::string> logged_errors() const {
        std::vector<std::string> texts;
        read_error_log(memory_->cnc.error_log(),
                       [&](const ErrorObservation& seen) { texts.emplace_back(seen.text); });
        return texts;
    }
    LogBuffers log(const std::string& path) {
        return LogBuffers::over(files.open(path, MapMode::read_write).value()).value();
    }

    /// Duty cycles at one moment: enough for a command and what follows from it.
    void work(int cycles = 4) {
        for (int i = 0; i < cycles; ++i) {
            conductor_->do_work(clock.now());
            if (!is_sender_held) sender_->do_work(clock.now());
        }
    }
    /// While it is set the sender does nothing.
    bool is_sender_held = false;

    /// Time passes, one timer interval at a time, with a timer pass after each.
    void pass(Nanos time) {
        while (time > Nanos{0}) {
            const Nanos step = std::min(time, settings.timer_interval);
            clock.advance(step);
            time -= step;
            for (const std::int64_t client : kept_alive_) keep_alive(client);
            work(2);
        }
    }
    /// A client that is alive for as long as the test wants.
    void keep_alive_always(std::int64_t client_id) { kept_alive_.push_back(client_id); }
    void let_die(std::int64_t client_id) { std::erase(kept_alive_, client_id); }

    void send_raw(std::int32_t type, ConstBytes body) {
        TERN_ASSERT(ring().write(type, body) == RingResult::ok);
    }
    template <typename Command>
    void send(const Command& command) {
        std::vector<std::byte> body(protocol::encoded_length(command));
        body.resize(protocol::encode(command, body));
        send_raw(static_cast<std::int32_t>(command.type()), body);
        work();
    }

    std::int64_t add_publication(std::int64_t client, std::int32_t stream,
                                 std::string_view channel = "aeron:ipc", bool exclusive = false) {
        const std::int64_t id = next_id();
        send(protocol::AddPublication{{client, id}, stream, channel, exclusive});
        return id;
    }
    std::int64_t add_exclusive(std::int64_t client, std::int32_t stream,
                               std::string_view channel = "aeron:ipc") {
        return add_publication(client, stream, channel, true);
    }
    std::int64_t remove_publication(std::int64_t client, std::int64_t link, bool revoke = false) {
        const std::int64_t id = next_id();
        send(protocol::RemovePublication{{client, id}, link, revoke});
        return id;
    }
    std::int64_t add_subscription(std::int64_t client, std::int32_t stream,
                                  std::string_view channel = "aeron:ipc") {
        const std::int64_t id = next_id();
        send(protocol::AddSubscription{{client, id}, stream, channel});
        return id;
    }
    std::int64_t remove_subscription(std::int64_t client, std::int64_t subscription) {
        const std::int64_t id = next_id();
        send(protocol::RemoveSubscription{{client, id}, subscription});
        return id;
    }
    void close_client(std::int64_t client) { send(protocol::ClientClose{{client, -1}}); }

    /// Everything that was broadcast since the last call.
    Events take_events() {
        Events events;
        while (receiver_.receive([&](std::int32_t type, ConstBytes body) {
            events.push_back(EventRecord(type, body));
        }) == BroadcastReceiver::Outcome::message) {}
        return events;
    }

    void close() {
        sender_.reset();
        conductor_->on_close();
        conductor_.reset();
    }

  private:
    void keep_alive(std::int64_t client_id) {
        const std::int32_t id = find_heartbeat(client_id);
        if (id != kNullCounterId) set_value(id, clock.epoch_now().count());
    }
    std::int32_t find_heartbeat(std::int64_t client_id) const {
        return counters().find_by_registration(11, client_id);
    }

    SeededRandom random_;
    PreparedDirectory directory_;
    std::unique_ptr<DriverMemory> memory_;
    DriverContext context_;
    std::unique_ptr<Conductor> conductor_;
    std::unique_ptr<Sender> sender_;
    BroadcastReceiver receiver_;
    std::vector<std::int64_t> kept_alive_;
};

}  // namespace tern::driver

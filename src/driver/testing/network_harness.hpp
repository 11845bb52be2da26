#pragma once

/// For tests: whole drivers (conductor, sender, receiver) on hosts of one network in memory, in one
/// thread and on virtual time, and just enough of a client to publish and to read. A driver may die
/// and be started again.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tern/base/clock.hpp"
#include "tern/base/random.hpp"
#include "tern/driver/conductor/conductor.hpp"
#include "tern/driver/directory.hpp"
#include "tern/driver/driver_memory.hpp"
#include "tern/driver/receiver/receiver.hpp"
#include "tern/driver/sender/sender.hpp"
#include "tern/driver/testing/event_record.hpp"
#include "tern/driver/testing/manual_executor.hpp"
#include "tern/driver/testing/memory_network.hpp"
#include "tern/logbuffer/concurrent_appender.hpp"
#include "tern/logbuffer/term_reader.hpp"
#include "tern/protocol/command.hpp"
#include "tern/shm/broadcast.hpp"
#include "tern/shm/testing/memory_file_system.hpp"

namespace tern::driver {

class DriverNode {
  public:
    DriverNode(ManualClock& clock, MemoryHost& at, Settings with, std::uint64_t seed)
        : settings(std::move(with)),
          host(at),
          random_(seed),
          directory_(prepare_directory(
                         settings, files, clock, [](Nanos) {}, [](std::string_view) {}, 7)
                         .value()),
          memory_(std::make_unique<DriverMemory>(directory_.cnc, settings, clock.epoch_now())),
          context_{settings, hooks, clock, files, random_, executor, names, directory_},
          conductor_(context_, *memory_, host, sender_queues_, receiver_queues_),
          sender_(context_, *memory_, host, sender_queues_),
          receiver_(context_, *memory_, host, receiver_queues_),
          events_(memory_->cnc.to_clients()),
          client(memory_->to_driver.next_correlation_id()) {}

    Settings settings;
    Hooks hooks;
    MemoryFileSystem files;
    ManualExecutor executor;
    ManualExecutor names;
    MemoryHost& host;

    void work(Nanos now) {
        conductor_.do_work(now);
        sender_.do_work(now);
        receiver_.do_work(now);
        const std::int32_t heartbeat = counters().find_by_registration(11, client);
        if (heartbeat != kNullCounterId)
            counters().counter(heartbeat).set(context_.clock.epoch_now().count());
    }
    const CountersReader& counters() const { return memory_->counters; }
    std::int64_t value(SystemCounter counter) const {
        return counters().value(static_cast<std::int32_t>(counter));
    }
    std::vector<std::string> logged_errors() const {
        std::vector<std::string> texts;
        read_error_log(memory_->cnc.error_log(),
                       [&](const ErrorObservation& seen) { texts.emplace_back(seen.text); });
        return texts;
    }
    LogBuffers log(std::string_view path) {
        return LogBuffers::over(files.open(std::string(path), MapMode::read_write).value()).value();
    }

    template <typename Command>
    void send(const Command& command) {
        std::vector<std::byte> body(protocol::encoded_length(command));
        body.resize(protocol::encode(command, body));
        TERN_ASSERT(memory_->to_driver.write(static_cast<std::int32_t>(command.type()), body) ==
                    RingResult::ok);
    }
    std::int64_t next_id() { return memory_->to_driver.next_correlation_id(); }
    Events take_events() {
        Events events;
        while (events_.receive([&](std::int32_t type, ConstBytes body) {
            events.push_back(EventRecord(type, body));
        }) == BroadcastReceiver::Outcome::message) {}
        return events;
    }

  private:
    SeededRandom random_;
    PreparedDirectory directory_;
    std::unique_ptr<DriverMemory> memory_;
    DriverContext context_;
    SenderQueues sender_queues_;
    ReceiverQueues receiver_queues_;
    // The conductor owns what the others use, and is the last to go.
    Conductor conductor_;
    Sender sender_;
    Receiver receiver_;
    BroadcastReceiver events_;

  public:
    const std::int64_t client;  // the only one
};

/// A publication as its client sees it.
struct NodePublication {
    std::int64_t id = 0;  // of the command
    std::int32_t session_id = 0;
    std::int32_t stream_id = 0;
    Counter limit;
    LogBuffers log;

    bool is_connected() const { return log.is_connected(); }
    Position position() const { return log.producer_position(); }
    /// False where there is no room.
    bool offer(std::string_view text) {
        const ConcurrentAppender appender(log, session_id, stream_id);
        const ConstBytes bytes = std::as_bytes(std::span(text));
        OfferResult result = appender.offer(bytes, limit.get());
        if (result.status() == OfferStatus::admin_action)
            result = appender.offer(bytes, limit.get());
        return result.ok();
    }
};

/// An image as its client reads it.
class NodeImage {
  public:
    NodeImage(LogBuffers log, Counter position, std::int64_t image_id)
        : id(image_id), reader_(std::move(log), position.word(), is_closed_) {}

    const std::int64_t id;
    const LogBuffers& log() const { return reader_.log(); }
    Position position() const { return reader_.position(); }
    /// Everything there is, one after another.
    std::string read() {
        std::string text;
        while (reader_.poll(
                   [&](ConstBytes payload, const FragmentHeader&) {
                       text.append(reinterpret_cast<const char*>(payload.data()), payload.size());
                   },
                   16) > 0) {}
        return text;
    }

  private:
    std::atomic<bool> is_closed_{false};
    TermReader reader_;
};

class NetworkHarness {
  public:
    static Settings node_settings() {
        Settings settings;
        settings.directory = "/dev/shm/aeron";
        settings.term_buffer_length = 64 * 1024;
        settings.ipc_term_buffer_length = 64 * 1024;
        settings.counters_values_buffer_length = 1024 * 128;
        return settings;
    }

    ManualClock clock;
    MemoryNetwork network{clock};

    /// 10.0.0.1 for the first, and so on.
    DriverNode& add_node(const Settings& settings = node_settings()) {
        const auto number = static_cast<std::uint8_t>(nodes_.size() + 1);
        MemoryHost& host =
            network.add_host("host" + std::to_string(number), {IpAddress::ipv4(10, 0, 0, number)});
        nodes_.push_back(std::make_unique<DriverNode>(clock, host, settings, number));
        return *nodes_.back();
    }
    /// It dies without a word, and another one starts in its place.
    DriverNode& restart(DriverNode& node) {
        const auto found = std::ranges::find(nodes_, &node, &std::unique_ptr<DriverNode>::get);
        const Settings settings = node.settings;
        MemoryHost& host = node.host;
        found->reset();
        *found = std::make_unique<DriverNode>(clock, host, settings, 100 + ++restarts_);
        return **found;
    }
    void stop(DriverNode& node) {
        std::erase_if(nodes_, [&node](const auto& one) { return one.get() == &node; });
    }

    /// Duty cycles of all.
    void run(Nanos time, Nanos step = Nanos{100'000}) {
        for (const Nanos end = clock.now() + time; clock.now() < end;) {
            for (const std::unique_ptr<DriverNode>& node : nodes_) node->work(clock.now());
            clock.advance(step);
        }
    }
    /// False where it does not come true in time.
    template <typename Condition>
    bool run_until(Condition&& is_true, Nanos limit = Nanos{2'000'000'000}) {
        const Nanos end = clock.now() + limit;
        while (!is_true()) {
            if (clock.now() >= end) return false;
            run(Nanos{1'000'000});
        }
        return true;
    }

    NodePublication publish(DriverNode& node, std::string_view channel, std::int32_t stream = 10) {
        const std::int64_t id = node.next_id();
        node.take_events();
        node.send(protocol::AddPublication{{node.client, id}, stream, channel, false});
        run(Nanos{2'000'000});
        const Events events = node.take_events();
        const auto ready = events.only<protocol::PublicationReady>();
        return {id, ready.session_id, stream,
                node.counters().counter(ready.position_limit_counter_id),
                node.log(ready.log_file_name)};
    }
    void close(DriverNode& node, const NodePublication& publication, bool revoke = false) {
        node.send(
            protocol::RemovePublication{{node.client, node.next_id()}, publication.id, revoke});
        run(Nanos{1'000'000});
    }
    std::int64_t subscribe(DriverNode& node, std::string_view channel, std::int32_t stream = 10) {
        const std::int64_t id = node.next_id();
        node.send(protocol::AddSubscription{{node.client, id}, stream, channel});
        run(Nanos{2'000'000});
        return id;
    }
    void unsubscribe(DriverNode& node, std::int64_t subscription) {
        node.send(protocol::RemoveSubscription{{node.client, node.next_id()}, subscription});
        run(Nanos{1'000'000});
    }
    /// The next image that a node announces; null where none comes.
    std::unique_ptr<NodeImage> image(DriverNode& node, Nanos limit = Nanos{2'000'000'000}) {
        std::unique_ptr<NodeImage> found;
        run_until([&] { return (found = next_image(node)) != nullptr; }, limit);
        return found;
    }
    /// Reads, with the driver at work, until so much is there.
    std::string read(NodeImage& image, std::size_t length, Nanos limit = Nanos{2'000'000'000}) {
        std::string text;
        run_until([&] { return (text += image.read()).size() >= length; }, limit);
        return text;
    }

  private:
    static std::unique_ptr<NodeImage> next_image(DriverNode& node) {
        for (const EventRecord& event : node.take_events()) {
            if (!event.is<protocol::AvailableImage>()) continue;
            const auto available = event.as<protocol::AvailableImage>();
            return std::make_unique<NodeImage>(
                node.log(available.log_file_name),
                node.counters().counter(available.subscriber_position_counter_id),
                available.correlation_id);
        }
        return nullptr;
    }

    std::vector<std::unique_ptr<DriverNode>> nodes_;
    int restarts_ = 0;
};

}  // namespace tern::driver

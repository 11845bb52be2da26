#pragma once

/// For tests: the driver's end of the conversation, played by hand. Files live in memory, time
/// stands still until it is told to move, and nothing answers unless the test says so.

#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tern/base/random.hpp"
#include "tern/client/client.hpp"
#include "tern/protocol/command.hpp"
#include "tern/protocol/event.hpp"
#include "tern/shm/testing/memory_file_system.hpp"

namespace tern::client::testing {

class FakeDriver {
  public:
    static constexpr const char* kDir = "/aeron";
    static constexpr std::int32_t kStream = 1001;
    static constexpr std::int32_t kSession = 77;

    /// A command as it was taken out of the ring; its texts stay valid with the driver.
    struct Received {
        protocol::Command command;

        template <typename T>
        const T& as() const {
            return std::get<T>(command);
        }
        template <typename T>
        bool is() const {
            return std::holds_alternative<T>(command);
        }
    };

    explicit FakeDriver(CncLayout layout = layout_of_a_small_file()) {
        auto mapping =
            files.create(std::string(kDir) + "/cnc.dat",
                         static_cast<std::uint64_t>(layout.file_length()), Blocks::reserved);
        cnc.emplace(CncFile::initialise(*mapping, layout));
        ring.emplace(cnc->to_driver());
        events.emplace(cnc->to_clients());
        counters.emplace(cnc->counters_metadata(), cnc->counters_values(), Millis{1000});
        ring->next_correlation_id();
        beat();
        cnc->publish_version();
    }

    static CncLayout layout_of_a_small_file() {
        CncLayout layout;
        layout.to_driver_buffer_length = (1 << 14) + 768;
        layout.to_clients_buffer_length = (1 << 14) + 128;
        layout.counters_metadata_buffer_length = 4 * (1 << 16);
        layout.counters_values_buffer_length = 1 << 16;
        layout.error_log_buffer_length = 4096;
        return layout;
    }

    ClientSettings settings() const {
        ClientSettings settings;
        settings.dir = kDir;
        settings.use_invoker = true;
        return settings;
    }
    ClientEnvironment environment() {
        return {files, clock, random, [this](Nanos time) {
                    clock.advance(time);
                    if (on_pause) on_pause();
                }};
    }
    std::unique_ptr<Client> connect(const ClientSettings& with) {
        auto client = Client::connect(with, environment(), Nanos{0});
        EXPECT_TRUE(client) << client.error().text;
        return *std::move(client);
    }
    std::unique_ptr<Client> connect() { return connect(settings()); }

    void beat() { ring->set_consumer_heartbeat_ms(clock.epoch_now().count()); }

    /// All commands since the last call.
    std::vector<Received> commands() {
        std::vector<Received> all;
        const auto take = [&](std::int32_t type, ConstBytes body) {
            bodies_.emplace_back(body.begin(), body.end());
            auto command = protocol::decode_command(type, bodies_.back());
            EXPECT_TRUE(command) << command.error().text;
            if (command) all.push_back({*command});
        };
        while (ring->size() > 0) ring->read(take);
        return all;
    }
    /// The only command since the last call.
    Received command() {
        std::vector<Received> all = commands();
        EXPECT_EQ(all.size(), 1u);
        return all.front();
    }

    template <typename E>
    void send(const E& event) {
        std::vector<std::byte> body(encoded_length(event));
        encode(event, body);
        send_raw(static_cast<std::int32_t>(event.type()), body);
    }
    void send_raw(std::int32_t type, ConstBytes body) { EXPECT_TRUE(events->transmit(type, body)); }

    std::int32_t allocate(std::int32_t type_id, std::int64_t registration_id,
                          std::string_view label = "counter", ConstBytes key = {},
                          std::int64_t value = 0) {
        auto id = counters->allocate({.type_id = type_id,
                                      .key = key,
                                      .label = label,
                                      .registration_id = registration_id,
                                      .value = value},
                                     clock.epoch_now());
        EXPECT_TRUE(id);
        return *id;
    }
    std::int32_t allocate_heartbeat(std::int64_t client_id) {
        return allocate(kHeartbeatCounterTypeId, client_id,
                        "client-heartbeat: id=" + std::to_string(client_id),
                        std::as_bytes(std::span(&client_id, 1)));
    }

    std::string log_name(std::int64_t id) const {
        return std::string(kDir) + "/publications/" + std::to_string(id) + ".logbuffer";
    }
    LogBuffers make_log(std::int64_t id, LogParameters with = {}) {
        with.correlation_id = id;
        with.session_id = with.session_id == 0 ? kSession : with.session_id;
        with.stream_id = kStream;
        auto mapping = files.create(log_name(id), log_file_length(with.term_length, with.page_size),
                                    Blocks::sparse);
        EXPECT_TRUE(mapping);
        return LogBuffers::initialise(*std::move(mapping), with);
    }

    /// A publication that the driver has made for `correlation_id`: log, limit counter.
    struct Made {
        LogBuffers log;
        std::int32_t limit_id;
    };
    Made make_publication(std::int64_t id, std::int64_t limit = 1 << 20, bool exclusive = false) {
        LogParameters with;
        with.type = exclusive ? LogType::exclusive_publication : LogType::concurrent_publication;
        Made made{make_log(id, with), allocate(1, id, "pub-lmt", {}, limit)};
        made.log.set_connected(true);
        return made;
    }
    protocol::PublicationReady ready(std::int64_t correlation_id, std::int64_t registration_id,
                                     std::int32_t limit_id, bool exclusive = false) {
        name_ = log_name(registration_id);
        return {correlation_id, registration_id, kSession, kStream, limit_id, -1, name_, exclusive};
    }

    // The common steps, for tests that are about what comes after them. `client` has an invoker.

    std::shared_ptr<Publication> add_publication(Client& client, std::int64_t limit = 1 << 20) {
        const auto request = *client.async_add_publication("aeron:ipc", kStream);
        const std::int64_t id = request.registration_id();
        const Made made = make_publication(id, limit);
        send(ready(id, id, made.limit_id));
        client.do_work();
        commands();
        return *request.poll();
    }
    std::shared_ptr<ExclusivePublication> add_exclusive_publication(Client& client,
                                                                    std::int64_t limit = 1 << 20) {
        const auto request = *client.async_add_exclusive_publication("aeron:ipc", kStream);
        const std::int64_t id = request.registration_id();
        const Made made = make_publication(id, limit, true);
        send(ready(id, id, made.limit_id, true));
        client.do_work();
        commands();
        return *request.poll();
    }
    std::shared_ptr<Subscription> add_subscription(Client& client, ImageHandler available = {},
                                                   ImageHandler unavailable = {}) {
        const auto request = *client.async_add_subscription(
            "aeron:ipc", kStream, std::move(available), std::move(unavailable));
        send(protocol::SubscriptionReady{request.registration_id(), -1});
        client.do_work();
        commands();
        return *request.poll();
    }
    /// A new stream for that subscription; its log.
    LogBuffers add_image(Client& client, const Subscription& subscription, std::int64_t id,
                         std::int32_t session_id = kSession, Position join = 0) {
        LogBuffers log = make_log(id, {.session_id = session_id});
        announce_image(subscription, id, session_id, allocate(4, id, "sub-pos", {}, join));
        client.do_work();
        return log;
    }
    void announce_image(const Subscription& subscription, std::int64_t id, std::int32_t session_id,
                        std::int32_t position_id) {
        const std::string name = log_name(id);
        send(protocol::AvailableImage{id, session_id, kStream, subscription.registration_id(),
                                      position_id, name, "aeron:ipc"});
    }
    /// A publisher of a log made by make_log.
    static ConcurrentAppender appender_of(const LogBuffers& log,
                                          std::int32_t session_id = kSession) {
        return ConcurrentAppender(log, session_id, kStream);
    }

    MemoryFileSystem files;
    ManualClock clock;
    SeededRandom random{1};
    std::function<void()> on_pause;  // what the driver does while a client waits
    std::optional<CncFile> cnc;
    std::optional<ManyToOneRing> ring;
    std::optional<BroadcastTransmitter> events;
    std::optional<CountersManager> counters;

  private:
    std::deque<std::vector<std::byte>> bodies_;  // of all commands
    std::string name_;                           // of the event that was made last
};

inline std::string text_of_message(ConstBytes bytes) { return std::string(tern::text_of(bytes)); }

}  // namespace tern::client::testing

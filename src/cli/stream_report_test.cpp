#include "tern/cli/stream_report.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "tern/cli/stream_view.hpp"
#include "tern/shm/testing/memory.hpp"

namespace tern::cli {
namespace {

constexpr std::int32_t kSession = -1517761424;
constexpr std::int32_t kStream = 1001;
const std::string kUdp = "aeron:udp?endpoint=localhost:20121";
constexpr Millis kNow{1'700'000'000'000};

/// What a counter is of.
struct Of {
    std::int64_t registration = 3, owner = 1, reference = 0;
    std::int32_t session = kSession, stream = kStream;
    std::string channel = kUdp;
};

struct Positions {
    std::int64_t published, limit, sent, window_end;
};

/// A driver's counters, made by hand.
class Counters {
  public:
    std::int32_t add(std::int32_t type, std::string_view label, std::int64_t registration,
                     std::int64_t owner, std::int64_t value, std::int64_t reference,
                     ConstBytes key) {
        return manager_
            .allocate({.type_id = type,
                       .key = key,
                       .label = label,
                       .registration_id = registration,
                       .owner_id = owner,
                       .reference_id = reference,
                       .value = value},
                      kNow)
            .value();
    }
    /// One whose key is that of a stream.
    std::int32_t of_stream(std::int32_t type, std::string name, std::int64_t value, const Of& of) {
        std::byte key[kMaxCounterKeyLength] = {};
        const std::string_view in_key = std::string_view{of.channel}.substr(0, 92);
        store_plain(key, of.registration);
        store_plain(key + 8, of.session);
        store_plain(key + 12, of.stream);
        store_plain(key + 16, static_cast<std::int32_t>(in_key.size()));
        std::memcpy(key + 20, in_key.data(), in_key.size());
        std::string label = name + ": " + std::to_string(of.registration) + " " +
                            std::to_string(of.session) + " " + std::to_string(of.stream) + " " +
                            of.channel;
        if (type == 4) label += " @0";
        return add(type, label, of.registration, of.owner, value, of.reference, key);
    }
    void client(std::int64_t id, const std::string& name,
                std::int64_t heartbeat = kNow.count() - 250) {
        std::byte key[8];
        store_plain(key, id);
        add(11,
            "client-heartbeat: id=" + std::to_string(id) + " name=" + name +
                " version=1.2.3 commit=0123456789",
            id, id, heartbeat, 0, key);
    }
    void ipc_publication(std::int64_t position, std::int64_t limit, Of of = {}) {
        of.channel = "aeron:ipc";
        of_stream(12, "pub-pos (exclusive)", position, of);
        of_stream(1, "pub-lmt", limit, of);
    }
    void network_publication(Positions at, const Of& of = {}) {
        of_stream(12, "pub-pos (concurrent)", at.published, of);
        of_stream(1, "pub-lmt", at.limit, of);
        of_stream(2, "snd-pos", at.sent, of);
        of_stream(9, "snd-lmt", at.window_end, of);
        of_stream(13, "snd-bpe", 5, of);
        of_stream(19, "snd-naks-received", 7, of);
    }
    void image(std::int64_t received, std::int64_t rebuilt, Of of = {.registration = 4}) {
        of_stream(3, "rcv-hwm", received, of);
        of_stream(5, "rcv-pos", rebuilt, of);
        of_stream(20, "rcv-naks-sent", 2, of);
    }
    std::int32_t subscriber(std::int64_t position, const Of& of) {
        return of_stream(4, "sub-pos", position, of);
    }

    std::vector<CounterView> all() const {
        std::vector<CounterView> views;
        manager_.for_each([&](const CounterView& view) { views.push_back(view); });
        return views;
    }
    DriverReport report(const CounterLook& before = {}) const {
        return report_of(all(), before, kNow);
    }
    /// As a second look that finds nothing changed.
    DriverReport report_of_standstill() const {
        return report(CounterLook{all(), kNow - Millis{500}});
    }
    CountersManager& manager() { return manager_; }

  private:
    testing::Memory metadata_{64 * 512}, values_{64 * 128};
    CountersManager manager_{metadata_.bytes(), values_.bytes(), Millis{1000}};
};

const StreamReport& only_stream(const DriverReport& report) {
    EXPECT_EQ(report.streams.size(), 1u);
    return report.streams.at(0);
}

// The numbers of spec counters.md, 17.10.
TEST(StreamReport, joins_publisher_sender_receiver_and_subscribers_of_one_stream) {
    Counters counters;
    counters.client(1, "demo");
    counters.client(2, "slow one");
    counters.network_publication({15'710'784, 16'000'000, 15'000'000, 15'131'072});
    counters.image(14'990'000, 14'500'000);
    counters.subscriber(14'400'000, {.registration = 2, .owner = 2, .reference = 4});
    const DriverReport report = counters.report();
    const StreamReport& stream = only_stream(report);
    EXPECT_EQ(stream.session_id, kSession);
    EXPECT_EQ(stream.stream_id, kStream);
    EXPECT_EQ(stream.channel, kUdp);
    ASSERT_TRUE(stream.publication);
    EXPECT_EQ(stream.publication->position->value, 15'710'784);
    EXPECT_EQ(stream.publication->sender_limit->value, 15'131'072);
    EXPECT_FALSE(stream.publication->is_exclusive);
    ASSERT_EQ(stream.images.size(), 1u);
    EXPECT_EQ(stream.images[0].received->value, 14'990'000);
    ASSERT_EQ(stream.subscribers.size(), 1u);
    EXPECT_EQ(stream.subscribers[0].behind, 100'000);
    EXPECT_EQ(report.client_text(stream.subscribers[0].client_id), "'slow one'");
    const std::string text = text_of_report(report);
    for (const std::string part :
         {"289,216 bytes to its limit", "710,784 bytes to be sent, window 131,072",
          "490,000 bytes incomplete", "'slow one', 100,000 bytes behind", "7 NAKs", "5 stops"}) {
        EXPECT_NE(text.find(part), text.npos) << part << " is not in\n" << text;
    }
}

TEST(StreamReport, joins_an_image_whose_channel_reads_otherwise) {
    Counters counters;
    counters.network_publication({0, 0, 0, 0}, {.channel = "aeron:udp?control=h:7|fc=min"});
    counters.image(0, 0, {.registration = 4, .channel = "aeron:udp?endpoint=h:0|control=h:7"});
    counters.image(0, 0, {.registration = 5, .channel = "aeron:udp?endpoint=h:9|control=h:7"});
    EXPECT_EQ(only_stream(counters.report()).images.size(), 2u);
}

TEST(StreamReport, keeps_streams_of_the_same_ids_on_other_channels_apart) {
    Counters counters;
    counters.network_publication({0, 0, 0, 0});
    counters.ipc_publication(0, 0, {.registration = 30});
    counters.image(0, 0, {.registration = 4, .channel = "aeron:udp?endpoint=localhost:20122"});
    counters.subscriber(0, {.registration = 2, .reference = 4, .channel = "aeron:udp?endpoint=x"});
    const DriverReport report = counters.report();
    ASSERT_EQ(report.streams.size(), 3u);
    EXPECT_EQ(report.streams[0].channel, "aeron:ipc");
    EXPECT_EQ(report.streams[1].channel, kUdp);
    EXPECT_TRUE(report.streams[1].images.empty());
    EXPECT_FALSE(report.streams[2].publication);
    EXPECT_EQ(report.streams[2].subscribers.size(), 1u);
}

TEST(StreamReport, shows_a_subscriber_whose_stream_has_been_freed) {
    Counters counters;
    counters.subscriber(64, {.registration = 2, .reference = 99});
    const DriverReport report = counters.report_of_standstill();
    EXPECT_EQ(only_stream(report).subscribers.size(), 1u);
    EXPECT_EQ(only_stream(report).wait.what, WaitsFor::nothing);
}

TEST(StreamReport, takes_a_long_channel_from_the_label) {
    const std::string channel = kUdp + "|alias=" + std::string(90, 'x') + "|mtu=8192";
    Counters counters;
    counters.subscriber(0, {.registration = 2, .reference = 3, .channel = "aeron-spy:" + channel});
    const DriverReport report = counters.report();
    const StreamReport& stream = only_stream(report);
    EXPECT_EQ(stream.subscribers[0].channel, "aeron-spy:" + channel);
    EXPECT_TRUE(stream.subscribers[0].is_spy);
}

TEST(StreamReport, tells_rates_of_the_same_counter_only) {
    Counters counters;
    counters.ipc_publication(1000, 2000);
    const CounterLook before{counters.all(), kNow - Millis{500}};
    counters.manager().counter(0).set(3000);
    DriverReport report = counters.report(before);
    EXPECT_EQ(only_stream(report).publication->position->per_second, 4000.0);
    EXPECT_EQ(only_stream(report).publication->limit->per_second, 0.0);
    counters.manager().free(0, kNow);
    counters.of_stream(12, "pub-pos (exclusive)", 64, {.registration = 8, .channel = "aeron:ipc"});
    report = counters.report(before);
    for (const StreamReport& stream : report.streams) {
        const auto& position = stream.publication->position;
        EXPECT_FALSE(position && position->per_second);
    }
}

TEST(StreamReport, tells_what_a_client_has) {
    Counters counters;
    counters.client(7, "a name");
    counters.client(8, "");
    counters.ipc_publication(0, 0, {.owner = 7});
    counters.subscriber(0, {.registration = 2, .owner = 7, .reference = 3, .channel = "aeron:ipc"});
    counters.add(1000, "own", 40, 7, 1, 0, {});
    const DriverReport report = counters.report();
    ASSERT_EQ(report.clients.size(), 2u);
    const ClientReport& client = report.clients[0];
    EXPECT_EQ(client.name, "a name");
    EXPECT_EQ(client.version, "1.2.3");
    EXPECT_EQ(client.heartbeat_age, Millis{250});
    EXPECT_EQ(client.publications, 1);
    EXPECT_EQ(client.images, 1);
    EXPECT_EQ(client.counters, 1);
    EXPECT_EQ(report.client_text(8), "client 8");
    EXPECT_EQ(report.client_text(9), "client 9");
}

// control-protocol.md: the driver sets the heartbeat of a client that closes to 0.
TEST(StreamReport, tells_a_client_that_has_closed) {
    Counters counters;
    counters.client(7, "gone", 0);
    const DriverReport report = counters.report();
    ASSERT_EQ(report.clients.size(), 1u);
    EXPECT_FALSE(report.clients[0].heartbeat_age);
    const std::string text = text_of_report(report);
    EXPECT_NE(text.find("client 7 'gone': 0 publications, 0 images, closed\n"), text.npos) << text;
    Json json;
    add_report(json, report);
    EXPECT_TRUE(json.at("clients")[0].at("heartbeat_age_ms").is_null());
}

TEST(StreamReport, tells_the_addresses_of_a_channel) {
    Counters counters;
    std::byte key[kMaxCounterKeyLength] = {};
    store_plain(key, static_cast<std::int32_t>(kUdp.size()));
    std::memcpy(key + 4, kUdp.data(), kUdp.size());
    const std::int32_t id =
        counters.add(7, "rcv-channel: " + kUdp + " 127.0.0.1:20121", 2, 0, 1, 0, key);
    std::byte address[kMaxCounterKeyLength] = {};
    store_plain(address, id);
    store_plain(address + 4, std::int32_t{15});
    std::memcpy(address + 8, "127.0.0.1:20121", 15);
    counters.add(14, "rcv-local-sockaddr: 0 127.0.0.1:20121", 2, 0, 1, 0, address);
    const DriverReport report = counters.report();
    ASSERT_EQ(report.channels.size(), 1u);
    EXPECT_EQ(report.channels[0].channel, kUdp);
    EXPECT_FALSE(report.channels[0].sends);
    EXPECT_EQ(report.channels[0].addresses, std::vector<std::string>{"127.0.0.1:20121"});
}

TEST(StreamReport, gives_json_of_everything) {
    Counters counters;
    std::byte id[4] = {};
    counters.add(0, "Bytes sent", 0, -1, 12, 0, id);
    counters.client(1, "demo");
    counters.ipc_publication(4096, 4096);
    counters.subscriber(0, {.registration = 2, .reference = 3, .channel = "aeron:ipc"});
    Json json;
    add_report(json, counters.report());
    EXPECT_EQ(json.at("system").at("bytes_sent"), 12);
    EXPECT_EQ(json.at("clients")[0].at("name"), "demo");
    const Json& stream = json.at("streams")[0];
    EXPECT_EQ(stream.at("waits_for"), "subscriber");
    EXPECT_EQ(stream.at("slowest").at("client"), "demo");
    EXPECT_EQ(stream.at("slowest").at("behind"), 4096);
    EXPECT_EQ(stream.at("publication").at("limit"), 4096);
    EXPECT_EQ(stream.at("subscribers")[0].at("position"), 0);
}

TEST(StreamReport, names_system_counters_without_what_labels_add) {
    EXPECT_EQ(system_counter_name("Errors: version=1 commit=2"), "errors");
    EXPECT_EQ(system_counter_name("Sender flow control limits, i.e. back-pressure events"),
              "sender_flow_control_limits");
    EXPECT_EQ(system_counter_name("Conductor max cycle time doing its work in ns: SHARED"),
              "conductor_max_cycle_time_doing_its_work_in_ns");
}

TEST(StreamReport, survives_keys_and_labels_that_make_no_sense) {
    Counters counters;
    std::byte key[kMaxCounterKeyLength];
    std::memset(key, 0x7f, sizeof key);
    for (std::int32_t type = 0; type <= 21; ++type) {
        counters.add(type, "", 5, 5, INT64_MAX, 5, key);
        counters.add(type, ": @ name= version=", 6, 6, INT64_MIN, 6, {});
    }
    const DriverReport report = counters.report_of_standstill();
    EXPECT_FALSE(report.streams.empty());
    Json json;
    add_report(json, report);
    EXPECT_FALSE(json_line(json).empty());
    EXPECT_FALSE(text_of_report(report).empty());
}

// What a stream waits for.

Wait wait_of_ipc(std::int64_t position, std::int64_t limit,
                 const std::vector<std::int64_t>& subscribers) {
    Counters counters;
    counters.client(1, "demo");
    counters.ipc_publication(position, limit);
    std::int64_t id = 20;
    for (const std::int64_t at : subscribers) {
        counters.subscriber(
            at, {.registration = ++id, .owner = id, .reference = 3, .channel = "aeron:ipc"});
    }
    return only_stream(counters.report_of_standstill()).wait;
}

TEST(StreamWait, ipc_waits_for_its_slowest_subscriber_once_the_limit_is_reached) {
    EXPECT_EQ(wait_of_ipc(0, 0, {}).what, WaitsFor::connection);
    EXPECT_EQ(wait_of_ipc(900, 1000, {100, 900}).what, WaitsFor::nothing);
    const Wait wait = wait_of_ipc(1000, 1000, {900, 100, 1000});
    EXPECT_EQ(wait.what, WaitsFor::subscriber);
    EXPECT_EQ(wait.subscriber, 1u);
    EXPECT_EQ(wait.bytes, 900);
    EXPECT_EQ(wait_of_ipc(1000, 1000, {1000}).what, WaitsFor::term);
}

TEST(StreamWait, a_publication_whose_client_is_gone_waits_for_nothing) {
    for (const bool is_counter_freed : {true, false}) {
        Counters counters;
        if (!is_counter_freed) counters.client(1, "closing", 0);
        counters.ipc_publication(1000, 1000);
        const DriverReport report = counters.report_of_standstill();
        EXPECT_EQ(only_stream(report).wait.what, WaitsFor::nothing);
        const std::string text = text_of_report(report);
        EXPECT_NE(text.find("is closed and lingers"), text.npos) << text;
        Json json;
        add_report(json, report);
        EXPECT_EQ(json.at("streams")[0].at("waits_for"), "nothing");
        EXPECT_EQ(json.at("streams")[0].at("publication").at("closed"), true);
    }
}

TEST(StreamWait, a_shared_publication_may_outlive_the_client_that_its_counters_name) {
    Counters counters;
    counters.network_publication({80'000, 80'000, 4000, 130'000});
    EXPECT_EQ(only_stream(counters.report()).wait.what, WaitsFor::sender);
}

TEST(StreamWait, of_a_closed_publication_only_the_receiving_end_is_waited_for) {
    Counters counters;
    const Of of{.registration = 3, .owner = 1};
    counters.of_stream(12, "pub-pos (exclusive)", 9000, of);
    counters.of_stream(1, "pub-lmt", 9000, of);
    counters.of_stream(2, "snd-pos", 9000, of);
    counters.image(9000, 5000);
    EXPECT_EQ(only_stream(counters.report_of_standstill()).wait.what, WaitsFor::retransmission);
    EXPECT_EQ(only_stream(counters.report()).wait.what, WaitsFor::nothing);
}

Wait wait_of_network(Positions at) {
    Counters counters;
    counters.network_publication(at);
    return only_stream(counters.report()).wait;
}

TEST(StreamWait, a_network_stream_names_the_stage_that_is_full) {
    EXPECT_EQ(wait_of_network({0, 0, 0, 0}).what, WaitsFor::connection);
    EXPECT_EQ(wait_of_network({5000, 3000, 3000, 130'000}).what, WaitsFor::connection);
    EXPECT_EQ(wait_of_network({5000, 80'000, 5000, 130'000}).what, WaitsFor::nothing);
    EXPECT_EQ(wait_of_network({5000, 80'000, 4000, 130'000}).what, WaitsFor::nothing);
    EXPECT_EQ(wait_of_network({80'000, 80'000, 4000, 130'000}).what, WaitsFor::sender);
    // 500 bytes of window are less than the next datagram may need.
    const Wait window = wait_of_network({80'000, 90'000, 4000, 4500});
    EXPECT_EQ(window.what, WaitsFor::receiver_window);
    EXPECT_EQ(window.bytes, 76'000);
    EXPECT_EQ(wait_of_network({4500, 90'000, 4000, 4500}).what, WaitsFor::nothing);
}

TEST(StreamWait, a_full_window_is_blamed_on_the_slowest_local_subscriber) {
    Counters counters;
    counters.network_publication({80'000, 90'000, 4000, 4000});
    counters.image(4000, 4000);
    counters.subscriber(3000, {.registration = 20, .owner = 5, .reference = 4});
    counters.subscriber(1000, {.registration = 21, .owner = 6, .reference = 4});
    const DriverReport report = counters.report();
    const StreamReport& stream = only_stream(report);
    EXPECT_EQ(stream.wait.what, WaitsFor::receiver_window);
    ASSERT_TRUE(stream.wait.subscriber);
    EXPECT_EQ(stream.subscribers[*stream.wait.subscriber].client_id, 6);
    const std::string text = text_of_report(report);
    EXPECT_NE(text.find("slowest subscriber: client 6, 3,000 bytes behind"), text.npos) << text;
}

TEST(StreamWait, a_spy_that_does_not_read_holds_its_publisher_up) {
    Counters counters;
    counters.network_publication({8000, 8000, 8000, 130'000});
    counters.subscriber(100, {.registration = 20, .reference = 3, .channel = "aeron-spy:" + kUdp});
    const DriverReport report = counters.report();
    EXPECT_EQ(only_stream(report).wait.what, WaitsFor::subscriber);
    EXPECT_EQ(only_stream(report).wait.bytes, 7900);
}

TEST(StreamWait, at_the_receiving_end_only_what_stands_still_is_waited_for) {
    Counters counters;
    counters.image(9000, 5000);
    const std::int32_t subscriber = counters.subscriber(1000, {.registration = 20, .reference = 4});
    EXPECT_EQ(only_stream(counters.report()).wait.what, WaitsFor::nothing);
    const DriverReport stuck = counters.report_of_standstill();
    EXPECT_EQ(only_stream(stuck).wait.what, WaitsFor::retransmission);
    EXPECT_EQ(only_stream(stuck).wait.bytes, 4000);

    const CounterLook before{counters.all(), kNow - Millis{500}};
    counters.manager().counter(1).set(9000);  // rcv-pos: all is there, and the subscriber sleeps
    EXPECT_EQ(only_stream(counters.report(before)).wait.what, WaitsFor::subscriber);
    EXPECT_EQ(only_stream(counters.report(before)).wait.bytes, 8000);
    counters.manager().counter(subscriber).set(2000);
    EXPECT_EQ(only_stream(counters.report(before)).wait.what, WaitsFor::nothing);
}

}  // namespace
}  // namespace tern::cli

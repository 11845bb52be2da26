#include "tern/driver/conductor/stream_counters.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace tern::driver {
namespace {

// counters.md, 17: publication 3 and subscription 2 of client 1.
constexpr std::string_view kCountedChannel = "aeron:udp?endpoint=localhost:20121";
constexpr StreamIdentity kPublication{.registration_id = 3,
                                      .owner_id = 1,
                                      .session_id = -1517761424,
                                      .stream_id = 1001,
                                      .channel = kCountedChannel};

std::vector<int> bytes(ConstBytes from, std::size_t count) {
    std::vector<int> numbers;
    for (const std::byte byte : from.first(count)) numbers.push_back(static_cast<int>(byte));
    return numbers;
}

// Golden vector 17.2.
TEST(StreamCounters, publisher_limit_has_the_key_and_label_of_vector_17_2) {
    const CounterSpec spec = publisher_limit_counter(kPublication, 8'388'608);
    EXPECT_EQ(spec.type_id, 1);
    EXPECT_EQ(spec.label, "pub-lmt: 3 -1517761424 1001 aeron:udp?endpoint=localhost:20121");
    EXPECT_EQ(spec.label.size(), 62U);
    EXPECT_EQ(bytes(spec.key_bytes(), 20),
              (std::vector<int>{3,    0,    0,    0, 0, 0, 0,    0, 0x70, 0xcc,
                                0x88, 0xa5, 0xe9, 3, 0, 0, 0x22, 0, 0,    0}));
    EXPECT_EQ(text_of(spec.key_bytes().subspan(20, 34)), kCountedChannel);
    for (const std::byte rest : spec.key_bytes().subspan(54)) EXPECT_EQ(rest, std::byte{0});
    EXPECT_EQ(spec.key_bytes().size(), 112U);
    EXPECT_EQ(spec.registration_id, 3);
    EXPECT_EQ(spec.owner_id, 1);
    EXPECT_EQ(spec.reference_id, 0);
    EXPECT_EQ(spec.initial_value, 8'388'608);
}

// Golden vector 17.3.
TEST(StreamCounters, subscriber_position_refers_to_its_image) {
    const CounterSpec spec = subscriber_position_counter({.registration_id = 2,
                                                          .owner_id = 1,
                                                          .session_id = -1517761424,
                                                          .stream_id = 1001,
                                                          .channel = kCountedChannel},
                                                         4, 0);
    EXPECT_EQ(spec.type_id, 4);
    EXPECT_EQ(spec.label, "sub-pos: 2 -1517761424 1001 aeron:udp?endpoint=localhost:20121 @0");
    EXPECT_EQ(spec.registration_id, 2);
    EXPECT_EQ(spec.reference_id, 4);
}

// Counters 17.5: a channel and its socket.
TEST(StreamCounters, channel_and_socket_have_the_keys_and_labels_of_17_5) {
    const CounterSpec channel =
        channel_counter(CounterType::receive_channel, "rcv-channel", 2, kCountedChannel);
    EXPECT_EQ(channel.type_id, 7);
    EXPECT_EQ(bytes(channel.key_bytes(), 4), (std::vector<int>{0x22, 0, 0, 0}));
    EXPECT_EQ(text_of(channel.key_bytes().subspan(4, 34)), kCountedChannel);
    EXPECT_EQ(channel.key_bytes()[38], std::byte{0});
    EXPECT_EQ(channel.label, "rcv-channel: aeron:udp?endpoint=localhost:20121");
    EXPECT_EQ(channel.registration_id, 2);
    EXPECT_EQ(channel.owner_id, 0);
    EXPECT_EQ(channel_label("rcv-channel", kCountedChannel, "127.0.0.1:20121"),
              "rcv-channel: aeron:udp?endpoint=localhost:20121 127.0.0.1:20121");
    EXPECT_EQ(channel_label("rcv-channel", "aeron:udp?control-mode=manual", ""),
              "rcv-channel: aeron:udp?control-mode=manual ");

    const CounterSpec socket =
        local_address_counter("rcv-local-sockaddr", 2, 46, "127.0.0.1:20121");
    EXPECT_EQ(socket.type_id, 14);
    EXPECT_EQ(socket.label, "rcv-local-sockaddr: 46 127.0.0.1:20121");
    EXPECT_EQ(bytes(socket.key_bytes(), 8), (std::vector<int>{0x2e, 0, 0, 0, 0x0f, 0, 0, 0}));
    EXPECT_EQ(text_of(socket.key_bytes().subspan(8, 15)), "127.0.0.1:20121");
}

// Counters 17.7.
TEST(StreamCounters, long_channels_are_cut_in_keys_and_whole_in_labels) {
    const std::string channel =
        "aeron:udp?endpoint=192.168.100.200:40456|interface=192.168.100.0/24|mtu=8192|"
        "alias=market-data-feed-alpha-primary";
    const CounterSpec of_stream = stream_counter(CounterType::sender_back_pressure, "snd-bpe",
                                                 {.registration_id = 17,
                                                  .owner_id = 1,
                                                  .session_id = 5,
                                                  .stream_id = -189,
                                                  .channel = channel});
    EXPECT_EQ(of_stream.label.size(), 132U);
    EXPECT_TRUE(text_of(of_stream.key_bytes()).ends_with("alias=market-da"));
    const CounterSpec of_channel =
        channel_counter(CounterType::send_channel, "snd-channel", 17, channel);
    EXPECT_TRUE(text_of(of_channel.key_bytes()).ends_with("feed-alpha-pr"));
}

// Labels of counters.md, 17.4.
TEST(StreamCounters, publisher_position_tells_shared_from_exclusive) {
    EXPECT_EQ(publisher_position_counter(kPublication, false, 0).label,
              "pub-pos (concurrent): 3 -1517761424 1001 aeron:udp?endpoint=localhost:20121");
    const StreamIdentity exclusive{.registration_id = 6,
                                   .owner_id = 1,
                                   .session_id = -1517761423,
                                   .stream_id = 1002,
                                   .channel = "aeron:ipc"};
    const CounterSpec spec = publisher_position_counter(exclusive, true, 96);
    EXPECT_EQ(spec.label, "pub-pos (exclusive): 6 -1517761423 1002 aeron:ipc");
    EXPECT_EQ(spec.type_id, 12);
    EXPECT_EQ(spec.initial_value, 96);
}

// Worked example 17.7: a channel of 113 bytes is cut in the key, whole in the label.
TEST(StreamCounters, key_holds_as_much_of_the_channel_as_fits) {
    const std::string channel =
        "aeron:udp?endpoint=192.168.100.200:40456|interface=192.168.100.0/24|mtu=8192|"
        "alias=market-data-feed-alpha-primary";
    ASSERT_EQ(channel.size(), 113U);
    const CounterSpec spec = publisher_limit_counter(
        {.registration_id = 17, .session_id = 5, .stream_id = -189, .channel = channel}, 0);
    EXPECT_EQ(bytes(spec.key_bytes(), 20),
              (std::vector<int>{0x11, 0, 0,    0,    0,    0,    0,    0, 5, 0,
                                0,    0, 0x43, 0xff, 0xff, 0xff, 0x5c, 0, 0, 0}));
    EXPECT_EQ(text_of(spec.key_bytes().subspan(20)), channel.substr(0, 92));
    EXPECT_TRUE(channel.substr(0, 92).ends_with("alias=market-da"));
    EXPECT_TRUE(spec.label.ends_with(channel));
}

// Worked example 17.6, and shared-memory.md, 6.8.
TEST(StreamCounters, client_heartbeat_is_found_by_its_key) {
    const CounterSpec spec = client_heartbeat_counter(42, 1'700'000'000'123);
    EXPECT_EQ(spec.type_id, 11);
    EXPECT_EQ(spec.label, "client-heartbeat: id=42");
    EXPECT_EQ(bytes(spec.key_bytes(), 8), (std::vector<int>{42, 0, 0, 0, 0, 0, 0, 0}));
    EXPECT_EQ(spec.registration_id, 42);
    EXPECT_EQ(spec.owner_id, 42);
    EXPECT_EQ(spec.initial_value, 1'700'000'000'123);
}

}  // namespace
}  // namespace tern::driver

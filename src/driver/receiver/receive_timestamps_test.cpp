// Spec wire-protocol.md 6.9.

#include "tern/driver/receiver/receive_timestamps.hpp"

#include <gtest/gtest.h>

#include "tern/driver/testing/receiver_harness.hpp"

namespace tern::driver {
namespace {

using Endpoint = ReceiverHarness::Endpoint;
using Image = ReceiverHarness::Image;

constexpr std::int64_t kStamp = 0x1122334455667788;

std::int64_t word_at(const Datagram& datagram, std::size_t at) {
    return load_plain<std::int64_t>(datagram.data() + at);
}
Datagram stamped(Datagram datagram, std::int32_t offset) {
    stamp_arrivals(datagram, offset, kStamp);
    return datagram;
}

TEST(ReceiveTimestamp, goes_into_every_data_frame_that_begins_a_message) {
    const Datagram datagram =
        stamped(joined({data_frame(), data_frame({.offset = 64, .flags = kEndFragment}),
                        data_frame({.offset = 128, .length = 100}),
                        data_frame({.offset = 256, .length = 4096, .type = kPaddingFrame})}),
                uri::kReservedValueOffset);
    EXPECT_EQ(word_at(datagram, 24), kStamp);
    EXPECT_EQ(word_at(datagram, 64 + 24), 0);
    EXPECT_EQ(word_at(datagram, 128 + 24), kStamp);
    EXPECT_EQ(word_at(datagram, 256 + 24), 0);
}

TEST(ReceiveTimestamp, lies_at_its_offset_in_the_payload_where_it_fits) {
    EXPECT_EQ(word_at(stamped(data_frame({.length = 44}), 4), 36), kStamp);
    EXPECT_EQ(stamped(data_frame({.length = 43}), 4), data_frame({.length = 43}));
    EXPECT_EQ(stamped(data_frame(), 64), data_frame());
    EXPECT_EQ(stamped(data_frame(), INT32_MAX), data_frame());
    EXPECT_EQ(stamped(data_frame(), -9), data_frame());
}

TEST(ReceiveTimestamp, leaves_heartbeats_alone) {
    EXPECT_EQ(stamped(heartbeat(), uri::kReservedValueOffset), heartbeat());
}

TEST(ReceiveTimestamp, stays_within_a_datagram_whose_lengths_are_wrong) {
    for (const std::int32_t length : {-1, 0, 31, 65, 1 << 20, INT32_MAX, INT32_MIN}) {
        const Datagram datagram = data_frame();
        Datagram bad = data_frame();
        store_plain(bad.data(), length);
        const Datagram both = joined({datagram, bad});
        EXPECT_EQ(stamped(both, 24), joined({stamped(datagram, 24), bad})) << length;
    }
}

struct StampedChannel {
    explicit StampedChannel(const std::string& params)
        : endpoint(receiver.add_endpoint("aeron:udp?endpoint=127.0.0.1:40123|" + params)) {
        receiver.add_interest(endpoint);
        image = &receiver.add_image(endpoint);
    }
    void arrive(std::int64_t kernel_time) {
        endpoint.socket().arrive(kTestSource, data_frame(), kernel_time);
        receiver.work();
    }
    std::int64_t word(std::int32_t at) const {
        return load_plain<std::int64_t>(image->log->log.term(0) + at);
    }

    ReceiverHarness receiver;
    Endpoint& endpoint;
    Image* image = nullptr;
};

TEST(ReceiveTimestamps, of_the_channel_are_the_wall_clock) {
    StampedChannel channel("channel-rcv-ts-offset=reserved");
    channel.receiver.network.epoch = kStamp;
    channel.arrive(0);
    EXPECT_EQ(channel.word(24), kStamp);
}

TEST(ReceiveTimestamps, of_the_medium_are_the_kernels_where_it_gives_some) {
    StampedChannel channel("media-rcv-ts-offset=0|channel-rcv-ts-offset=8");
    channel.receiver.network.epoch = 5;
    channel.arrive(kStamp);
    EXPECT_EQ(channel.word(32), kStamp);
    EXPECT_EQ(channel.word(40), 5);
    EXPECT_EQ(channel.word(24), 0);
}

TEST(ReceiveTimestamps, of_the_medium_are_left_out_where_the_kernel_gives_none) {
    StampedChannel channel("media-rcv-ts-offset=reserved");
    channel.arrive(0);
    EXPECT_EQ(channel.image->hwm(), 64);
    EXPECT_EQ(channel.word(24), 0);
}

TEST(ReceiveTimestamps, of_merged_reads_are_in_each_datagram) {
    StampedChannel channel("media-rcv-ts-offset=reserved");
    channel.endpoint.socket().arrive(
        kTestSource, joined({data_frame(), data_frame({.offset = 64})}), kStamp, 64);
    channel.receiver.work();
    EXPECT_EQ(channel.word(24), kStamp);
    EXPECT_EQ(channel.word(64 + 24), kStamp);
}

}  // namespace
}  // namespace tern::driver
